/*
 * docs/arithmetic.md, "Norms": a block of threads for each row (a token, or a head of one). Its first 64 threads hold the
 * partial sums; all of them write.
 */
#pragma once

#include "warp.cuh"

enum { NORM_THREADS = 256, NORM_PARTIALS = 64 };

/* The tree over the partial sums of the first 64 threads, for all threads. */
INLINE float sum_of_partials(float partial, float *shared) {
    const int thread = threadIdx.x;
    if (thread < NORM_PARTIALS) {
        shared[thread] = partial;
    }
    __syncthreads();
    if (thread < WARP) {
        float sum = shared[thread] + shared[thread + WARP];
        for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
            sum = sum + __shfl_down_sync(ALL_LANES, sum, lanes);
        }
        if (thread == 0) {
            shared[NORM_PARTIALS] = sum;
        }
    }
    __syncthreads();
    return shared[NORM_PARTIALS];
}

/* Rows may be normalized in place. */
KERNEL(rms_norm, NORM_THREADS)(const float *x, const float *__restrict__ weight, int size, float eps, float *y) {
    SHARED(float, shared, NORM_PARTIALS + 1);
    x += static_cast<size_t>(blockIdx.x) * size;
    y += static_cast<size_t>(blockIdx.x) * size;
    float partial = 0.0f;
    if (threadIdx.x < NORM_PARTIALS) {
#pragma unroll 8
        for (int i = threadIdx.x; i < size; i += NORM_PARTIALS) {
            partial = __fmaf_rn(x[i], x[i], partial);
        }
    }
    const float sum = sum_of_partials(partial, shared);
    const float factor = 1.0f / sqrtf(sum / static_cast<float>(size) + eps);
#pragma unroll 1
    for (int i = threadIdx.x; i < size; i += NORM_THREADS) {
        y[i] = x[i] * factor * weight[i];
    }
}
REGISTER(rms_norm)

KERNEL(layer_norm, NORM_THREADS)(
    const float *x, const float *__restrict__ weight, const float *__restrict__ bias, int size, float eps, float *y) {
    SHARED(float, shared, NORM_PARTIALS + 1);
    x += static_cast<size_t>(blockIdx.x) * size;
    y += static_cast<size_t>(blockIdx.x) * size;
    float partial = 0.0f;
    if (threadIdx.x < NORM_PARTIALS) {
#pragma unroll 8
        for (int i = threadIdx.x; i < size; i += NORM_PARTIALS) {
            partial = partial + x[i];
        }
    }
    const float mean = sum_of_partials(partial, shared) / static_cast<float>(size);
    partial = 0.0f;
    if (threadIdx.x < NORM_PARTIALS) {
#pragma unroll 8
        for (int i = threadIdx.x; i < size; i += NORM_PARTIALS) {
            const float centered = x[i] - mean;
            partial = __fmaf_rn(centered, centered, partial);
        }
    }
    const float variance = sum_of_partials(partial, shared) / static_cast<float>(size);
    const float factor = 1.0f / sqrtf(variance + eps);
#pragma unroll 1
    for (int i = threadIdx.x; i < size; i += NORM_THREADS) {
        y[i] = (x[i] - mean) * factor * weight[i] + bias[i];
    }
}
REGISTER(layer_norm)
