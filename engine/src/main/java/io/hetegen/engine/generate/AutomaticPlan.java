package io.hetegen.engine.generate;

import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.device.cuda.DeviceProbe;
import io.hetegen.engine.device.cuda.DeviceProperties;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.ProfiledCosts;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.profile.ProfileCache;
import io.hetegen.engine.profile.ProfileKey;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A plan for the GPU that is found, from a profile that is kept or measured now. Each way to none is a line in the log. */
final class AutomaticPlan {

    private static final Logger LOG = LoggerFactory.getLogger(AutomaticPlan.class);
    private static final double NANOS = 1e9;
    private static final String CPU_ALONE = "the CPU computes alone";

    private final ModelShape shape;
    private final CausalLm lm;
    private final int threads;

    AutomaticPlan(ModelShape shape, CausalLm lm, int threads) {
        this.shape = shape;
        this.lm = lm;
        this.threads = threads;
    }

    /** @param promptChunk most prompt tokens of a pass, 0 for any number */
    Optional<GpuOpening.Planned> make(
            GpuOptions.Auto options, PlanRequest request, int promptChunk, LongFunction<Profiling> profiling) {
        if (!CudaDriver.mayBeThere()) {
            LOG.info("There is no NVIDIA GPU: {}", CPU_ALONE);
            return Optional.empty();
        }
        Optional<Profile> profile = profile(options, profiling.apply(options.memoryBytes()));
        // What is free is known only now: measuring took some of it, other processes may have taken more.
        return profile.flatMap(measured -> CudaDriver.open(GpuOpening.ORDINAL, options.memoryBytes())
                .flatMap(device -> plan(measured, device, request, chunks(promptChunk))));
    }

    private Optional<Profile> profile(GpuOptions.Auto options, Profiling how) {
        DeviceProbe probe = CudaDriver.probe(GpuOpening.ORDINAL);
        if (probe.device().isEmpty()) {
            LOG.info("GPU {} is {}: {}", GpuOpening.ORDINAL, probe.text(), CPU_ALONE);
            return Optional.empty();
        }
        DeviceProperties device = probe.device().get();
        ProfileKey key = ModelProfiler.key(shape, threads, probe.device());
        ProfileCache cache = new ProfileCache(options.profiles());
        try {
            Profile profile = cache.findOrMeasure(key, this::isComplete, () -> measure(device, how));
            LOG.info("Planning from the profile {}", cache.file(key));
            return Optional.of(profile);
        } catch (DeviceException e) {
            LOG.info(
                    "GPU {}, {}, cannot be measured, {}: {}",
                    GpuOpening.ORDINAL,
                    probe.text(),
                    CPU_ALONE,
                    e.getMessage());
            return Optional.empty();
        }
    }

    private boolean isComplete(Profile profile) {
        ProfiledCosts costs = new ProfiledCosts(profile);
        return costs.hasGpu() && costs.unknown(shape).isEmpty();
    }

    private Profile measure(DeviceProperties properties, Profiling how) {
        LOG.info(
                "Measuring what CPU, link and GPU need for {}: about {} s, once for this model and machine",
                shape.name(),
                how.seconds());
        CudaDevice device = CudaDriver.open(properties, how.gpuBytes());
        long start = System.nanoTime();
        Profile profile = lm.profile(shape, Optional.of(device), how);
        LOG.info("Measured in {} s", String.format(Locale.ROOT, "%.1f", (System.nanoTime() - start) / NANOS));
        return profile;
    }

    /** The device is closed if it has no part. */
    private Optional<GpuOpening.Planned> plan(
            Profile profile, CudaDevice device, PlanRequest request, List<Integer> chunks) {
        boolean used = false;
        try {
            ProfiledCosts costs =
                    new ProfiledCosts(profile.withGpuMemory(device.budget().limit()));
            PartitionPlan plan = new Planner(shape, costs, chunks).plan(request.withGpuMemory(costs.gpuMemoryBytes()));
            used = plan.usesGpu();
            LOG.info(
                    "{} MiB of GPU {} are planned, {} tokens/s: {}",
                    plan.memory().totalBytes() >> 20,
                    GpuOpening.ORDINAL,
                    String.format(Locale.ROOT, "%.1f", plan.decodeTokensPerSecond()),
                    String.join(" ", plan.remarks()));
            return used ? Optional.of(new GpuOpening.Planned(plan, device)) : Optional.empty();
        } finally {
            if (!used) {
                device.close();
            }
        }
    }

    private static List<Integer> chunks(int most) {
        List<Integer> chunks = Planner.PROMPT_CHUNKS.stream()
                .filter(chunk -> most == 0 || chunk <= most)
                .toList();
        return chunks.isEmpty() ? List.of(most) : chunks;
    }
}
