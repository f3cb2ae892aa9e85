package io.hetegen.engine.device.cuda;

/** The generation of a GPU, such as 8.6. */
public record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {

    @Override
    public int compareTo(ComputeCapability other) {
        return Integer.compare(number(), other.number());
    }

    /** As the compiler names it: sm_86. */
    @Override
    public String toString() {
        return "sm_" + number();
    }

    private int number() {
        return major * 10 + minor;
    }
}
