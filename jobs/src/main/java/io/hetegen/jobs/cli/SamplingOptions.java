package io.hetegen.jobs.cli;

import io.hetegen.engine.SamplingParameters;
import picocli.CommandLine.Option;

/** How the next token is chosen; the defaults are greedy. */
final class SamplingOptions {

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "Randomness; 0, the default, always takes the most likely token.")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draw from the K most likely tokens; 0, the default, from all.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw from the most likely tokens that together reach probability P. Default: 1, all.")
    private double topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Drop tokens less likely than P times the most likely one. Default: 0, none.")
    private double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            defaultValue = "1",
            description = "Above 1, tokens of prompt and answer become less likely. Default: 1, off.")
    private double repetitionPenalty;

    @Option(
            names = "--presence-penalty",
            paramLabel = "X",
            defaultValue = "0",
            description = "Subtracted once from the logit of a token in the answer. Default: 0, off.")
    private double presencePenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "X",
            defaultValue = "0",
            description = "Subtracted for each time that a token is in the answer. Default: 0, off.")
    private double frequencyPenalty;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "The same seed draws the same answer. Default: 0.")
    private long seed;

    SamplingParameters read() {
        return new SamplingParameters(
                temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
    }
}
