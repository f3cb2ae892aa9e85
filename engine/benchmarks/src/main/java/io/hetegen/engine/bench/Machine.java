package io.hetegen.engine.bench;

import io.hetegen.engine.device.cpu.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** Where something was measured, in words. */
record Machine(String cpu, int cores, double memoryGiB, String system, String java) {

    private static final double KIB_PER_GIB = 1 << 20;

    static Machine here() {
        return new Machine(
                Processor.name(),
                Runtime.getRuntime().availableProcessors(),
                Double.parseDouble(field("/proc/meminfo", "MemTotal").split(" ")[0]) / KIB_PER_GIB,
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.version"));
    }

    private static String field(String file, String name) {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("0 of unknown kind");
        } catch (IOException e) {
            throw new ComparisonException("Linux is needed, with /proc: " + e.getMessage());
        }
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s, %d cores, %.0f GiB, %s, Java %s", cpu, cores, memoryGiB, system, java);
    }
}
