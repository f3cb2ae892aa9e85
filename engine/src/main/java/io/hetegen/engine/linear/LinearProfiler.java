package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.tensor.WeightArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what CPU, link and GPU need for the linears of a model, on its own weights, and at once where they will work
 * at once. A device that fails or has too little memory costs only its part of the profile.
 */
public final class LinearProfiler {

    private static final Logger LOG = LoggerFactory.getLogger(LinearProfiler.class);

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

    /** @param device is closed at the end; without one, or if it fails, the profile is the CPU's alone */
    public Profile measure(Optional<CudaDevice> device) {
        if (device.isEmpty()) {
            return profile(null, List.of());
        }
        try (CudaDevice opened = device.get()) {
            return profile(new GpuBench(opened, arena, groups, shapes, how), List.of());
        } catch (DeviceException e) {
            LOG.info("only the CPU is measured: {}", e.getMessage());
            return profile(null, List.of("Only the CPU was measured: " + e.getMessage()));
        }
    }

    private Profile profile(@Nullable GpuBench gpu, List<String> remarks) {
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
        return new Profile(model.fingerprint(), compute.team().size(), totals.of(gpu), measurements, remarks);
    }
}
