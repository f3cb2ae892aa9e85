/* docs/arithmetic.md, "Rotary embedding": a block of threads for each token, a thread for each pair. */
#pragma once

#include "device.cuh"

enum { ROPE_THREADS = 256 };

/* table is [position][pair] of cosine and sine; interleaved is 1 for pairs (2i, 2i + 1), 0 for (i, i + pairs). */
KERNEL(rope, ROPE_THREADS)(
    float *__restrict__ x, int heads, int head_dim, const float *__restrict__ table, const int *__restrict__ positions,
    int pairs, int interleaved) {
    const float *angles = table + static_cast<size_t>(positions[blockIdx.x]) * 2 * pairs;
    const int distance = interleaved ? 1 : pairs;
#pragma unroll 1
    for (int i = threadIdx.x; i < heads * pairs; i += ROPE_THREADS) {
        const int pair = i % pairs;
        const int first = i / pairs * head_dim + (interleaved ? 2 * pair : pair);
        float *head = x + static_cast<size_t>(blockIdx.x) * heads * head_dim;
        const float cosine = angles[2 * pair];
        const float sine = angles[2 * pair + 1];
        const float x0 = head[first];
        const float x1 = head[first + distance];
        head[first] = __fmaf_rn(x0, cosine, -(x1 * sine));
        head[first + distance] = __fmaf_rn(x1, cosine, x0 * sine);
    }
}
REGISTER(rope)
