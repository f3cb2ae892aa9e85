package io.hetegen.engine.bench;

import io.hetegen.engine.device.cpu.ThreadTeam;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
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
import org.openjdk.jmh.infra.Blackhole;

/** Start and join of a job with next to nothing to do, a task for each thread: what every linear pays. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-XX:+UseSerialGC")
public class ThreadTeamBenchmark {

    /** Tokens of work that keep a task from being removed; far below what a join takes. */
    private static final int WORK = 1;

    @Param({"1", "2", "4"})
    private int threads;

    private ThreadTeam team;

    @Setup(Level.Trial)
    public void setUp() {
        team = new ThreadTeam(threads);
        AtomicIntegerArray runs = new AtomicIntegerArray(threads);
        team.run(threads, (task, worker) -> runs.incrementAndGet(task));
        for (int task = 0; task < threads; task++) {
            if (runs.get(task) != 1) {
                throw new IllegalStateException("task " + task + " must run once, ran " + runs.get(task) + " times");
            }
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        team.close();
    }

    @Benchmark
    public void join() {
        team.run(threads, (task, worker) -> Blackhole.consumeCPU(WORK));
    }
}
