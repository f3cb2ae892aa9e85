package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.Pairwise;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.generate.SplitRun.Answers;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.Family;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.model.RandomSplits;
import io.hetegen.engine.model.RandomSplits.Resident;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Answers of the engine with any part of a model on the GPU, on the driver double, are those of the CPU alone. Every
 * value of each factor meets every value of the others; all combinations, in parts, with {@code -Dhetegen.nightly=1/100},
 * the first of a hundred parts (src/test/nightly.sh).
 */
class SplitAnswersITCase {

    /** Rings of so many of the largest tiles: from one slice at a time to several passes ahead. */
    private static final int[] RINGS = {4, 9, 400};

    private static final List<String> MODES = List.of("eager", "random", "lazy", "ahead", "clock");
    private static final List<Family> FAMILIES = List.of(Family.LLAMA, Family.QWEN2, Family.QWEN3, Family.OPT);
    private static final List<String> SHARES = Stream.concat(
                    IntStream.rangeClosed(0, 10).mapToObj(tenths -> "0." + tenths), Stream.of("uneven", "changing"))
            .map(share -> share.equals("0.10") ? "1.0" : share)
            .toList();
    private static final int[] SIZES = {
        DType.values().length,
        SHARES.size(),
        RINGS.length,
        MODES.size(),
        FAMILIES.size(),
        2,
        2,
        Resident.values().length,
        2
    };

    /** On the CPU alone. */
    private static final Map<List<Object>, Answers> EXPECTED = new HashMap<>();

    private static HostKernels kernels;

    @BeforeAll
    static void build() throws Exception {
        kernels = HostKernels.build();
    }

    /** @param seed of the driver and of the plan */
    private record Case(
            DType dtype,
            String share,
            int seed,
            String mode,
            Family family,
            int sequences,
            boolean sampled,
            Resident resident,
            boolean locked) {

        private static Case of(int[] values) {
            return new Case(
                    DType.values()[values[0]],
                    SHARES.get(values[1]),
                    values[2],
                    MODES.get(values[3]),
                    FAMILIES.get(values[4]),
                    values[5] == 0 ? 1 : 4,
                    values[6] == 1,
                    Resident.values()[values[7]],
                    values[8] == 0);
        }

        @Override
        public String toString() {
            return String.format(
                    "%s, %s, seed %d, %s, %s, %d %s, resident: %s, %s",
                    dtype,
                    share,
                    seed,
                    mode,
                    family.architecture(),
                    sequences,
                    sampled ? "sampled" : "greedy",
                    resident,
                    locked ? "locked" : "staged");
        }
    }

    static Stream<Case> cases() {
        String part = System.getProperty("hetegen.nightly");
        return (part == null ? Pairwise.cases(SIZES).stream() : product(part)).map(Case::of);
    }

    private static Stream<int[]> product(String part) {
        String[] words = part.split("/", -1);
        int parts = Integer.parseInt(words[1]);
        int all = IntStream.of(SIZES).reduce(1, Math::multiplyExact);
        return IntStream.iterate(Integer.parseInt(words[0]) - 1, i -> i < all, i -> i + parts)
                .mapToObj(SplitAnswersITCase::combination);
    }

    private static int[] combination(int number) {
        int[] values = new int[SIZES.length];
        int rest = number;
        for (int i = 0; i < values.length; i++) {
            values[i] = rest % SIZES[i];
            rest /= SIZES[i];
        }
        return values;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areThoseOfTheCpu(Case split) {
        RandomModelFile file = RandomModelFile.of(split.family, split.dtype, ToyTokenizer.SIZE, 12);
        SplitRun run = new SplitRun(file, split.sequences, split.sampled);
        Answers expected = EXPECTED.computeIfAbsent(
                List.of(split.dtype, split.family, split.sequences, split.sampled), key -> run.onCpu());
        CudaDouble gpu = CudaDouble.start(
                kernels.library(),
                "mode=" + split.mode + " seed=" + split.seed + (split.locked ? "" : " registerable=0"));

        List<Boolean> lost = new ArrayList<>();
        assertThat(run.on(plan(split, file), (step, accelerator) -> lost.add(accelerator.isLost())))
                .isEqualTo(expected);
        assertThat(lost).as("at each step").isNotEmpty().containsOnly(false);
        assertThat(gpu.count("launches") > 0).isEqualTo(!split.share.equals("0.0"));
        assertThat(gpu.left()).isEmpty();
    }

    /** Of which the largest passes are too large. */
    private static GpuPlan plan(Case split, RandomModelFile file) {
        RandomSplits splits = new RandomSplits(file, split.resident, split.seed);
        List<SplitRatio> ratios = switch (split.share) {
            case "uneven", "changing" -> splits.uneven();
            default -> splits.even(Double.parseDouble(split.share));
        };
        boolean changing = split.share.equals("changing");
        return splits.plan(
                ratios,
                splits.ringOf(RINGS[split.seed]),
                SplitRun.CHUNK + 2,
                tokens -> changing ? splits.uneven() : ratios);
    }
}
