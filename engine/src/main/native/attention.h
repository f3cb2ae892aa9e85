/* Attention to one chunk of 64 positions at a time; chunks are merged left to right. */

/* Scaled dot products of one query with the 16 keys of a group, lanes being positions. */
INLINE lanes group_scores(const float *query, const float *keys, int head_dim, float scale) {
    lanes partials[16];
    for (int i = 0; i < 16; i++) {
        partials[i] = lanes_set(0);
    }
    int d = 0;
    for (; d + 16 <= head_dim; d += 16) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            partials[i] = lanes_fma(lanes_set(query[d + i]), lanes_load(keys + (d + i) * LANES), partials[i]);
        }
    }
    /* A constant index keeps the sums in registers. */
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
        if (d + i < head_dim) {
            partials[i] = lanes_fma(lanes_set(query[d + i]), lanes_load(keys + (d + i) * LANES), partials[i]);
        }
    }
#pragma GCC unroll 4
    for (int width = 8; width > 0; width /= 2) {
#pragma GCC unroll 8
        for (int i = 0; i < width; i++) {
            partials[i] = lanes_add(partials[i], partials[i + width]);
        }
    }
    return lanes_mul(partials[0], lanes_set(scale));
}

/* Weights of the positions that are seen, unnormalized; returns the greatest score. */
INLINE float softmax_weights(const struct attention *a, const float *query, int seen, float *weights) {
    for (int p = 0; p < seen; p += LANES) {
        lanes_store(weights + p, group_scores(query, a->keys + (size_t)p * a->head_dim, a->head_dim, a->scale));
    }
    const int end = (seen + LANES - 1) / LANES * LANES;
    for (int p = seen; p < end; p++) {
        weights[p] = -__builtin_inff();
    }
    lanes maxima = lanes_load(weights);
    for (int p = LANES; p < end; p += LANES) {
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

/* Sums of the weighted values for the elements from d on, in the order of the positions. */
INLINE void weighted_values(
    const struct attention *a, const float *weights, int seen, int d, const int vectors, lanes *sums) {
    for (int i = 0; i < vectors; i++) {
        sums[i] = lanes_set(0);
    }
    for (int p = 0; p < seen; p++) {
        const float *values = a->values + (size_t)p * a->head_dim + d;
        lanes weight = lanes_set(weights[p]);
#pragma GCC unroll 4
        for (int i = 0; i < vectors; i++) {
            sums[i] = lanes_fma(weight, lanes_load(values + i * LANES), sums[i]);
        }
    }
}

INLINE float scalar_exp(float x) {
    float results[LANES];
    lanes_store(results, lanes_exp(lanes_set(x)));
    return results[0];
}

/* Old and new sums of one query become one; the first chunk is taken as it is. */
INLINE void merge(float *output, const lanes *sums, const int vectors, int first, float old_factor, float new_factor) {
    for (int i = 0; i < vectors; i++) {
        lanes merged = sums[i];
        if (!first) {
            lanes old = lanes_mul(lanes_load(output + i * LANES), lanes_set(old_factor));
            merged = lanes_fma(sums[i], lanes_set(new_factor), old);
        }
        lanes_store(output + i * LANES, merged);
    }
}

INLINE void attend(const struct attention *a, int query, int seen, int first) {
    float weights[CHUNK_POSITIONS];
    float max = softmax_weights(a, a->query + (size_t)query * a->stride, seen, weights);
    float sum = 0;
    for (int p = 0; p < seen; p++) {
        sum += weights[p];
    }
    float old_factor = 0, new_factor = 0;
    if (first) {
        a->max[query] = max;
        a->sum[query] = sum;
    } else {
        float merged = max > a->max[query] ? max : a->max[query];
        old_factor = scalar_exp(a->max[query] - merged);
        new_factor = scalar_exp(max - merged);
        a->max[query] = merged;
        a->sum[query] = __builtin_fmaf(sum, new_factor, a->sum[query] * old_factor);
    }
    float *output = a->output + (size_t)query * a->stride;
    int d = 0;
    for (; d + 4 * LANES <= a->stride; d += 4 * LANES) {
        lanes sums[4];
        weighted_values(a, weights, seen, d, 4, sums);
        merge(output + d, sums, 4, first, old_factor, new_factor);
    }
    for (; d < a->stride; d += LANES) {
        lanes sums[1];
        weighted_values(a, weights, seen, d, 1, sums);
        merge(output + d, sums, 1, first, old_factor, new_factor);
    }
}

static void attend_to_chunk(const struct attention *a, int chunk) {
    const int start = chunk * CHUNK_POSITIONS;
    int token = start - a->first_position;
    for (token = token > 0 ? token : 0; token < a->tokens; token++) {
        const int seen = least(CHUNK_POSITIONS, a->first_position + token + 1 - start);
        for (int head = 0; head < a->heads; head++) {
            attend(a, token * a->heads + head, seen, chunk == 0);
        }
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
