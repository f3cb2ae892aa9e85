package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.Processor;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.device.cuda.DeviceProperties;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.tensor.WeightArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Measures what CPU, link and GPU need for the linears of a model, on its own weights, and at once where they will work
 * at once.
 */
public final class LinearProfiler {

    private final ModelShape model;
    private final List<SplitLinear> groups;
    private final WeightArena arena;
    private final Compute compute;
    private final Profiling how;
    private final List<Instances> shapes;

    /**
     * @param groups of the model in the order of execution
     * @param arena of their weights
     */
    public LinearProfiler(
            ModelShape model, List<SplitLinear> groups, WeightArena arena, Compute compute, Profiling how) {
        this.model = model;
        this.groups = groups;
        this.arena = arena;
        this.compute = compute;
        this.how = how;
        this.shapes = Instances.of(groups);
    }

    /** Of the CPU alone. */
    public Profile measure() {
        return profile(null, machine(Optional.empty()));
    }

    /**
     * @param device is closed at the end
     * @throws DeviceException if it fails or has too little memory
     */
    public Profile measure(CudaDevice device) {
        try (device) {
            return profile(new GpuBench(device, arena, groups, shapes, how), machine(Optional.of(device.properties())));
        }
    }

    /** What a profile's numbers belong to beside model and threads, in words. */
    public static String machine(Optional<DeviceProperties> gpu) {
        String cpu = Processor.name() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                + KernelChoice.make().name() + " kernels, ";
        return cpu + gpu.map(device -> "GPU " + device).orElse("no GPU");
    }

    private Profile profile(@Nullable GpuBench gpu, String machine) {
        CpuTimer cpu = new CpuTimer(compute, how.clock());
        List<LinearProbes> probes = new ArrayList<>();
        for (Instances instances : shapes) {
            probes.add(new LinearProbes(instances, 1, cpu, gpu));
            if (instances.isInPrefill()) {
                how.promptChunks().forEach(tokens -> probes.add(new LinearProbes(instances, tokens, cpu, gpu)));
            }
        }
        new Rounds(probes.stream().flatMap(LinearProbes::probes).toList(), how).run();
        List<Measurement> measurements =
                probes.stream().map(LinearProbes::measurement).toList();
        MachineTotals totals = new MachineTotals(measurements, shapes, how, cpu, compute.team(), arena);
        return new Profile(
                model.fingerprint(), compute.team().size(), machine, totals.of(gpu), measurements, List.of());
    }
}
