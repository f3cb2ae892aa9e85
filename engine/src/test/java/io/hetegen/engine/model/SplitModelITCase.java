package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.RandomSplits.Resident;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model whose linears are split between CPU and GPU gives the logits of the CPU alone, on the driver double. */
class SplitModelITCase {

    private static final int VOCABULARY = 83;
    private static final int CHUNK = 12;
    private static final int STEPS = 6;
    private static final long RING = 128 << 10;

    @ParameterizedTest
    @ValueSource(strings = {"eager", "random", "lazy", "ahead"})
    void everyRatioGivesTheSameLogits(String mode) throws Exception {
        HostKernels kernels = HostKernels.build();
        RandomModelFile file = RandomModelFile.of(DType.Q8_0, VOCABULARY, 7);
        float[][] expected = logits(file, null);
        RandomSplits splits = new RandomSplits(file, Resident.SOME, 3);
        for (double share : new double[] {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}) {
            List<SplitRatio> ratios = splits.even(share);
            CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
            assertThat(logits(file, splits.plan(ratios, RING, CHUNK, tokens -> ratios)))
                    .as("share %s", share)
                    .isDeepEqualTo(expected);
            assertThat(gpu.count("launches") > 0).as("share %s", share).isEqualTo(share > 0);
            assertThat(gpu.left()).isEmpty();
        }
    }

    @Test
    void everyRatioMayChangeAtEveryToken() throws Exception {
        HostKernels kernels = HostKernels.build();
        RandomModelFile file = RandomModelFile.of(DType.Q4_0, VOCABULARY, 7);
        float[][] expected = logits(file, null);
        RandomSplits splits = new RandomSplits(file, Resident.SOME, 3);
        List<SplitRatio> resident = splits.even(0.5);
        for (String mode : List.of("random", "lazy", "ahead")) {
            CudaDouble.start(kernels.library(), "mode=" + mode);
            assertThat(logits(file, splits.plan(resident, RING, CHUNK, tokens -> splits.uneven())))
                    .isDeepEqualTo(expected);
        }
    }

    /** Of a prompt and of tokens after it. */
    private static float[][] logits(RandomModelFile file, @Nullable GpuPlan plan) {
        try (ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16)) {
            if (plan != null) {
                CudaDevice device = CudaDriver.open(0, 64 << 20).orElseThrow();
                Accelerator accelerator = model.accelerate(device, plan).orElseThrow();
                assertThat(accelerator.isLost()).isFalse();
            }
            List<float[]> logits = new ArrayList<>();
            try (KvCache cache = model.newCache()) {
                int[] prompt = ids(CHUNK);
                logits.addAll(Arrays.asList(model.forward(List.of(new Slice(cache, prompt, LogitsFor.ALL)))
                        .get(0)));
                for (int id : ids(STEPS)) {
                    logits.addAll(Arrays.asList(model.forward(List.of(new Slice(cache, new int[] {id}, LogitsFor.LAST)))
                            .get(0)));
                }
            }
            return logits.toArray(float[][]::new);
        }
    }

    private static int[] ids(int count) {
        return new SplittableRandom(1).ints(count, 0, VOCABULARY).toArray();
    }
}
