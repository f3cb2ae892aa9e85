/* docs/arithmetic.md, "Quantized activations": a warp for each block, 1 or 8 neighbouring elements a lane. */
#pragma once

#include "activations.cuh"
#include "warp.cuh"

enum { QUANTIZE_THREADS = 256, LEAST_MAGNITUDE = 0x0d800000 /* 2^-100 */, INFINITE = 0x7f800000, NOT_A_NUMBER = 0x7fc00000 };

template <int BLOCK>
INLINE void quantize(const float *x, int tokens, int columns, void *target) {
    constexpr int EACH = BLOCK / WARP;
    const quantized_activations activations(target, tokens, columns, BLOCK);
    const int lane = threadIdx.x % WARP;
    const int block = blockIdx.x * (QUANTIZE_THREADS / WARP) + threadIdx.x / WARP;
    if (block >= tokens * (columns / BLOCK)) {
        return;
    }
    const size_t first = static_cast<size_t>(block) * BLOCK + lane * EACH;
    float values[EACH];
    int max = 0;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        values[i] = x[first + i];
        int magnitude = __float_as_int(values[i]) & 0x7fffffff;
        max = magnitude > max ? magnitude : max;
    }
    max = warp_max(max);
    const bool regular = max >= LEAST_MAGNITUDE && max < INFINITE;
    const float greatest = __int_as_float(max);
    const float factor = regular ? 127.0f / greatest : 0.0f;
    int sum = 0;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        int quant = regular ? __float2int_rn(values[i] * factor) : 0;
        activations.quants[first + i] = static_cast<int8_t>(quant);
        sum += quant;
    }
    constexpr int LANES_OF_16 = 16 / EACH;
    sum = integer_sum_of_lanes(sum, LANES_OF_16);
    if (lane % LANES_OF_16 == 0) {
        activations.sums[first / 16] = static_cast<int16_t>(sum);
    }
    if (lane == 0) {
        activations.scales[block] = regular ? greatest / 127.0f
            : max < LEAST_MAGNITUDE         ? 0.0f
                                            : __int_as_float(NOT_A_NUMBER);
    }
}

KERNEL(quantize_32, QUANTIZE_THREADS)(const float *__restrict__ x, int tokens, int columns, void *__restrict__ target) {
    quantize<32>(x, tokens, columns, target);
}
REGISTER(quantize_32)

KERNEL(quantize_256, QUANTIZE_THREADS)(const float *__restrict__ x, int tokens, int columns, void *__restrict__ target) {
    quantize<256>(x, tokens, columns, target);
}
REGISTER(quantize_256)
