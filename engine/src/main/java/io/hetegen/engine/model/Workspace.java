package io.hetegen.engine.model;

import io.hetegen.engine.kernel.Activations;

/** Buffers of a forward pass, reused from pass to pass; all are [token][element]. */
final class Workspace {

    final Activations normed = new Activations();
    final Activations attended = new Activations();
    final Activations activated = new Activations();
    float[] residual = new float[0];
    float[] delta = new float[0];
    float[] query = new float[0];
    float[] key = new float[0];
    float[] value = new float[0];
    float[] gate = new float[0];
    float[] up = new float[0];
    /** Of the tokens that are wanted. */
    float[] logits = new float[0];

    void resize(ModelConfig config, int tokens, int tokensWanted) {
        residual = atLeast(residual, tokens, config.hiddenSize());
        delta = atLeast(delta, tokens, config.hiddenSize());
        query = atLeast(query, tokens, config.querySize());
        key = atLeast(key, tokens, config.keyValueSize());
        value = atLeast(value, tokens, config.keyValueSize());
        gate = atLeast(gate, tokens, config.intermediateSize());
        up = atLeast(up, tokens, config.intermediateSize());
        logits = atLeast(logits, tokensWanted, config.vocabularySize());
    }

    private static float[] atLeast(float[] array, int tokens, int size) {
        int length = Math.multiplyExact(tokens, size);
        return array.length >= length ? array : new float[length];
    }
}
