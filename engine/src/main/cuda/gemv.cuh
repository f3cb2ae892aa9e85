/*
 * Matrix products with 1 to 8 tokens, which wait for the weights. Sixteen lanes are the rows of a tile in one segment: they
 * read 64 bytes side by side, and each adds its terms in their order. The segments' sums meet in shared memory and are
 * added in order. A block of threads is 16 rows by slots: as many as gemv_slots gives for each of one or more tiles.
 */
#pragma once

#include "segment_float.cuh"
#include "segment_quantized.cuh"

enum { GEMV_THREADS = 256, GEMV_SLOTS = GEMV_THREADS / TILE_ROWS };

/* Of all matrix products: x is float [token][column] or quantized activations, y is [token][row of the matrix]. */
#define LINEAR_PARAMETERS                                                                                  \
    const uint8_t *__restrict__ tiles, int first_tile, int num_tiles, int rows, int columns,               \
        const void *__restrict__ x, int tokens, float *__restrict__ y
#define LINEAR_ARGUMENTS tiles, first_tile, num_tiles, rows, columns, x, tokens, y

template <class TYPE, int TOKENS>
INLINE void add_segment(
    const uint8_t *tile, int segment, int row, int columns, const void *x, int tokens, float (&sums)[TOKENS]) {
    int start = segment * SEGMENT;
    int count = least(SEGMENT, columns - start);
    TYPE w(tile + segment_start<TYPE>(segment), count / TYPE::BLOCK, row);
    if constexpr (TYPE::BLOCK == 1) {
        add_segment_float<TYPE, TOKENS>(w, count, static_cast<const float *>(x) + start, columns, tokens, sums);
    } else {
        quantized_activations activations(x, tokens, columns, TYPE::BLOCK);
        add_segment_quantized<TYPE, TOKENS>(w, start, count, activations, tokens, sums);
    }
}

/* Slots for the segments of a tile: all of them, or if they are more than there can be, equal parts of them in turn. */
INLINE int gemv_slots(int segments) {
    const int turns = (segments - 1) / GEMV_SLOTS + 1;
    return (segments - 1) / turns + 1;
}

template <class TYPE, int TOKENS>
INLINE void gemv(LINEAR_PARAMETERS) {
    /* [slot of a segment][token][row] */
    SHARED(float, met, GEMV_SLOTS * TOKENS * TILE_ROWS);
    const int row = threadIdx.x;
    const int segments = (columns - 1) / SEGMENT + 1;
    const int slots = gemv_slots(segments);
    const int slot = threadIdx.y % slots;
    const int tile = blockIdx.x * (blockDim.y / slots) + threadIdx.y / slots;
    float *met_here = met + threadIdx.y / slots * slots * TOKENS * TILE_ROWS;
    /* Each thread adds up some of the tokens. */
    float totals[TOKENS] = {};
    for (int first = 0; first < segments; first += slots) {
        if (tile < num_tiles && first + slot < segments) {
            float sums[TOKENS] = {};
            add_segment<TYPE, TOKENS>(
                tiles + tile * tile_bytes<TYPE>(columns), first + slot, row, columns, x, tokens, sums);
#pragma unroll
            for (int t = 0; t < TOKENS; t++) {
                met_here[(slot * TOKENS + t) * TILE_ROWS + row] = sums[t];
            }
        }
        __syncthreads();
#pragma unroll
        for (int t = 0; t < TOKENS; t++) {
            if (t % slots == slot) {
#pragma unroll 1
                for (int i = 0; i < least(slots, segments - first); i++) {
                    totals[t] += met_here[(i * TOKENS + t) * TILE_ROWS + row];
                }
            }
        }
        __syncthreads();
    }
    const int target = (first_tile + tile) * TILE_ROWS + row;
    if (tile >= num_tiles || target >= rows) {
        return;
    }
#pragma unroll
    for (int t = 0; t < TOKENS; t++) {
        if (t % slots == slot && t < tokens) {
            y[static_cast<size_t>(t) * rows + target] = totals[t];
        }
    }
}
