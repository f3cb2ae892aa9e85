/*
 * Quantized activations (docs/arithmetic.md, "Quantized activations") in one piece of memory: quants [token][column] as
 * signed bytes, scales [token][block] as floats, and the sums of 16 quants [token][column / 16] as signed halves of words,
 * each part padded to 16 bytes.
 */
#pragma once

#include "numbers.cuh"

struct quantized_activations {
    int columns;
    int blocks;
    int8_t *quants;
    float *scales;
    int16_t *sums;

    METHOD quantized_activations(const void *memory, int tokens, int columns, int block)
        : columns(columns), blocks(columns / block) {
        quants = static_cast<int8_t *>(const_cast<void *>(memory));
        scales = reinterpret_cast<float *>(quants + static_cast<size_t>(tokens) * columns);
        size_t scale_bytes = (sizeof(float) * tokens * blocks + 15) / 16 * 16;
        sums = reinterpret_cast<int16_t *>(reinterpret_cast<uint8_t *>(scales) + scale_bytes);
    }

    /* Sixteen quants. */
    METHOD int4 sixteen(int token, int column) const {
        return *reinterpret_cast<const int4 *>(quants + static_cast<size_t>(token) * columns + column);
    }
    METHOD float scale(int token, int block) const {
        return scales[static_cast<size_t>(token) * blocks + block];
    }
    /* Of 16 or 32 columns. */
    template <int COUNT>
    METHOD int sum(int token, int column) const {
        const int16_t *p = sums + (static_cast<size_t>(token) * columns + column) / 16;
        return COUNT == 16 ? *p : sum_of_halves(*reinterpret_cast<const int *>(p));
    }
};

/* One of the four words of a vector; the index is a constant where it is called. */
INLINE int word_of(const int4 &four, int i) { return i == 0 ? four.x : i == 1 ? four.y : i == 2 ? four.z : four.w; }
