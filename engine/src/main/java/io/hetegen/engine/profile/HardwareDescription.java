package io.hetegen.engine.profile;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The rates of a machine's parts, in 10^9 per second: what the planner reckons with where nothing was measured, and the
 * totals of a measured profile. {@code docs/planning.md} explains the JSON form.
 *
 * @param name for people
 * @param link to the GPU; present if and only if gpu is
 * @param joinMicros what a group of linears that is split pays for handing over and waiting
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HardwareDescription(
        String name, Cpu cpu, @Nullable Link link, @Nullable Gpu gpu, double joinMicros) {

    private static final double DEFAULT_LAUNCH_MICROS = 2;
    private static final int MOST_CORES = 65_536;

    /**
     * @param readGBps plain reads by all cores together
     * @param busGBps what the memory gives to cores and DMA together
     * @param saturationCores so many cores already read at readGBps; absent in JSON: cores
     */
    public record Cpu(
            int cores, double readGBps, double busGBps, double f32Gflops, double int8Gops, int saturationCores) {

        public Cpu {
            if (cores < 1 || saturationCores < 1 || saturationCores > cores) {
                throw new IllegalArgumentException(
                        "saturationCores must be from 1 to the " + cores + " cores, is " + saturationCores);
            }
        }
    }

    /**
     * @param latencyMicros of a single copy
     */
    public record Link(double h2dGBps, double d2hGBps, double latencyMicros) {}

    /**
     * @param memoryGB in 10^9 bytes
     * @param f16TensorGflops float prefill with {@code numerics = fast}; unused by reproducible plans
     * @param launchMicros from one kernel to the next in a chain; absent in JSON: 2
     */
    public record Gpu(
            double memoryGB,
            double readGBps,
            double f32Gflops,
            double int8Gops,
            double f16TensorGflops,
            double launchMicros) {

        public long memoryBytes() {
            return (long) (memoryGB * 1e9);
        }

        Gpu withMemory(long bytes) {
            return new Gpu(bytes / 1e9, readGBps, f32Gflops, int8Gops, f16TensorGflops, launchMicros);
        }
    }

    public HardwareDescription {
        if ((link == null) != (gpu == null)) {
            throw new IllegalArgumentException("a GPU needs a link, and a link a GPU");
        }
    }

    HardwareDescription withGpuMemory(long bytes) {
        return gpu == null ? this : new HardwareDescription(name, cpu, link, gpu.withMemory(bytes), joinMicros);
    }

    /** @throws InvalidFileException naming file and field */
    public static HardwareDescription read(Path file) throws IOException {
        return of(JsonObject.read(file));
    }

    static HardwareDescription of(JsonObject json) {
        String name = json.text("name");
        Cpu cpu = cpu(json.object("cpu"));
        Link link = json.optionalObject("link").map(HardwareDescription::link).orElse(null);
        Gpu gpu = json.optionalObject("gpu").map(HardwareDescription::gpu).orElse(null);
        if ((link == null) != (gpu == null)) {
            throw json.failure(link == null ? "link" : "gpu", "is missing: a GPU needs a link, and a link a GPU");
        }
        double joinMicros = json.nonNegative("joinMicros");
        json.end();
        return new HardwareDescription(name, cpu, link, gpu, joinMicros);
    }

    private static Cpu cpu(JsonObject json) {
        int cores = (int) json.longInteger("cores", 1, MOST_CORES);
        Cpu cpu = new Cpu(
                cores,
                json.positive("readGBps"),
                json.positive("busGBps"),
                json.positive("f32Gflops"),
                json.positive("int8Gops"),
                json.has("saturationCores") ? (int) json.longInteger("saturationCores", 1, cores) : cores);
        json.end();
        return cpu;
    }

    private static Link link(JsonObject json) {
        Link link = new Link(json.positive("h2dGBps"), json.positive("d2hGBps"), json.nonNegative("latencyMicros"));
        json.end();
        return link;
    }

    private static Gpu gpu(JsonObject json) {
        Gpu gpu = new Gpu(
                json.positive("memoryGB"),
                json.positive("readGBps"),
                json.positive("f32Gflops"),
                json.positive("int8Gops"),
                json.has("f16TensorGflops") ? json.positive("f16TensorGflops") : json.positive("f32Gflops"),
                json.has("launchMicros") ? json.nonNegative("launchMicros") : DEFAULT_LAUNCH_MICROS);
        json.end();
        return gpu;
    }
}
