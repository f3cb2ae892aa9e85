package io.hetegen.engine.plan;

import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.profile.HardwareDescription.Gpu;
import io.hetegen.engine.profile.HardwareDescription.Link;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Models and machines to plan for. */
final class SampleModels {

    static final HardwareDescription A10 = new HardwareDescription(
            "A10",
            new Cpu(16, 75, 140, 800, 3200, 16),
            new Link(24, 24, 10),
            new Gpu(24, 600, 31_000, 125_000, 125_000, 2),
            15);

    private SampleModels() {}

    /** OPT as published. */
    static ModelShape opt(int layers, int hidden) {
        List<PlannedLinear> linears = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            for (String name : List.of("attn_q", "attn_k", "attn_v")) {
                linears.add(linear(block + name, layer, GroupKind.QUERY_KEY_VALUE, DType.F16, hidden, hidden));
            }
            linears.add(linear(block + "attn_output", layer, GroupKind.ATTENTION_OUTPUT, DType.F16, hidden, hidden));
            linears.add(linear(block + "ffn_up", layer, GroupKind.MLP_EXPANSION, DType.F16, 4 * hidden, hidden));
            linears.add(linear(block + "ffn_down", layer, GroupKind.MLP_DOWN, DType.F16, hidden, 4 * hidden));
        }
        linears.add(linear("output", layers, GroupKind.OUTPUT, DType.F16, 50_272, hidden));
        return new ModelShape("opt", layers, hidden, hidden, hidden / 128, 128, 4 * hidden, false, 50_272, 0, linears);
    }

    /** 4-bit weights, but for V and down, which have 6. */
    static ModelShape mixed(int layers, int hidden) {
        List<PlannedLinear> linears = new ArrayList<>();
        for (PlannedLinear linear : opt(layers, hidden).linears()) {
            LinearShape shape = linear.shape();
            boolean six = List.of("attn_v", "ffn_down").contains(linear.kind());
            linears.add(linear(
                    linear.name(),
                    linear.layer(),
                    linear.group(),
                    six ? DType.Q6_K : DType.Q4_K,
                    shape.rows(),
                    shape.columns()));
        }
        return new ModelShape(
                "mixed", layers, hidden, hidden, hidden / 128, 128, 4 * hidden, false, 50_272, 0, linears);
    }

    /** What an A10 would measure, the CPU by a factor slower for some types. */
    static Profile profile(ModelShape model, ToDoubleFunction<DType> slower) {
        CostModel costs = new RooflineCosts(A10, 16);
        List<Measurement> measurements = new ArrayList<>();
        for (LinearShape shape :
                model.linears().stream().map(PlannedLinear::shape).distinct().toList()) {
            for (int tokens : new int[] {1, 512}) {
                int tiles = shape.tiles();
                double cpu = slower.applyAsDouble(shape.dtype()) * costs.cpuSeconds(shape, tokens, tiles);
                Curve onCpu = curve(tiles, cpu);
                Curve copy = curve(tiles, costs.copySeconds(shape, tiles));
                Curve onGpu = curve(tiles, costs.gpuSeconds(shape, tokens, tiles));
                measurements.add(new Measurement(shape, tokens, onCpu, onGpu, copy, onCpu, copy));
            }
        }
        return new Profile(model.fingerprint(), 16, "a machine", A10, measurements, List.of());
    }

    private static Curve curve(int tiles, double seconds) {
        return new Curve(new int[] {tiles}, new double[] {seconds});
    }

    /** A gated model of random sizes and mixed types. */
    static ModelShape random(Random random) {
        int layers = 2 + random.nextInt(6);
        int heads = 4 << random.nextInt(3);
        int keyValueHeads = heads >> random.nextInt(3);
        int headDim = 64 << random.nextInt(2);
        int hidden = 256 * (2 + random.nextInt(10));
        int intermediate = 256 * (4 + random.nextInt(24));
        int vocabulary = 1000 + random.nextInt(60_000);
        List<PlannedLinear> linears = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            DType first = type(random);
            DType second = type(random);
            GroupKind qkv = GroupKind.QUERY_KEY_VALUE;
            linears.add(linear(block + "attn_q", layer, qkv, first, heads * headDim, hidden));
            linears.add(linear(block + "attn_k", layer, qkv, first, keyValueHeads * headDim, hidden));
            linears.add(linear(block + "attn_v", layer, qkv, second, keyValueHeads * headDim, hidden));
            linears.add(
                    linear(block + "attn_output", layer, GroupKind.ATTENTION_OUTPUT, first, hidden, heads * headDim));
            linears.add(linear(block + "ffn_gate", layer, GroupKind.MLP_EXPANSION, first, intermediate, hidden));
            linears.add(linear(block + "ffn_up", layer, GroupKind.MLP_EXPANSION, first, intermediate, hidden));
            linears.add(linear(block + "ffn_down", layer, GroupKind.MLP_DOWN, second, hidden, intermediate));
        }
        linears.add(linear("output", layers, GroupKind.OUTPUT, type(random), vocabulary, hidden));
        return new ModelShape(
                "random",
                layers,
                hidden,
                heads * headDim,
                keyValueHeads,
                headDim,
                intermediate,
                true,
                vocabulary,
                0,
                linears);
    }

    static HardwareDescription randomMachine(Random random) {
        double read = 10 + random.nextInt(200);
        return new HardwareDescription(
                "random",
                new Cpu(16, read, read * (1 + random.nextDouble()), 100 + random.nextInt(2000), 4000, 8),
                new Link(2 + random.nextInt(50), 2 + random.nextInt(50), random.nextInt(20)),
                new Gpu(24, 100 + random.nextInt(3000), 3000 + random.nextInt(80_000), 100_000, 100_000, 2),
                random.nextInt(30));
    }

    private static DType type(Random random) {
        DType[] types = {DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K};
        return types[random.nextInt(types.length)];
    }

    private static PlannedLinear linear(String name, int layer, GroupKind group, DType dtype, int rows, int columns) {
        return new PlannedLinear(name, layer, group, new LinearShape(dtype, rows, columns));
    }
}
