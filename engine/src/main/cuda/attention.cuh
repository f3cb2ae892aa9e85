/*
 * docs/arithmetic.md, "KV cache" and "Attention". Page i of a sequence is number pages[i] of a pool: the keys of all heads,
 * then their values. Chunks are computed side by side, each by its own block of threads for some queries that read the
 * same key-value head, and merged in order by a second kernel.
 */
#pragma once

#include "numbers.cuh"

enum { CHUNK_POSITIONS = 64, KEY_GROUP = 16, ATTENTION_THREADS = 256, STORE_THREADS = 256 };

struct kv_f32 {
    using element = float;
    METHOD static float read(float stored) { return stored; }
    METHOD static float stored(float value) { return value; }
};

struct kv_f16 {
    using element = uint16_t;
    METHOD static float read(uint16_t stored) { return half_to_float(stored); }
    METHOD static uint16_t stored(float value) { return float_to_half(value); }
};

/* The keys of a head in a page; its values lie as far behind as the keys of all heads take. */
template <class KV>
INLINE size_t keys_start(int page, int num_kv_heads, int head_dim, int kv_head) {
    return (static_cast<size_t>(page) * 2 * num_kv_heads + kv_head) * CHUNK_POSITIONS * head_dim;
}

/* Keys and values are [token][head][element]; the tokens have consecutive positions. A block of threads for each token. */
template <class KV>
INLINE void store(
    const float *keys, const float *values, int num_kv_heads, int head_dim, int first_position, void *pool, const int *pages) {
    const int position = first_position + blockIdx.x;
    const int slot = position % CHUNK_POSITIONS;
    const int page = pages[position / CHUNK_POSITIONS];
    const int size = num_kv_heads * head_dim;
    typename KV::element *elements = static_cast<typename KV::element *>(pool);
#pragma unroll 1
    for (int i = threadIdx.x; i < size; i += STORE_THREADS) {
        const int d = i % head_dim;
        typename KV::element *head = elements + keys_start<KV>(page, num_kv_heads, head_dim, i / head_dim);
        const size_t from = static_cast<size_t>(blockIdx.x) * size + i;
        head[(slot / KEY_GROUP * head_dim + d) * KEY_GROUP + slot % KEY_GROUP] = KV::stored(keys[from]);
        head[CHUNK_POSITIONS * size + slot * head_dim + d] = KV::stored(values[from]);
    }
}

/* Queries that share a key-value head, by the tokens, and those of a token by their head. */
struct queries_of_head {
    int first_position;
    int tokens;
    int num_heads;
    int heads_per_kv_head;
    int kv_head;

    METHOD int count() const { return tokens * heads_per_kv_head; }
    /* Which of all queries [token][head]. */
    METHOD int index(int i) const {
        return i / heads_per_kv_head * num_heads + kv_head * heads_per_kv_head + i % heads_per_kv_head;
    }
    /* How many positions of a chunk it sees: none if not positive. */
    METHOD int seen(int i, int chunk) const {
        return least(CHUNK_POSITIONS, first_position + i / heads_per_kv_head + 1 - chunk * CHUNK_POSITIONS);
    }
};

/*
 * partial is [query of all][chunk] of the chunk's maximum, sum and head_dim weighted values. The grid is chunks by groups of
 * QUERIES times key-value heads, a group of all heads side by side.
 */
template <class KV, int QUERIES>
INLINE void attend(
    const float *query, const void *pool, const int *pages, int num_heads, int num_kv_heads, int head_dim,
    int first_position, int tokens, float *partial) {
    constexpr int PARTS = ATTENTION_THREADS / CHUNK_POSITIONS; /* threads of a position, with 4 of its 16 partial sums each */
    SHARED(float, part_sums, QUERIES * PARTS * CHUNK_POSITIONS);
    SHARED(float, scores, QUERIES * CHUNK_POSITIONS);
    SHARED(float, weights, QUERIES * CHUNK_POSITIONS);
    const int chunk = blockIdx.x;
    const queries_of_head queries = {
        first_position, tokens, num_heads, num_heads / num_kv_heads, static_cast<int>(blockIdx.y) % num_kv_heads};
    const int first = blockIdx.y / num_kv_heads * QUERIES;
    const int last = least(first + QUERIES, queries.count()) - 1;
    const int most_seen = queries.seen(last, chunk);
    if (most_seen <= 0) {
        return;
    }
    const typename KV::element *keys = static_cast<const typename KV::element *>(pool)
        + keys_start<KV>(pages[chunk], num_kv_heads, head_dim, queries.kv_head);
    const typename KV::element *values = keys + static_cast<size_t>(num_kv_heads) * CHUNK_POSITIONS * head_dim;
    const int thread = threadIdx.x;
    const int position = thread % CHUNK_POSITIONS;

    /* Elements d = part (mod 4) are the partial sums part, part + 4, part + 8 and part + 12. */
    const int part = thread / CHUNK_POSITIONS;
    const int position_start = position / KEY_GROUP * head_dim * KEY_GROUP + position % KEY_GROUP;
    float sums[QUERIES][4] = {};
    if (position < most_seen) {
#pragma unroll 1
        for (int start = part; start < head_dim; start += 4 * PARTS) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const int d = start + PARTS * i;
                if (d < head_dim) {
                    const float key = KV::read(keys[position_start + d * KEY_GROUP]);
#pragma unroll
                    for (int n = 0; n < QUERIES; n++) {
                        const float *q = query + static_cast<size_t>(queries.index(least(first + n, last))) * head_dim;
                        sums[n][i] = __fmaf_rn(q[d], key, sums[n][i]);
                    }
                }
            }
        }
    }
#pragma unroll
    for (int n = 0; n < QUERIES; n++) {
        part_sums[(n * PARTS + part) * CHUNK_POSITIONS + position] = (sums[n][0] + sums[n][2]) + (sums[n][1] + sums[n][3]);
    }
    __syncthreads();
    const float scale = 1.0f / sqrtf(static_cast<float>(head_dim));
#pragma unroll 1
    for (int n = part; n < QUERIES; n += PARTS) {
        const float *of_parts = part_sums + n * PARTS * CHUNK_POSITIONS + position;
        const float dot = (of_parts[0] + of_parts[2 * CHUNK_POSITIONS])
            + (of_parts[CHUNK_POSITIONS] + of_parts[3 * CHUNK_POSITIONS]);
        scores[n * CHUNK_POSITIONS + position] = dot * scale;
    }
    __syncthreads();
#pragma unroll 1
    for (int n = part; n < QUERIES && first + n <= last; n += PARTS) {
        const int seen = queries.seen(first + n, chunk);
        const float *row = scores + n * CHUNK_POSITIONS;
        float max = __int_as_float(static_cast<int>(0xff800000u));
#pragma unroll 4
        for (int p = 0; p < seen; p++) {
            max = row[p] > max ? row[p] : max;
        }
        if (position < seen) {
            weights[n * CHUNK_POSITIONS + position] = written_exp(row[position] - max);
        }
        if (position == 0 && seen > 0) {
            const size_t index = static_cast<size_t>(queries.index(first + n)) * gridDim.x + chunk;
            partial[index * (head_dim + 2)] = max;
        }
    }
    __syncthreads();
#pragma unroll 1
    for (int i = thread; i < (last - first + 1) * (head_dim + 1); i += ATTENTION_THREADS) {
        const int n = i / (head_dim + 1);
        const int d = i % (head_dim + 1);
        const int seen = queries.seen(first + n, chunk);
        const float *row = weights + n * CHUNK_POSITIONS;
        float sum = 0.0f;
        if (d == head_dim) {
#pragma unroll 4
            for (int p = 0; p < seen; p++) {
                sum = sum + row[p];
            }
        } else {
#pragma unroll 8
            for (int p = 0; p < seen; p++) {
                sum = __fmaf_rn(row[p], KV::read(values[p * head_dim + d]), sum);
            }
        }
        if (seen > 0) {
            const size_t index = static_cast<size_t>(queries.index(first + n)) * gridDim.x + chunk;
            partial[index * (head_dim + 2) + (d == head_dim ? 1 : 2 + d)] = sum;
        }
    }
}

/* Merges the chunks of each query, left to right. The grid is heads, tokens; y is [token][head][element]. */
KERNEL(attention_merge, ATTENTION_THREADS)(
    const float *__restrict__ partial, int num_chunks, int head_dim, int first_position, float *__restrict__ y) {
    const size_t query = static_cast<size_t>(blockIdx.y) * gridDim.x + blockIdx.x;
    const int chunks = (first_position + static_cast<int>(blockIdx.y)) / CHUNK_POSITIONS + 1;
#pragma unroll 1
    for (int d = threadIdx.x; d < head_dim; d += ATTENTION_THREADS) {
        const float *chunk = partial + query * num_chunks * (head_dim + 2);
        float max = chunk[0];
        float sum = chunk[1];
        float value = chunk[2 + d];
#pragma unroll 1
        for (int i = 1; i < chunks; i++) {
            chunk += head_dim + 2;
            const float merged = chunk[0] > max ? chunk[0] : max;
            const float old_factor = written_exp(max - merged);
            const float new_factor = written_exp(chunk[0] - merged);
            sum = __fmaf_rn(chunk[1], new_factor, sum * old_factor);
            value = __fmaf_rn(chunk[2 + d], new_factor, value * old_factor);
            max = merged;
        }
        y[query * head_dim + d] = value * (1.0f / sum);
    }
}
REGISTER(attention_merge)

#define ATTENTION_PARAMETERS                                                                                     \
    const float *__restrict__ query, const void *__restrict__ pool, const int *__restrict__ pages, int num_heads, \
        int num_kv_heads, int head_dim, int first_position, int tokens, float *__restrict__ partial
#define ATTENTION_ARGUMENTS query, pool, pages, num_heads, num_kv_heads, head_dim, first_position, tokens, partial

#define STORE_PARAMETERS                                                                               \
    const float *__restrict__ keys, const float *__restrict__ values, int num_kv_heads, int head_dim, \
        int first_position, void *__restrict__ pool, const int *__restrict__ pages
#define STORE_ARGUMENTS keys, values, num_kv_heads, head_dim, first_position, pool, pages

KERNEL(store_f32, STORE_THREADS)(STORE_PARAMETERS) { store<kv_f32>(STORE_ARGUMENTS); }
KERNEL(store_f16, STORE_THREADS)(STORE_PARAMETERS) { store<kv_f16>(STORE_ARGUMENTS); }
KERNEL(attention1_f32, ATTENTION_THREADS)(ATTENTION_PARAMETERS) { attend<kv_f32, 1>(ATTENTION_ARGUMENTS); }
KERNEL(attention1_f16, ATTENTION_THREADS)(ATTENTION_PARAMETERS) { attend<kv_f16, 1>(ATTENTION_ARGUMENTS); }
KERNEL(attention4_f32, ATTENTION_THREADS)(ATTENTION_PARAMETERS) { attend<kv_f32, 4>(ATTENTION_ARGUMENTS); }
KERNEL(attention4_f16, ATTENTION_THREADS)(ATTENTION_PARAMETERS) { attend<kv_f16, 4>(ATTENTION_ARGUMENTS); }
REGISTER(store_f32)
REGISTER(store_f16)
REGISTER(attention1_f32)
REGISTER(attention1_f16)
REGISTER(attention4_f32)
REGISTER(attention4_f16)
