package io.hetegen.engine.bench;

import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.ReferenceKernels;
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
import org.openjdk.jmh.annotations.Warmup;

/** What a layer does between its matrices, for one token. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class ElementwiseBenchmark {

    private static final float EPS = 1e-5f;

    /** Hidden and intermediate sizes of models. */
    @Param({"2048", "5632"})
    private int size;

    private final Kernels kernels = KernelChoice.make().kernels();
    private float[] x;
    private float[] weight;
    private float[] bias;
    private float[] target;

    @Setup(Level.Trial)
    public void setUp() {
        x = RandomFloats.of(size, 1);
        weight = RandomFloats.of(size, 2);
        bias = RandomFloats.of(size, 3);
        target = new float[size];
        Kernels reference = new ReferenceKernels();
        float[] expected = new float[size];
        reference.rmsNorm(x, 0, weight, EPS, expected, 0);
        SameBits.check("rmsNorm", rmsNorm(), expected);
        reference.layerNorm(x, 0, weight, bias, EPS, expected, 0);
        SameBits.check("layerNorm", layerNorm(), expected);
        reference.swiGlu(x, weight, expected, 0, size);
        SameBits.check("swiGlu", swiGlu(), expected);
    }

    @Benchmark
    public float[] rmsNorm() {
        kernels.rmsNorm(x, 0, weight, EPS, target, 0);
        return target;
    }

    @Benchmark
    public float[] layerNorm() {
        kernels.layerNorm(x, 0, weight, bias, EPS, target, 0);
        return target;
    }

    @Benchmark
    public float[] swiGlu() {
        kernels.swiGlu(x, weight, target, 0, size);
        return target;
    }
}
