/* The terms of one row's segment of quantized weights: a term is a block, its integer dot is exact in whatever order. */
#pragma once

#include "activations.cuh"
#include "tiles.cuh"

/* Adds the term of one block of a row, and that of its minimums, to the sum of each token. */
template <class TYPE, int TOKENS>
INLINE void add_block(
    const TYPE &w, int block, const quantized_activations &x, int tokens, int first_column, float (&sums)[TOKENS]) {
    constexpr int GROUPS = PART / TYPE::GROUP;
    /* With more tokens there is enough to do with a word to load it again for each part. */
    constexpr int TOGETHER = TOKENS == 1 ? static_cast<int>(TYPE::TOGETHER) : 1;
    int dots[TOKENS] = {};
    int minimums[TOKENS] = {};
    /* Not unrolled: parts that come from other words would only be more code. */
#pragma unroll 1
    for (int first_part = 0; first_part < TYPE::BLOCK / PART; first_part += TOGETHER) {
#pragma unroll
        for (int n = 0; n < TOGETHER * GROUPS; n++) {
            int part = first_part + n / GROUPS;
            int group = n % GROUPS;
            int column = first_column + PART * part + TYPE::GROUP * group;
            int dot[TOKENS];
            int sum[TOKENS];
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                bool needed = TYPE::OFFSET != 0 || TYPE::MINIMUM;
                sum[t] = needed ? x.template sum<TYPE::GROUP>(least(t, tokens - 1), column) : 0;
                dot[t] = -TYPE::OFFSET * sum[t];
            }
#pragma unroll
            for (int sixteenth = 0; sixteenth < TYPE::GROUP; sixteenth += 16) {
                int half = group + sixteenth / 16;
                int4 quants[TOKENS];
#pragma unroll
                for (int t = 0; t < TOKENS; t++) {
                    quants[t] = x.sixteen(least(t, tokens - 1), column + sixteenth);
                }
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    uint32_t unit = w.unit(block, part, half, i);
#pragma unroll
                    for (int t = 0; t < TOKENS; t++) {
                        dot[t] = dot4(unit, word_of(quants[t], i), dot[t]);
                    }
                }
            }
            int scale = w.scale(block, part * GROUPS + group);
            int minimum = w.minimum(block, part * GROUPS + group);
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                dots[t] += scale * dot[t];
                minimums[t] += minimum * sum[t];
            }
        }
    }
    float d = w.d(block);
    float dmin = TYPE::MINIMUM ? w.dmin(block) : 0.0f;
#pragma unroll
    for (int t = 0; t < TOKENS; t++) {
        float dx = x.scale(least(t, tokens - 1), first_column / TYPE::BLOCK);
        sums[t] = __fmaf_rn(integer_sum<TYPE>(dots[t]), d * dx, sums[t]);
        if (TYPE::MINIMUM) {
            sums[t] = __fmaf_rn(integer_sum<TYPE>(minimums[t]), -(dmin * dx), sums[t]);
        }
    }
}

/* Adds the terms of a segment to a sum for each token. */
template <class TYPE, int TOKENS>
INLINE void add_segment_quantized(
    const TYPE &w, int start, int count, const quantized_activations &x, int tokens, float (&sums)[TOKENS]) {
    /* Blocks of 32 columns are too few bytes to wait for one at a time. */
    [[maybe_unused]] constexpr int AT_ONCE = TOKENS == 1 ? static_cast<int>(TYPE::AT_ONCE) : 1;
#pragma unroll AT_ONCE
    for (int block = 0; block < count / TYPE::BLOCK; block++) {
        add_block<TYPE, TOKENS>(w, block, x, tokens, start + block * TYPE::BLOCK, sums);
    }
}
