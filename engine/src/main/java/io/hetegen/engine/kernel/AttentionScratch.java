package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.KvPage;

/** What {@link ReferenceAttention} works in; grows with the head's width and the number of queries. */
final class AttentionScratch {

    float[] keys = new float[0];
    float[] values = new float[0];

    /** The query, each element repeated for every position of a group. */
    float[] query = new float[0];

    float[] chunkOutput = new float[0];

    /** By query head and token: greatest score and sum of weights so far. */
    float[] max = new float[0];

    float[] sum = new float[0];

    final float[] partials = new float[Arithmetic.DOT_PARTIALS * KvPage.GROUP];
    final float[] scores = new float[KvPage.POSITIONS];

    void resize(int headDim, int queries) {
        if (query.length < headDim * KvPage.GROUP) {
            keys = new float[headDim * KvPage.POSITIONS];
            values = new float[headDim * KvPage.POSITIONS];
            query = new float[headDim * KvPage.GROUP];
            chunkOutput = new float[headDim];
        }
        if (max.length < queries) {
            max = new float[queries];
            sum = new float[queries];
        }
    }
}
