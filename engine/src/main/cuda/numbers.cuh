/* docs/arithmetic.md, "Numbers" and "exp". */
#pragma once

#include "device.cuh"

INLINE float bfloat_to_float(uint16_t bits) { return __int_as_float(static_cast<int>(static_cast<uint32_t>(bits) << 16)); }

/* An integer of at most 2^22, exactly, without the slow conversion: it is added to the bits of 1.5 * 2^23. */
INLINE float small_integer(int value) { return __int_as_float(0x4b400000 + value) - 0x1.8p23f; }

INLINE float power_of_two(int exponent) { return __int_as_float((exponent + 127) << 23); }

INLINE float written_exp(float x) {
    if (x < -87.0f) {
        return 0.0f;
    }
    if (x > 89.0f) {
        return __int_as_float(0x7f800000);
    }
    if (x != x) {
        return x;
    }
    float n = (x * 0x1.715476p0f + 0x1.8p23f) - 0x1.8p23f;
    float r = __fmaf_rn(n, -0x1.7f7d1cp-20f, __fmaf_rn(n, -0x1.62e4p-1f, x));
    float p = __fmaf_rn(0x1.a01a02p-13f, r, 0x1.6c16c2p-10f);
    p = __fmaf_rn(p, r, 0x1.111112p-7f);
    p = __fmaf_rn(p, r, 0x1.555556p-5f);
    p = __fmaf_rn(p, r, 0x1.555556p-3f);
    p = __fmaf_rn(p, r, 0x1p-1f);
    p = __fmaf_rn(p, r, 1.0f);
    p = __fmaf_rn(p, r, 1.0f);
    int exponent = static_cast<int>(n);
    int half = exponent >> 1;
    return p * power_of_two(half) * power_of_two(exponent - half);
}
