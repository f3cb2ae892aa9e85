/* The index of the greatest logit, the lowest among equals, or -1 if a logit is not finite. */
#pragma once

#include "warp.cuh"

enum { ARGMAX_THREADS = 256 };

struct candidate {
    float value;
    int index;
};

INLINE candidate better(candidate a, candidate b) {
    return b.value > a.value || (b.value == a.value && b.index < a.index) ? b : a;
}

/* A block of threads for each row of logits. */
KERNEL(argmax, ARGMAX_THREADS)(const float *__restrict__ logits, int size, int *__restrict__ indexes) {
    SHARED(candidate, best_of, ARGMAX_THREADS);
    SHARED(int, finite, ARGMAX_THREADS);
    const float *row = logits + static_cast<size_t>(blockIdx.x) * size;
    const int thread = threadIdx.x;
    candidate best = {__int_as_float(static_cast<int>(0xff800000u)), size};
    bool all_finite = true;
#pragma unroll 1
    for (int i = thread; i < size; i += ARGMAX_THREADS) {
        all_finite = all_finite && (__float_as_int(row[i]) & 0x7f800000) != 0x7f800000;
        best = better(best, {row[i], i});
    }
    best_of[thread] = best;
    finite[thread] = all_finite;
    for (int half = ARGMAX_THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if (thread < half) {
            best_of[thread] = better(best_of[thread], best_of[thread + half]);
            finite[thread] &= finite[thread + half];
        }
    }
    if (thread == 0) {
        indexes[blockIdx.x] = finite[0] ? best_of[0].index : -1;
    }
}
REGISTER(argmax)
