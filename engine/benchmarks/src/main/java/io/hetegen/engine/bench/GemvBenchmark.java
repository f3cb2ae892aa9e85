package io.hetegen.engine.bench;

import io.hetegen.engine.tensor.DType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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

/**
 * One token times a matrix on one thread: what a decode step is made of. The output matrix is larger than most
 * caches, so that the weights come from memory; {@code weightGB} is how much of them is read in a second.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class GemvBenchmark {

    /** All types, unless -p names some. */
    @Param
    private DType type;

    @Param("llama-1.1b")
    private String shape;

    @Param("output.weight")
    private String tensor;

    @Param({"1", "7"})
    private int tokens;

    private PackedMatrix matrix;

    /** What is read besides the time. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Weights {
        public double weightGB;
    }

    @Setup(Level.Trial)
    public void setUp() {
        matrix = new PackedMatrix("synthetic:" + shape + ":" + type, tensor, tokens);
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        matrix.close();
    }

    @Benchmark
    public float[] gemv(Weights weights) {
        weights.weightGB += matrix.bytes() / 1e9;
        return matrix.multiply();
    }
}
