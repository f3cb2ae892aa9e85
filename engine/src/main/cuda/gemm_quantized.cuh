/*
 * Matrix products of quantized weights with many tokens, which wait for the multipliers. The units of a tile are what
 * mma takes of a matrix with 16 rows, so weights go from memory to it without a stop. A warp has one tile and 32 tokens, a
 * block of threads 4 tiles and 64 tokens, whose activations lie in shared memory 256 columns at a time.
 */
#pragma once

#include "gemv.cuh"
#include "mma.cuh"

enum {
    GEMM_THREADS = 256,
    GEMM_TILES = 4,
    GEMM_TOKENS = 64,
    WARP_TOKENS = 32,
    MMA_TOKENS = 8,
    STAGE = 256,
    /* Words of a token's quants; four more than 256 columns have put the rows of b into different banks. */
    STAGE_WORDS = STAGE / 4 + 4
};

/* Activations of GEMM_TOKENS tokens and STAGE columns in shared memory. */
struct stage_of_activations {
    int *quants;   /* [token][column / 4] */
    float *scales; /* [block][token] */
    int *sums;     /* [group][token] */
};

/* Tokens that are not there are copies of the last one; nobody reads their results. */
template <class TYPE>
INLINE void fill(
    const stage_of_activations &stage, const quantized_activations &x, int first_token, int present, int start, int count) {
    const int thread = threadIdx.y * 32 + threadIdx.x;
#pragma unroll 1
    for (int i = thread; i < GEMM_TOKENS * STAGE / 16; i += GEMM_THREADS) {
        int token = i / (STAGE / 16);
        int column = i % (STAGE / 16) * 16;
        if (column < count) {
            *reinterpret_cast<int4 *>(stage.quants + token * STAGE_WORDS + column / 4) =
                x.sixteen(first_token + least(token, present - 1), start + column);
        }
    }
#pragma unroll 1
    for (int i = thread; i < GEMM_TOKENS * count / TYPE::BLOCK; i += GEMM_THREADS) {
        int token = first_token + least(i % GEMM_TOKENS, present - 1);
        stage.scales[i] = x.scale(token, start / TYPE::BLOCK + i / GEMM_TOKENS);
    }
    if (TYPE::OFFSET != 0 || TYPE::MINIMUM) {
#pragma unroll 1
        for (int i = thread; i < GEMM_TOKENS * count / TYPE::GROUP; i += GEMM_THREADS) {
            int token = first_token + least(i % GEMM_TOKENS, present - 1);
            stage.sums[i] = x.template sum<TYPE::GROUP>(token, start + i / GEMM_TOKENS * TYPE::GROUP);
        }
    }
}

/* Terms of one block of 16 rows for the tokens of a warp: c[i] is where mma has it. */
template <class TYPE>
INLINE void add_blocks(
    const TYPE &upper, const TYPE &lower, int block, const stage_of_activations &stage, int stage_block, int first_token,
    int present, float (&sums)[WARP_TOKENS / MMA_TOKENS][4]) {
    constexpr int N = WARP_TOKENS / MMA_TOKENS;
    constexpr int GROUPS = PART / TYPE::GROUP;
    const int j = threadIdx.x % 4;
    int dots[N][4] = {};
    int minimums[N][4] = {};
#pragma unroll 1
    for (int part = 0; part < TYPE::BLOCK / PART; part++) {
        const uint32_t a[4] = {
            upper.unit(block, part, 0, j), lower.unit(block, part, 0, j), upper.unit(block, part, 1, j),
            lower.unit(block, part, 1, j)};
#pragma unroll
        for (int n = 0; n < N; n++) {
            if (first_token + n * MMA_TOKENS >= present) {
                break;
            }
            const int token = first_token + n * MMA_TOKENS;
            const int *words =
                stage.quants + (token + threadIdx.x / 4) * STAGE_WORDS + (stage_block * TYPE::BLOCK + PART * part) / 4;
            const int b[2] = {words[j], words[j + 4]};
#pragma unroll
            for (int group = 0; group < GROUPS; group++) {
                const int number = GROUPS * part + group;
                const int *sum = stage.sums + (stage_block * (TYPE::BLOCK / TYPE::GROUP) + number) * GEMM_TOKENS + token + 2 * j;
                const int sum_of_x[2] = {
                    TYPE::OFFSET != 0 || TYPE::MINIMUM ? sum[0] : 0, TYPE::OFFSET != 0 || TYPE::MINIMUM ? sum[1] : 0};
                int c[4];
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    c[i] = -TYPE::OFFSET * sum_of_x[i % 2];
                }
                if constexpr (GROUPS == 1) {
                    mma_k32(c, a, b);
                } else {
                    mma_k16(c, a[2 * group], a[2 * group + 1], b[group]);
                }
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const TYPE &row = i < 2 ? upper : lower;
                    dots[n][i] += row.scale(block, number) * c[i];
                    minimums[n][i] += row.minimum(block, number) * sum_of_x[i % 2];
                }
            }
        }
    }
    const float d[2] = {upper.d(block), lower.d(block)};
    float dmin[2] = {};
    if constexpr (TYPE::MINIMUM) {
        dmin[0] = upper.dmin(block);
        dmin[1] = lower.dmin(block);
    }
#pragma unroll
    for (int n = 0; n < N; n++) {
        const float *dx = stage.scales + stage_block * GEMM_TOKENS + first_token + n * MMA_TOKENS + 2 * j;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            sums[n][i] = __fmaf_rn(integer_sum<TYPE>(dots[n][i]), d[i / 2] * dx[i % 2], sums[n][i]);
            if (TYPE::MINIMUM) {
                sums[n][i] = __fmaf_rn(integer_sum<TYPE>(minimums[n][i]), -(dmin[i / 2] * dx[i % 2]), sums[n][i]);
            }
        }
    }
}

template <class TYPE>
INLINE void gemm_quantized(LINEAR_PARAMETERS) {
    constexpr int N = WARP_TOKENS / MMA_TOKENS;
    SHARED(int, quants, GEMM_TOKENS * STAGE_WORDS);
    SHARED(float, scales, GEMM_TOKENS * STAGE / TYPE::BLOCK);
    SHARED(int, group_sums, GEMM_TOKENS * STAGE / TYPE::GROUP);
    const stage_of_activations stage = {quants, scales, group_sums};
    const quantized_activations activations(x, tokens, columns, TYPE::BLOCK);
    const int first_of_block = blockIdx.x * GEMM_TOKENS;
    const int present = least(GEMM_TOKENS, tokens - first_of_block);
    const int tile = blockIdx.y * GEMM_TILES + threadIdx.y % GEMM_TILES;
    const int first_token = threadIdx.y / GEMM_TILES * WARP_TOKENS;
    const int row = threadIdx.x / 4;
    const uint8_t *tile_start = tiles + tile * tile_bytes<TYPE>(columns);
    float totals[N][4] = {};
    float sums[N][4] = {};
    for (int start = 0; start < columns; start += STAGE) {
        const int count = least(STAGE, columns - start);
        fill<TYPE>(stage, activations, first_of_block, present, start, count);
        __syncthreads();
        if (tile < num_tiles) {
            const int segment = start / SEGMENT;
            const int blocks = least(SEGMENT, columns - segment * SEGMENT) / TYPE::BLOCK;
            const TYPE upper(tile_start + segment_start<TYPE>(segment), blocks, row);
            const TYPE lower(tile_start + segment_start<TYPE>(segment), blocks, row + 8);
#pragma unroll 1
            for (int block = 0; block < count / TYPE::BLOCK; block++) {
                add_blocks<TYPE>(
                    upper, lower, start % SEGMENT / TYPE::BLOCK + block, stage, block, first_token, present, sums);
            }
            if ((start + count) % SEGMENT == 0 || start + count == columns) {
#pragma unroll
                for (int i = 0; i < 4 * N; i++) {
                    totals[i / 4][i % 4] += sums[i / 4][i % 4];
                    sums[i / 4][i % 4] = 0.0f;
                }
            }
        }
        __syncthreads();
    }
    if (tile >= num_tiles) {
        return;
    }
#pragma unroll
    for (int i = 0; i < 4 * N; i++) {
        const int token = first_token + i / 4 * MMA_TOKENS + 2 * (threadIdx.x % 4) + i % 2;
        const int target = (first_tile + tile) * TILE_ROWS + row + i % 4 / 2 * 8;
        if (token < present && target < rows) {
            y[static_cast<size_t>(first_of_block + token) * rows + target] = totals[i / 4][i % 4];
        }
    }
}
