package io.hetegen.engine.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Fused multiply-add in binary32: the machine's instruction where the JVM uses it, else an exact calculation. */
final class Fma {

    // Without the instruction Math.fma goes through BigDecimal, a thousand times slower.
    private static final boolean HARDWARE = jvmUsesInstruction();

    private Fma() {}

    static float fma(float a, float b, float c) {
        return HARDWARE ? Math.fma(a, b, c) : exact(a, b, c);
    }

    /**
     * The product of two floats is exact in double; the sum is rounded to odd, after which rounding to float gives the
     * rounding of the exact value (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
     */
    static float exact(float a, float b, float c) {
        double product = (double) a * b;
        double sum = product + c;
        double c2 = sum - product;
        double error = (product - (sum - c2)) + (c - c2);
        long bits = Double.doubleToRawLongBits(sum);
        if (error != 0 && (bits & 1) == 0 && Math.abs(sum) <= Double.MAX_VALUE) {
            bits += error > 0 == sum > 0 ? 1 : -1;
        }
        return (float) Double.longBitsToDouble(bits);
    }

    private static boolean jvmUsesInstruction() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm == null) {
            return false;
        }
        try {
            return Boolean.parseBoolean(jvm.getVMOption("UseFMA").getValue());
        } catch (IllegalArgumentException e) {
            return false; // a JVM without this option
        }
    }
}
