package io.hetegen.engine.bench;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.kernel.ReferenceKernels;
import io.hetegen.engine.kernel.Scratch;
import io.hetegen.engine.tensor.KvPage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One layer's attention for the last tokens of a context, all heads, on one thread, with the sizes of a model of 1.1B. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class AttentionBenchmark {

    private static final int HEADS = 32;
    private static final int KEY_VALUE_HEADS = 4;

    /** Positions that the tokens see, themselves included. */
    @Param({"64", "2048"})
    private int context;

    /** 1 is decode, 64 a piece of a prefill. */
    @Param({"1", "64"})
    private int tokens;

    @Param({"64"})
    private int headDim;

    @Param({"F16"})
    private KvType keyValueType;

    private final Kernels kernels = KernelChoice.make().kernels();
    private final Scratch scratch = new Scratch();
    private final List<KvPage> pages = new ArrayList<>();
    private final List<HostMemory> memory = new ArrayList<>();
    private float[] query;
    private float[] output;

    @Setup(Level.Trial)
    public void setUp() {
        float[] keys = RandomFloats.of(context * KEY_VALUE_HEADS * headDim, 1);
        float[] values = RandomFloats.of(keys.length, 2);
        for (int position = 0; position < context; position++) {
            if (position % KvPage.POSITIONS == 0) {
                addPage();
            }
            int at = position * KEY_VALUE_HEADS * headDim;
            pages.get(position / KvPage.POSITIONS)
                    .put(position % KvPage.POSITIONS, KEY_VALUE_HEADS, keys, at, values, at);
        }
        query = RandomFloats.of(tokens * HEADS * headDim, 3);
        output = new float[query.length];
        float[] expected = new float[query.length];
        attend(new ReferenceKernels(), expected);
        SameBits.check("attention", attention(), expected);
    }

    private void addPage() {
        long bytes = KvPage.bytes(keyValueType, KEY_VALUE_HEADS, headDim) + KvPage.BYTES_BEHIND;
        HostMemory page = HostMemory.allocate(Math.toIntExact(bytes));
        memory.add(page);
        pages.add(new KvPage(keyValueType, KEY_VALUE_HEADS, headDim, page, 0));
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        memory.forEach(HostMemory::close);
    }

    @Benchmark
    public float[] attention() {
        attend(kernels, output);
        return output;
    }

    private void attend(Kernels by, float[] target) {
        int rowSize = HEADS * headDim;
        for (int head = 0; head < KEY_VALUE_HEADS; head++) {
            AttentionBlock block =
                    new AttentionBlock(head, HEADS / KEY_VALUE_HEADS, headDim, rowSize, 0, context - tokens, tokens);
            by.attention(block, pages, query, target, scratch);
        }
    }
}
