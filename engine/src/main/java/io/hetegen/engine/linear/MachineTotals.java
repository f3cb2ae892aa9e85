package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.Processor;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.tensor.WeightArena;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rates of the machine as a whole, from the measured curves where they hold them, else measured here. */
final class MachineTotals {

    private static final double GIGA = 1e9;
    private static final double MICROS = 1e6;

    private final List<Measurement> measurements;
    private final List<Instances> shapes;
    private final Profiling how;
    private final CpuTimer cpuTimer;
    private final ThreadTeam team;
    private final WeightArena arena;
    private final ComputeRates compute;

    MachineTotals(
            List<Measurement> measurements,
            List<Instances> shapes,
            Profiling how,
            CpuTimer cpuTimer,
            ThreadTeam team,
            WeightArena arena) {
        this.measurements = measurements;
        this.shapes = shapes;
        this.how = how;
        this.cpuTimer = cpuTimer;
        this.team = team;
        this.arena = arena;
        this.compute = new ComputeRates(measurements, how.maxTokens());
    }

    HardwareDescription of(@Nullable GpuBench gpu) {
        if (gpu != null) {
            gpu.copies().drain();
        }
        MachineTimer timer = new MachineTimer(arena, team, how.clock());
        MachineTimer.Reads reads = timer.reads();
        double bus = gpu == null
                ? 0
                : timer.busBytesPerSecond(gpu.copies(), largest().next());
        HardwareDescription.Cpu cpu = cpu(reads, Math.max(reads.bytesPerSecond(), bus));
        return gpu == null
                ? new HardwareDescription(Processor.name(), cpu, null, null, 0)
                : new HardwareDescription(
                        Processor.name() + ", " + gpu.name(),
                        cpu,
                        link(gpu),
                        gpu(gpu),
                        MICROS * gpu.joinSeconds(how.clock()));
    }

    private HardwareDescription.Cpu cpu(MachineTimer.Reads reads, double busBytesPerSecond) {
        int cores = Math.max(team.size(), Runtime.getRuntime().availableProcessors());
        // A plan with fewer threads than cores gets that share of the operations.
        double all = (double) cores / team.size() / GIGA;
        return new HardwareDescription.Cpu(
                cores,
                reads.bytesPerSecond() / GIGA,
                busBytesPerSecond / GIGA,
                all * compute.onCpu(false, cpuTimer),
                all * compute.onCpu(true, cpuTimer),
                reads.saturationThreads());
    }

    private HardwareDescription.Link link(GpuBench gpu) {
        return new HardwareDescription.Link(
                bytesPerSecond(Measurement::copy) / GIGA,
                gpu.deviceToHostBytesPerSecond() / GIGA,
                MICROS * gpu.latencySeconds());
    }

    private HardwareDescription.Gpu gpu(GpuBench gpu) {
        double floats = compute.onGpu(false, gpu.kernels()) / GIGA;
        return new HardwareDescription.Gpu(
                gpu.memoryBytes() / GIGA,
                bytesPerSecond(Measurement::gpu) / GIGA,
                floats,
                compute.onGpu(true, gpu.kernels()) / GIGA,
                floats,
                MICROS * gpu.kernels().launchSeconds());
    }

    /** The most that any linear reached in decode. */
    private double bytesPerSecond(Function<Measurement, @Nullable Curve> activity) {
        return measurements.stream()
                .filter(measurement -> measurement.tokens() == 1)
                .mapToDouble(measurement -> bytesPerSecond(measurement, activity.apply(measurement)))
                .max()
                .orElseThrow();
    }

    private static double bytesPerSecond(Measurement measurement, @Nullable Curve curve) {
        if (curve == null) {
            throw new IllegalStateException("no GPU was measured");
        }
        int tiles = curve.tiles()[curve.tiles().length - 1];
        return tiles * measurement.shape().tileBytes() / curve.at(tiles);
    }

    private Instances largest() {
        return shapes.stream()
                .max(Comparator.comparingLong(instances -> instances.shape().bytes()))
                .orElseThrow();
    }
}
