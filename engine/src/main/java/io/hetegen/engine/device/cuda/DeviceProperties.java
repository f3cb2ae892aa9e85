package io.hetegen.engine.device.cuda;

/**
 * What a GPU says of itself.
 *
 * @param ordinal the driver's number of it
 * @param driverVersion of the CUDA that the driver serves: 12060 is 12.6
 */
public record DeviceProperties(
        int ordinal,
        String name,
        ComputeCapability capability,
        long totalBytes,
        int multiprocessors,
        int copyEngines,
        int driverVersion) {

    /** One line for a log: name, generation, memory, driver. */
    @Override
    public String toString() {
        return name + " (" + capability + ", " + (totalBytes >> 20) + " MiB, CUDA " + driverVersion / 1000 + "."
                + driverVersion % 1000 / 10 + ")";
    }
}
