/*
 * Matrix products of float weights with many tokens: a block of threads computes 4 tiles and 64 tokens, a thread 4 rows and
 * 4 tokens, column by column, from 32 columns of weights and activations in shared memory.
 */
#pragma once

#include "gemm_quantized.cuh"

enum {
    CHUNK = 32,
    GEMM_ROWS = GEMM_TILES * TILE_ROWS,
    /* Floats of a column of activations, more than there are tokens to spread the banks that are written. */
    COLUMN_STRIDE = GEMM_TOKENS + 4
};

INLINE float element(const float4 &four, int i) { return i == 0 ? four.x : i == 1 ? four.y : i == 2 ? four.z : four.w; }

template <class TYPE>
INLINE void gemm_float(LINEAR_PARAMETERS) {
    SHARED(float, w_chunk, CHUNK * GEMM_ROWS);     /* [column][row] */
    SHARED(float, x_chunk, CHUNK * COLUMN_STRIDE); /* [column][token] */
    const float *activations = static_cast<const float *>(x);
    const int thread = threadIdx.y * 32 + threadIdx.x;
    const int first_of_block = blockIdx.x * GEMM_TOKENS;
    const int present = least(GEMM_TOKENS, tokens - first_of_block);
    const int tile_of_block = blockIdx.y * GEMM_TILES;
    const int row = 4 * (thread % 16);
    const int token = 4 * (thread / 16);
    float totals[4][4] = {};
    float sums[4][4] = {};
    for (int start = 0; start < columns; start += CHUNK) {
        const int count = least(CHUNK, columns - start);
        const int segment = start / SEGMENT;
        const int segment_columns = least(SEGMENT, columns - segment * SEGMENT);
        constexpr int UNITS = CHUNK / TYPE::UNIT;
#pragma unroll 1
        for (int i = thread; i < GEMM_ROWS * UNITS; i += GEMM_THREADS) {
            const int unit = i / TILE_ROWS % UNITS;
            const int tile = i / TILE_ROWS / UNITS;
            if (tile_of_block + tile < num_tiles && unit * TYPE::UNIT < count) {
                const TYPE w(
                    tiles + (tile_of_block + tile) * tile_bytes<TYPE>(columns) + segment_start<TYPE>(segment),
                    segment_columns, i % TILE_ROWS);
                const uint32_t word = w.template word<0>(start % SEGMENT / TYPE::UNIT + unit);
                for (int k = 0; k < TYPE::UNIT; k++) {
                    w_chunk[(unit * TYPE::UNIT + k) * GEMM_ROWS + tile * TILE_ROWS + i % TILE_ROWS] =
                        TYPE::column(word, k);
                }
            }
        }
#pragma unroll 1
        for (int i = thread; i < GEMM_TOKENS * CHUNK; i += GEMM_THREADS) {
            if (i / CHUNK < present && i % CHUNK < count) {
                x_chunk[i % CHUNK * COLUMN_STRIDE + i / CHUNK] =
                    activations[static_cast<size_t>(first_of_block + i / CHUNK) * columns + start + i % CHUNK];
            }
        }
        __syncthreads();
#pragma unroll 8
        for (int k = 0; k < count; k++) {
            const float4 w = *reinterpret_cast<const float4 *>(w_chunk + k * GEMM_ROWS + row);
            const float4 v = *reinterpret_cast<const float4 *>(x_chunk + k * COLUMN_STRIDE + token);
#pragma unroll
            for (int i = 0; i < 16; i++) {
                sums[i / 4][i % 4] = __fmaf_rn(element(w, i % 4), element(v, i / 4), sums[i / 4][i % 4]);
            }
        }
        if ((start + count) % SEGMENT == 0 || start + count == columns) {
#pragma unroll
            for (int i = 0; i < 16; i++) {
                totals[i / 4][i % 4] += sums[i / 4][i % 4];
                sums[i / 4][i % 4] = 0.0f;
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 16; i++) {
        const int at = first_of_block + token + i / 4;
        const int target = (first_tile + tile_of_block) * TILE_ROWS + row + i % 4;
        const bool in_range = tile_of_block + row / TILE_ROWS < num_tiles && target < rows;
        if (at < tokens && in_range) {
            y[static_cast<size_t>(at) * rows + target] = totals[i / 4][i % 4];
        }
    }
}
