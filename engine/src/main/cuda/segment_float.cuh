/* The terms of one row's segment of float weights: a term is a column. */
#pragma once

#include "tiles.cuh"

/* Adds the terms of one unit, or of its first columns. */
template <class TYPE, int TOKENS>
INLINE void add_unit(uint32_t unit, int count, const float *x, size_t stride, int tokens, float (&sums)[TOKENS]) {
#pragma unroll
    for (int i = 0; i < TYPE::UNIT; i++) {
        if (i < count) {
            float w = TYPE::column(unit, i);
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                sums[t] = __fmaf_rn(w, x[least(t, tokens - 1) * stride + i], sums[t]);
            }
        }
    }
}

/* The columns from 4 quarter on, with one load of activations, whose addresses are multiples of 16. */
template <class TYPE, int TOKENS>
INLINE void add_four(const TYPE &w, int quarter, const float *x, size_t stride, int tokens, float (&sums)[TOKENS]) {
    float4 four[TOKENS];
#pragma unroll
    for (int t = 0; t < TOKENS; t++) {
        four[t] = *reinterpret_cast<const float4 *>(x + least(t, tokens - 1) * stride);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        float value = TYPE::column(w.template word<0>(4 / TYPE::UNIT * quarter + i / TYPE::UNIT), i % TYPE::UNIT);
#pragma unroll
        for (int t = 0; t < TOKENS; t++) {
            float xi = i == 0 ? four[t].x : i == 1 ? four[t].y : i == 2 ? four[t].z : four[t].w;
            sums[t] = __fmaf_rn(value, xi, sums[t]);
        }
    }
}

/* Adds the terms of a segment to a sum for each token; x is the first token's first column of the segment. */
template <class TYPE, int TOKENS>
INLINE void add_segment_float(
    const TYPE &w, int count, const float *x, int columns, int tokens, float (&sums)[TOKENS]) {
    int column = 0;
    if (columns % 4 == 0 && reinterpret_cast<size_t>(x) % 16 == 0) {
        column = count / 4 * 4;
        /* Bytes on their way to hide the time they take; with more tokens there is more to do with each. */
        [[maybe_unused]] constexpr int AT_ONCE = TOKENS == 1 ? 8 : TOKENS == 4 ? 4 : 2;
#pragma unroll AT_ONCE
        for (int quarter = 0; quarter < count / 4; quarter++) {
            add_four<TYPE, TOKENS>(w, quarter, x + 4 * quarter, columns, tokens, sums);
        }
    }
#pragma unroll 1
    for (; column < count; column += TYPE::UNIT) {
        add_unit<TYPE, TOKENS>(w.template word<0>(column / TYPE::UNIT), count - column, x + column, columns, tokens, sums);
    }
}
