package io.hetegen.engine.device.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The machine's CPU, for people. */
public final class Processor {

    private static final Path FILE = Path.of("/proc/cpuinfo");
    private static final int MOST_LENGTH = 60;

    private Processor() {}

    /** As the system calls it, or else the architecture. */
    public static String name() {
        try (Stream<String> lines = Files.lines(FILE)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .filter(name -> !name.isEmpty())
                    .map(name -> name.substring(0, Math.min(name.length(), MOST_LENGTH)))
                    .findFirst()
                    .orElseGet(Processor::architecture);
        } catch (IOException | RuntimeException e) {
            return architecture();
        }
    }

    private static String architecture() {
        return System.getProperty("os.arch") + " CPU";
    }
}
