package io.hetegen.engine.linear;

import io.hetegen.engine.profile.Measurement;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All curves of the linears of one shape, for one number of tokens. */
final class LinearProbes {

    /** So much longer than the CPU's product took alone do the copies beside it last. */
    private static final double MARGIN = 1.5;

    private final Instances instances;
    private final int tokens;
    private final ProbeCurve cpu;
    private final @Nullable WithGpu withGpu;

    private record WithGpu(ProbeCurve gpu, ProbeCurve copy, ProbeCurve cpuBesideCopies, ProbeCurve copyBesideCpu) {}

    LinearProbes(Instances instances, int tokens, CpuTimer timer, @Nullable GpuBench gpu) {
        this.instances = instances;
        this.tokens = tokens;
        int all = instances.shape().tiles();
        cpu = ProbeCurve.of(all, tiles -> {
            if (gpu != null) {
                gpu.copies().drain();
            }
            return timer.seconds(instances.nextGroup(), tokens, tiles);
        });
        withGpu = gpu == null ? null : withGpu(timer, gpu);
    }

    private WithGpu withGpu(CpuTimer timer, GpuBench gpu) {
        int all = instances.shape().tiles();
        CopyTimer copies = gpu.copies();
        return new WithGpu(
                ProbeCurve.of(
                        gpu.mostTiles(instances), tiles -> gpu.kernels().seconds(instances.layout(), tokens, tiles)),
                ProbeCurve.of(all, tiles -> copies.seconds(instances.next(), tiles)),
                ProbeCurve.of(all, tiles -> {
                    copies.keepBusy(instances.next(), MARGIN * instances.groupSize() * cpu.seconds(tiles));
                    return timer.seconds(instances.nextGroup(), tokens, tiles);
                }),
                ProbeCurve.of(
                        all,
                        tiles -> copies.seconds(
                                instances.next(), tiles, () -> timer.seconds(instances.nextGroup(), tokens, all))));
    }

    /** In an order in which each is taken after what it needs to know. */
    Stream<Probe> probes() {
        Stream<ProbeCurve> curves = withGpu == null
                ? Stream.of(cpu)
                : Stream.of(cpu, withGpu.gpu, withGpu.copy, withGpu.cpuBesideCopies, withGpu.copyBesideCpu);
        return curves.flatMap(curve -> curve.probes().stream());
    }

    Measurement measurement() {
        return withGpu == null
                ? new Measurement(instances.shape(), tokens, cpu.curve())
                : new Measurement(
                        instances.shape(),
                        tokens,
                        cpu.curve(),
                        withGpu.gpu.curve(),
                        withGpu.copy.curve(),
                        withGpu.cpuBesideCopies.curve(),
                        withGpu.copyBesideCpu.curve());
    }
}
