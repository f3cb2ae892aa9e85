package io.hetegen.jobs.cli;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Prefill, decode and plain reads in turn, so that a machine that changes its speed changes it for all three. */
final class Benchmark {

    /** Tokens of one forward pass of the prefill. */
    private static final int CHUNK = 512;

    private static final double NANOS = 1e9;
    private static final double GIGA = 1e9;

    /** Plain reads of one run take at least so long. */
    private static final double READ_SECONDS = 0.3;

    private final CausalLm model;
    private final int[] prompt;
    private final int[] generated;
    private final Consumer<String> progress;

    /** @param progress is told what happens next */
    Benchmark(CausalLm model, int promptTokens, int generatedTokens, Consumer<String> progress) {
        this.model = model;
        this.progress = progress;
        this.prompt = new int[promptTokens];
        Arrays.setAll(prompt, i -> (int) ((i * 7919L + 1) % model.config().vocabularySize()));
        this.generated = new int[generatedTokens];
    }

    /**
     * What was measured.
     *
     * @param pp prompt tokens per second, the mean of the runs
     * @param tg generated tokens per second, the mean of the runs
     * @param ppDeviation standard deviation of the runs, 0 for one run
     * @param tgDeviation as ppDeviation
     * @param weightBytesPerToken packed weights that decoding one token reads
     * @param readGBps the best plain read of the weights' memory on the same threads, in 10^9 bytes per second
     * @param bandwidthShare of readGBps that decode reads weights at
     */
    @JsonPropertyOrder({"pp", "tg", "ppDeviation", "tgDeviation", "weightBytesPerToken", "readGBps", "bandwidthShare"})
    record Result(
            double pp,
            double tg,
            double ppDeviation,
            double tgDeviation,
            long weightBytesPerToken,
            double readGBps,
            double bandwidthShare) {}

    /** @throws CommandFailure if a run gives other tokens than the one before, or logits that are not finite */
    Result run(int repetitions) {
        progress.accept("warming up");
        int first = prefill();
        decode();
        int[] tokens = generated.clone();
        plainRead();
        double[] pp = new double[repetitions];
        double[] tg = new double[repetitions];
        double read = 0;
        for (int run = 0; run < repetitions; run++) {
            progress.accept("run " + (run + 1) + " of " + repetitions);
            long start = System.nanoTime();
            int next = prefill();
            pp[run] = prompt.length / seconds(start);
            start = System.nanoTime();
            decode();
            tg[run] = generated.length / seconds(start);
            read = Math.max(read, plainRead());
            if (next != first || !Arrays.equals(generated, tokens)) {
                throw new CommandFailure("run " + (run + 1) + " gave other tokens than the runs before: the figures are"
                        + " worth nothing, and something is broken (try -Dhetegen.kernels=reference)");
            }
        }
        double bytesPerSecond = mean(tg) * model.weightBytesPerToken();
        return new Result(
                mean(pp),
                mean(tg),
                deviation(pp),
                deviation(tg),
                model.weightBytesPerToken(),
                read / GIGA,
                bytesPerSecond / read);
    }

    /** Returns the most likely token after the prompt. */
    private int prefill() {
        try (KvCache cache = model.newCache()) {
            int next = -1;
            for (int from = 0; from < prompt.length; from += CHUNK) {
                int to = Math.min(from + CHUNK, prompt.length);
                next = next(cache, Arrays.copyOfRange(prompt, from, to));
            }
            return next;
        }
    }

    private void decode() {
        try (KvCache cache = model.newCache()) {
            int token = prompt[0];
            for (int i = 0; i < generated.length; i++) {
                token = next(cache, token);
                generated[i] = token;
            }
        }
    }

    private int next(KvCache cache, int... ids) {
        float[] logits =
                model.forward(List.of(new Slice(cache, ids, LogitsFor.LAST))).get(0)[0];
        int best = 0;
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite(logits[i])) {
                throw new CommandFailure("the model's logits are not finite: its weights are damaged");
            }
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** The best of several passes, in bytes per second. */
    private double plainRead() {
        double best = 0;
        long begin = System.nanoTime();
        do {
            long start = System.nanoTime();
            model.readWeights();
            best = Math.max(best, model.weightBytes() / seconds(start));
        } while (seconds(begin) < READ_SECONDS);
        return best;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / NANOS;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
        return values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1));
    }
}
