package io.hetegen.jobs.cli;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Arrays;

/**
 * What {@link Benchmark} measured; its fields are the fields of {@code bench -o json}.
 *
 * @param pp prompt tokens per second, the mean of the runs
 * @param tg generated tokens per second, the mean of the runs
 * @param ppDeviation standard deviation of the runs, 0 for one run
 * @param tgDeviation as ppDeviation
 * @param weightBytesPerToken packed weights that decoding one token reads
 * @param readGBps plain reads of the weights' memory on the same threads, one after every few tokens of tg, the mean of
 *     the runs, in 10^9 bytes per second
 * @param bandwidthShare of readGBps that decode reads weights at
 * @param depth tokens that were in the context before the first one was generated
 * @param sequences that were decoded together for tgTogether
 * @param tgTogether generated tokens per second of all these sequences, the mean of the runs; tg for one
 * @param tgTogetherDeviation as ppDeviation
 * @param ppRuns tokens per second of each run
 * @param tgRuns as ppRuns
 * @param tgTogetherRuns as ppRuns
 * @param threads that computed
 * @param kernels what they computed with
 * @param weightBytes packed weights in memory
 * @param loadSeconds that reading and packing the weights took
 * @param answer a hash of all tokens that were generated; equal for the same model and numbers of tokens
 */
@JsonPropertyOrder({"pp", "tg", "ppDeviation", "tgDeviation", "weightBytesPerToken", "readGBps", "bandwidthShare"})
record BenchResult(
        double pp,
        double tg,
        double ppDeviation,
        double tgDeviation,
        long weightBytesPerToken,
        double readGBps,
        double bandwidthShare,
        int depth,
        int sequences,
        double tgTogether,
        double tgTogetherDeviation,
        double[] ppRuns,
        double[] tgRuns,
        double[] tgTogetherRuns,
        int threads,
        String kernels,
        long weightBytes,
        double loadSeconds,
        String answer) {

    /** The model, loaded. */
    record Loaded(int threads, String kernels, long weightBytes, long weightBytesPerToken, double loadSeconds) {}

    /** Rates of the runs, plain reads in bytes per second, a hash of the tokens. */
    record Runs(double[] pp, double[] tg, double[] tgTogether, double[] read, int answer) {}

    private static final double GIGA = 1e9;

    static BenchResult of(Loaded model, BenchPlan plan, Runs runs) {
        return new BenchResult(
                mean(runs.pp),
                mean(runs.tg),
                deviation(runs.pp),
                deviation(runs.tg),
                model.weightBytesPerToken,
                mean(runs.read) / GIGA,
                mean(runs.tg) * model.weightBytesPerToken / mean(runs.read),
                plan.depth(),
                plan.sequences(),
                mean(runs.tgTogether),
                deviation(runs.tgTogether),
                runs.pp,
                runs.tg,
                runs.tgTogether,
                model.threads,
                model.kernels,
                model.weightBytes,
                model.loadSeconds,
                "%08x".formatted(runs.answer));
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
