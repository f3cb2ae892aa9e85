package io.hetegen.jobs.cli;

import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Prefill and decode in turn, and within a decode some tokens and a plain read in turn: a machine that changes its speed,
 * as one with neighbours does from one second to the next, changes it for all.
 */
final class Benchmark {

    /** Most tokens of a pass of the prefill. */
    static final int CHUNK = 512;

    private static final double NANOS = 1e9;

    /** Tokens between two plain reads. */
    private static final int TOKENS_PER_READ = 8;

    /** Of the time of a warm-up run, what the JVM may have spent compiling in the last one. */
    private static final double MOST_COMPILING = 0.05;

    private static final int MOST_WARM_UPS = 8;

    private final CausalLm model;
    private final BenchPlan plan;
    private final int chunk;
    private final Consumer<String> progress;

    /** @param progress is told what happens next */
    /** @param chunk most prompt tokens of a pass */
    Benchmark(CausalLm model, BenchPlan plan, int chunk, Consumer<String> progress) {
        this.model = model;
        this.plan = plan;
        this.chunk = chunk;
        this.progress = progress;
    }

    /** Tokens that were generated, by sequence, and how many came in a second. */
    private record Timed(double rate, int[][] tokens) {}

    /** @param read plain reads among the tokens, in bytes per second */
    private record Decoded(Timed timed, double read) {}

    /** @throws CommandFailure if a run gives other tokens than the one before, or logits that are not finite */
    BenchResult.Runs run(int repetitions) {
        progress.accept("warming up");
        Timed firstPrompt = prefill();
        Timed first = decode(1).timed;
        Timed firstTogether = together(first);
        same("a sequence among others", firstTogether.tokens[0], first.tokens[0]);
        warmUp();
        double[] pp = new double[repetitions];
        double[] tg = new double[repetitions];
        double[] tgTogether = new double[repetitions];
        double[] read = new double[repetitions];
        for (int run = 0; run < repetitions; run++) {
            String name = "run " + (run + 1);
            progress.accept(name + " of " + repetitions);
            Timed prompt = prefill();
            Decoded decoded = decode(1);
            Timed alone = decoded.timed;
            Timed together = together(alone);
            pp[run] = prompt.rate;
            tg[run] = alone.rate;
            tgTogether[run] = together.rate;
            read[run] = decoded.read;
            same(name, prompt.tokens, firstPrompt.tokens);
            same(name, alone.tokens, first.tokens);
            same(name, together.tokens, firstTogether.tokens);
        }
        int answer = Arrays.deepHashCode(new int[][][] {firstPrompt.tokens, first.tokens, firstTogether.tokens});
        return new BenchResult.Runs(pp, tg, tgTogether, read, answer);
    }

    /** The JVM compiles what runs, on the same cores: decodes until little is left to compile, or it seems not to end. */
    private void warmUp() {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        if (compiler == null || !compiler.isCompilationTimeMonitoringSupported()) {
            return;
        }
        double compiling = 1;
        for (int run = 0; run < MOST_WARM_UPS && compiling > MOST_COMPILING; run++) {
            long start = System.nanoTime();
            long compiled = compiler.getTotalCompilationTime();
            decode(1);
            compiling = (compiler.getTotalCompilationTime() - compiled) / 1e3 / seconds(start);
        }
    }

    private static void same(String what, Object tokens, Object expected) {
        if (!Arrays.deepEquals(new Object[] {tokens}, new Object[] {expected})) {
            throw new CommandFailure(what + " gave other tokens than the runs before: the figures are worth nothing,"
                    + " and something is broken (try -Dhetegen.kernels=reference)");
        }
    }

    private Timed prefill() {
        try (KvCache cache = model.newCache()) {
            long start = System.nanoTime();
            int next = fill(cache, 0, plan.promptTokens(), LogitsFor.LAST);
            return new Timed(plan.promptTokens() / seconds(start), new int[][] {{next}});
        }
    }

    private Timed together(Timed alone) {
        return plan.sequences() == 1 ? alone : decode(plan.sequences()).timed;
    }

    private Decoded decode(int sequences) {
        List<KvCache> caches = new ArrayList<>();
        try {
            int[][] tokens = new int[sequences][plan.generatedTokens()];
            int[] last = new int[sequences];
            for (int sequence = 0; sequence < sequences; sequence++) {
                KvCache cache = model.newCache();
                caches.add(cache);
                fill(cache, sequence, plan.depth(), LogitsFor.NONE);
                last[sequence] = id(sequence, plan.depth());
            }
            double decoding = 0;
            double reading = 0;
            int reads = 0;
            for (int from = 0; from < plan.generatedTokens(); from += TOKENS_PER_READ) {
                long start = System.nanoTime();
                for (int i = from; i < Math.min(from + TOKENS_PER_READ, plan.generatedTokens()); i++) {
                    step(caches, last);
                    for (int sequence = 0; sequence < sequences; sequence++) {
                        tokens[sequence][i] = last[sequence];
                    }
                }
                decoding += seconds(start);
                start = System.nanoTime();
                model.readWeights();
                reading += seconds(start);
                reads++;
            }
            Timed timed = new Timed((double) sequences * plan.generatedTokens() / decoding, tokens);
            return new Decoded(timed, (double) reads * model.weightBytes() / reading);
        } finally {
            caches.forEach(KvCache::close);
        }
    }

    /** Replaces the last token of each sequence by the next. */
    private void step(List<KvCache> caches, int[] last) {
        List<Slice> slices = new ArrayList<>();
        for (int sequence = 0; sequence < last.length; sequence++) {
            slices.add(new Slice(caches.get(sequence), new int[] {last[sequence]}, LogitsFor.LAST));
        }
        List<float[][]> logits = model.forward(slices);
        Arrays.setAll(last, sequence -> mostLikely(logits.get(sequence)[0]));
    }

    /** Puts a sequence's first tokens into its context; returns the most likely next one, -1 without logits. */
    private int fill(KvCache cache, int sequence, int count, LogitsFor logits) {
        int next = -1;
        for (int from = 0; from < count; from += chunk) {
            int[] ids = new int[Math.min(chunk, count - from)];
            int first = from;
            Arrays.setAll(ids, i -> id(sequence, first + i));
            List<float[][]> rows = model.forward(List.of(new Slice(cache, ids, logits)));
            next = logits == LogitsFor.NONE ? -1 : mostLikely(rows.get(0)[0]);
        }
        return next;
    }

    private int id(int sequence, int position) {
        return (int)
                ((position * 7919L + 1 + sequence * 104_729L) % model.config().vocabularySize());
    }

    private static int mostLikely(float[] logits) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new CommandFailure("the model's logits are not finite: its weights are damaged");
            }
        }
        return CausalLm.mostLikely(logits);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / NANOS;
    }
}
