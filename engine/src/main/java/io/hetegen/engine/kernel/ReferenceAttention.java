package io.hetegen.engine.kernel;

import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.tensor.KvPage;
import java.util.Arrays;
import java.util.List;

/** The attention of docs/arithmetic.md, "Attention": a page of 64 positions is a chunk, chunks are merged left to right. */
final class ReferenceAttention {

    private final AttentionBlock block;
    private final AttentionScratch scratch;
    private final float[] query;
    private final float[] output;
    private final float scale;

    ReferenceAttention(AttentionBlock block, float[] query, float[] output, AttentionScratch scratch) {
        this.block = block;
        this.scratch = scratch;
        this.query = query;
        this.output = output;
        this.scale = 1 / (float) Math.sqrt(block.headDim());
        scratch.resize(block.headDim(), block.tokens() * block.headsPerKeyValueHead());
    }

    void run(List<KvPage> pages) {
        int end = block.firstPosition() + block.tokens();
        for (int chunk = 0; chunk * KvPage.POSITIONS < end; chunk++) {
            int start = chunk * KvPage.POSITIONS;
            int filled = Math.min(KvPage.POSITIONS, end - start);
            pages.get(chunk).readKeys(block.keyValueHead(), filled, scratch.keys);
            pages.get(chunk).readValues(block.keyValueHead(), filled, scratch.values);
            for (int token = Math.max(0, start - block.firstPosition()); token < block.tokens(); token++) {
                int seen = Math.min(KvPage.POSITIONS, block.firstPosition() + token + 1 - start);
                for (int head = 0; head < block.headsPerKeyValueHead(); head++) {
                    chunk(token, head, seen, chunk == 0);
                }
            }
        }
        for (int token = 0; token < block.tokens(); token++) {
            for (int head = 0; head < block.headsPerKeyValueHead(); head++) {
                finish(token, head);
            }
        }
    }

    /** One chunk for one query: its own maximum, sum and weighted values, then the merge. */
    private void chunk(int token, int head, int seen, boolean first) {
        float[] scores = scratch.scores;
        scores(offset(token, head), seen);
        float max = Float.NEGATIVE_INFINITY;
        for (int p = 0; p < seen; p++) {
            max = scores[p] > max ? scores[p] : max;
        }
        float sum = 0;
        Arrays.fill(scratch.chunkOutput, 0, block.headDim(), 0);
        for (int p = 0; p < seen; p++) {
            float weight = Exp.exp(scores[p] - max);
            sum += weight;
            addWeighted(scratch.chunkOutput, weight, scratch.values, p * block.headDim(), block.headDim());
        }
        merge(token, head, max, sum, first);
    }

    private void merge(int token, int head, float max, float sum, boolean first) {
        int state = token * block.headsPerKeyValueHead() + head;
        int target = offset(token, head);
        if (first) {
            scratch.max[state] = max;
            scratch.sum[state] = sum;
            System.arraycopy(scratch.chunkOutput, 0, output, target, block.headDim());
            return;
        }
        float merged = max > scratch.max[state] ? max : scratch.max[state];
        float oldFactor = Exp.exp(scratch.max[state] - merged);
        float newFactor = Exp.exp(max - merged);
        scratch.max[state] = merged;
        scratch.sum[state] = Fma.fma(sum, newFactor, scratch.sum[state] * oldFactor);
        for (int d = 0; d < block.headDim(); d++) {
            output[target + d] = Fma.fma(scratch.chunkOutput[d], newFactor, output[target + d] * oldFactor);
        }
    }

    private void finish(int token, int head) {
        float factor = 1 / scratch.sum[token * block.headsPerKeyValueHead() + head];
        int target = offset(token, head);
        for (int d = 0; d < block.headDim(); d++) {
            output[target + d] *= factor;
        }
    }

    /** Scaled dot products of a query with the keys of the chunk, a group of 16 positions at a time. */
    private void scores(int queryOffset, int seen) {
        int headDim = block.headDim();
        for (int d = 0; d < headDim; d++) {
            Arrays.fill(scratch.query, d * KvPage.GROUP, (d + 1) * KvPage.GROUP, query[queryOffset + d]);
        }
        float[] partials = scratch.partials;
        for (int p = 0; p < seen; p += KvPage.GROUP) {
            Arrays.fill(partials, 0);
            int keys = p * headDim;
            for (int d = 0; d < headDim; d += Arithmetic.DOT_PARTIALS) {
                int lanes = Math.min(Arithmetic.DOT_PARTIALS, headDim - d) * KvPage.GROUP;
                addProducts(partials, scratch.query, d * KvPage.GROUP, scratch.keys, keys + d * KvPage.GROUP, lanes);
            }
            for (int width = partials.length / 2; width >= KvPage.GROUP; width /= 2) {
                for (int i = 0; i < width; i++) {
                    partials[i] += partials[i + width];
                }
            }
            for (int i = 0; i < KvPage.GROUP; i++) {
                scratch.scores[p + i] = partials[i] * scale;
            }
        }
    }

    private static void addProducts(float[] sums, float[] a, int aOffset, float[] b, int bOffset, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] = Fma.fma(a[aOffset + i], b[bOffset + i], sums[i]);
        }
    }

    private static void addWeighted(float[] sums, float weight, float[] values, int offset, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] = Fma.fma(weight, values[offset + i], sums[i]);
        }
    }

    private int offset(int token, int head) {
        int queryHead = block.keyValueHead() * block.headsPerKeyValueHead() + head;
        return (block.firstRow() + token) * block.rowSize() + queryHead * block.headDim();
    }
}
