package io.hetegen.engine;

/**
 * What identifies a loaded model.
 *
 * @param name the model's own name, or the file's name where it has none
 * @param architecture the family, as the GGUF key {@code general.architecture} spells it
 * @param fingerprint hex digest of the weights, the vocabulary and every parameter that the arithmetic reads; equal
 *     fingerprints and equal {@code arithmeticVersion}s give equal answers
 * @param arithmeticVersion version of {@code docs/arithmetic.md} that the engine computes by
 * @param contextLength most tokens of prompt and answer together
 * @param vocabularySize number of token ids
 */
public record ModelInfo(
        String name,
        String architecture,
        String fingerprint,
        int arithmeticVersion,
        int contextLength,
        int vocabularySize) {}
