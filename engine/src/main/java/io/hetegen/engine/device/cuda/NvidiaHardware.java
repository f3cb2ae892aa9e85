package io.hetegen.engine.device.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether looking for a CUDA driver is worth it. Loading JCuda costs a process that finds no driver a tenth of a second,
 * which a machine without an NVIDIA GPU does not have to pay.
 */
final class NvidiaHardware {

    /** Of the driver, and of the one that Windows shares with its Linux. */
    private static final List<Path> TRACES =
            List.of(Path.of("/dev/nvidiactl"), Path.of("/proc/driver/nvidia"), Path.of("/dev/dxg"));

    private static final Path PCI_DEVICES = Path.of("/sys/bus/pci/devices");
    private static final String NVIDIA = "0x10de";
    private static final Path OWN_MEMORY = Path.of("/proc/self/maps");
    private static final String DRIVER = "/libcuda.so";

    private NvidiaHardware() {}

    /** No is certain on Linux: there is neither a device nor a trace of a driver. In loops: this is on the way to a first token. */
    static boolean isLikely() {
        for (Path trace : TRACES) {
            if (Files.exists(trace)) {
                return true;
            }
        }
        try {
            return onPci() || driverIsLoaded();
        } catch (IOException cannotBeTold) {
            return true;
        }
    }

    private static boolean onPci() throws IOException {
        if (!Files.isDirectory(PCI_DEVICES)) {
            return false;
        }
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(PCI_DEVICES)) {
            for (Path device : devices) {
                Path vendor = device.resolve("vendor");
                if (Files.isReadable(vendor) && Files.readString(vendor).startsWith(NVIDIA)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** By someone before us, with or without hardware of this machine behind it. */
    private static boolean driverIsLoaded() throws IOException {
        return Files.exists(OWN_MEMORY) && Files.readString(OWN_MEMORY).contains(DRIVER);
    }
}
