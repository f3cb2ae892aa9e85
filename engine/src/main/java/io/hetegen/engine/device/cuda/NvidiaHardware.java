package io.hetegen.engine.device.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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

    /** No is certain on Linux: there is neither a device nor a trace of a driver. */
    static boolean isLikely() {
        return TRACES.stream().anyMatch(Files::exists) || onPci() || driverIsLoaded();
    }

    private static boolean onPci() {
        try (Stream<Path> devices = Files.list(PCI_DEVICES)) {
            return devices.anyMatch(NvidiaHardware::isNvidia);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isNvidia(Path device) {
        try {
            return Files.readString(device.resolve("vendor")).strip().equals(NVIDIA);
        } catch (IOException e) {
            return false;
        }
    }

    /** By someone before us, with or without hardware of this machine behind it. */
    private static boolean driverIsLoaded() {
        try (Stream<String> lines = Files.lines(OWN_MEMORY)) {
            return lines.anyMatch(line -> line.contains(DRIVER));
        } catch (IOException e) {
            return false;
        }
    }
}
