/* Attention to one chunk of 64 positions at a time; chunks are merged left to right. */

/* Queries for which a vector of keys or values is loaded once: as many as leave their sums in registers. */
enum { QUERIES_AT_ONCE = 4 };

/* A vector of a page's elements, binary16 or binary32. */
INLINE lanes lanes_of_page(const void *elements, size_t at, const int halves) {
    return halves ? lanes_half((const uint16_t *)elements + at) : lanes_load((const float *)elements + at);
}

/* Asks for memory before it is needed: the order in which keys are read is none that a CPU foresees. */
INLINE void fetch(const void *from, size_t bytes) {
    for (size_t at = 0; at < bytes; at += ALIGNMENT) {
        __builtin_prefetch((const char *)from + at);
    }
}

/* Partial sums number `first` of the dot products of the queries with the 16 keys of a group, lanes being positions. */
INLINE void partial_scores(
    const struct attention *a, const float *query, size_t keys, int first, const int queries, const int halves,
    lanes *sums) {
    for (int q = 0; q < queries; q++) {
        sums[q] = lanes_set(0);
    }
    for (int d = first; d < a->head_dim; d += 16) {
        lanes key = lanes_of_page(a->keys, keys + (size_t)d * LANES, halves);
#pragma GCC unroll 4
        for (int q = 0; q < queries; q++) {
            sums[q] = lanes_fma(lanes_set(query[(size_t)q * a->stride + d]), key, sums[q]);
        }
    }
}

/*
 * Scaled dot products with the keys of a group. The 16 partial sums are taken in the order in which the tree over them,
 * j with j + 8, 4, 2, 1, can be added up depth first: so few of them are kept that all are near.
 */
INLINE void group_scores(
    const struct attention *a, const float *query, size_t keys, const int queries, const int halves, float *scores) {
    lanes kept[4][QUERIES_AT_ONCE];
    lanes sums[QUERIES_AT_ONCE];
    for (int leaf = 0; leaf < 16; leaf++) {
        const int first = (leaf & 1) << 3 | (leaf & 2) << 1 | (leaf & 4) >> 1 | leaf >> 3;
        partial_scores(a, query, keys, first, queries, halves, sums);
        int level = 0;
        for (; leaf >> level & 1; level++) {
#pragma GCC unroll 4
            for (int q = 0; q < queries; q++) {
                sums[q] = lanes_add(kept[level][q], sums[q]);
            }
        }
        if (level < 4) {
#pragma GCC unroll 4
            for (int q = 0; q < queries; q++) {
                kept[level][q] = sums[q];
            }
        }
    }
    for (int q = 0; q < queries; q++) {
        lanes_store(scores + q * CHUNK_POSITIONS, lanes_mul(sums[q], lanes_set(a->scale)));
    }
}

/* From scores to weights, unnormalized, of the positions that are seen; returns the greatest score. */
INLINE float softmax_weights(int seen, float *weights) {
    const int end = (seen + LANES - 1) / LANES * LANES;
    for (int p = seen; p < end; p++) {
        weights[p] = -__builtin_inff();
    }
    lanes maxima = lanes_set(-__builtin_inff());
    for (int p = 0; p < end; p += LANES) {
        maxima = lanes_max(maxima, lanes_load(weights + p));
    }
    float each[LANES];
    lanes_store(each, maxima);
    float max = each[0];
    for (int i = 1; i < LANES; i++) {
        max = each[i] > max ? each[i] : max;
    }
    for (int p = 0; p < end; p += LANES) {
        lanes_store(weights + p, lanes_exp(lanes_sub(lanes_load(weights + p), lanes_set(max))));
    }
    return max;
}

/* What the sums so far and those of a chunk are multiplied with when they become one. */
struct factors {
    float old[QUERIES_AT_ONCE];
    float new[QUERIES_AT_ONCE];
};

/* Merges the greatest scores and the sums of the weights. */
INLINE void merge_sums(
    const struct attention *a, int query, const int queries, int first, const float *max, const float *sum,
    struct factors *factors) {
    if (first) {
        for (int q = 0; q < queries; q++) {
            a->max[query + q] = max[q];
            a->sum[query + q] = sum[q];
        }
        return;
    }
    float exponents[LANES] = {0};
    for (int q = 0; q < queries; q++) {
        const float old = a->max[query + q];
        const float merged = max[q] > old ? max[q] : old;
        exponents[q] = old - merged;
        exponents[QUERIES_AT_ONCE + q] = max[q] - merged;
        a->max[query + q] = merged;
    }
    lanes_store(exponents, lanes_exp(lanes_load(exponents)));
    for (int q = 0; q < queries; q++) {
        factors->old[q] = exponents[q];
        factors->new[q] = exponents[QUERIES_AT_ONCE + q];
        a->sum[query + q] = __builtin_fmaf(sum[q], factors->new[q], a->sum[query + q] * factors->old[q]);
    }
}

/* Weighted sums of the elements from d on, in the order of the positions, merged into the output. */
INLINE void weighted_values(
    const struct attention *a, const float *weights, int seen, int d, const int queries, const int halves, int first,
    const struct factors *factors, float *output) {
    lanes sums[QUERIES_AT_ONCE];
    for (int q = 0; q < queries; q++) {
        sums[q] = lanes_set(0);
    }
    for (int p = 0; p < seen; p++) {
        lanes value = lanes_of_page(a->values, (size_t)p * a->head_dim + d, halves);
#pragma GCC unroll 4
        for (int q = 0; q < queries; q++) {
            sums[q] = lanes_fma(lanes_set(weights[q * CHUNK_POSITIONS + p]), value, sums[q]);
        }
    }
    for (int q = 0; q < queries; q++) {
        float *at = output + (size_t)q * a->stride + d;
        if (first) {
            lanes_store(at, sums[q]);
        } else {
            lanes old = lanes_mul(lanes_load(at), lanes_set(factors->old[q]));
            lanes_store(at, lanes_fma(sums[q], lanes_set(factors->new[q]), old));
        }
    }
}

/*
 * Queries from `query` on, all of which see the first `seen` positions of the chunk. The first of a chunk fetch its
 * values while they read its keys, and then the next chunk's keys.
 */
INLINE void attend(
    const struct attention *a, int query, const int queries, int seen, int first, int fetches, const int halves) {
    const size_t element = halves ? sizeof(uint16_t) : sizeof(float);
    float weights[QUERIES_AT_ONCE * CHUNK_POSITIONS];
    float max[QUERIES_AT_ONCE];
    float sum[QUERIES_AT_ONCE] = {0};
    for (int p = 0; p < seen; p += LANES) {
        if (fetches) {
            fetch((const char *)a->values + p * a->head_dim * element, LANES * a->head_dim * element);
        }
        group_scores(
            a, a->query + (size_t)query * a->stride, (size_t)p * a->head_dim, queries, halves, weights + p);
    }
    for (int q = 0; q < queries; q++) {
        max[q] = softmax_weights(seen, weights + q * CHUNK_POSITIONS);
    }
    for (int p = 0; p < seen; p++) {
        for (int q = 0; q < queries; q++) {
            sum[q] += weights[q * CHUNK_POSITIONS + p];
        }
    }
    struct factors factors = {{0}, {0}};
    merge_sums(a, query, queries, first, max, sum, &factors);
    for (int d = 0; d < a->stride; d += LANES) {
        if (fetches && a->next_keys) {
            fetch((const char *)a->next_keys + d * CHUNK_POSITIONS * element, LANES * CHUNK_POSITIONS * element);
        }
        weighted_values(
            a, weights, seen, d, queries, halves, first, &factors, a->output + (size_t)query * a->stride);
    }
}

static int seen_by(const struct attention *a, int query, int chunk) {
    return least(CHUNK_POSITIONS, a->first_position + query / a->heads + 1 - chunk * CHUNK_POSITIONS);
}

INLINE void attend_to_elements(const struct attention *a, int chunk, const int halves) {
    const int token = chunk * CHUNK_POSITIONS - a->first_position;
    const int end = a->tokens * a->heads;
    const int start = token > 0 ? token * a->heads : 0;
    int query = start;
    while (query < end) {
        const int seen = seen_by(a, query, chunk);
        const int last = query + QUERIES_AT_ONCE - 1;
        if (last < end && seen_by(a, last, chunk) == seen) {
            attend(a, query, QUERIES_AT_ONCE, seen, chunk == 0, query == start, halves);
            query += QUERIES_AT_ONCE;
        } else {
            attend(a, query, 1, seen, chunk == 0, query == start, halves);
            query++;
        }
    }
}

static void attend_to_chunk(const struct attention *a, int chunk) {
    if (a->halves) {
        attend_to_elements(a, chunk, 1);
    } else {
        attend_to_elements(a, chunk, 0);
    }
}

static void finish_attention(const struct attention *a) {
    for (int query = 0; query < a->tokens * a->heads; query++) {
        lanes factor = lanes_set(1 / a->sum[query]);
        float *output = a->output + (size_t)query * a->stride;
        for (int d = 0; d < a->stride; d += LANES) {
            lanes_store(output + d, lanes_mul(lanes_load(output + d), factor));
        }
    }
}
