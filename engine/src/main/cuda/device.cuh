/*
 * What the kernels need of the device. The same sources are compiled by nvcc for the GPU and by a C++ compiler for the
 * tests, where src/test/native/simt takes the place of CUDA.
 */
#pragma once

#ifdef __CUDACC__

#include <cstdint>
#include <cuda_fp16.h>

#define INLINE static __device__ __forceinline__
#define METHOD __device__ __forceinline__
#define KERNEL(name, threads) extern "C" __global__ void __launch_bounds__(threads) name
#define REGISTER(name)

/* An array that the threads of a block share. */
#define SHARED(type, name, count) __shared__ alignas(16) type name[count]

/* Sum of four products of unsigned bytes with signed ones, and c. */
INLINE int dot4(uint32_t unsigned_bytes, int signed_bytes, int c) {
    int sum;
    asm("dp4a.u32.s32 %0, %1, %2, %3;" : "=r"(sum) : "r"(unsigned_bytes), "r"(signed_bytes), "r"(c));
    return sum;
}

/* Sum of the two signed halves of a word. */
INLINE int sum_of_halves(int halves) { return __dp2a_lo(halves, 0x0101, 0); }

INLINE float half_to_float(uint16_t bits) { return __half2float(__ushort_as_half(bits)); }
INLINE uint16_t float_to_half(float value) { return __half_as_ushort(__float2half_rn(value)); }

#else

#include "simt.h"

#define INLINE static inline
#define METHOD inline
#define KERNEL(name, threads) static void name
#define REGISTER_EXPANDED(name) static const simt::registration<&name> name##_registration(#name);
#define REGISTER(name) REGISTER_EXPANDED(name)
#define __restrict__ __restrict

#define SHARED(type, name, count)         \
    static const char name##_declaration = 0; \
    type *const name = static_cast<type *>(simt::shared_array(&name##_declaration, sizeof(type) * (count)))

INLINE int dot4(uint32_t unsigned_bytes, int signed_bytes, int c) {
    for (int i = 0; i < 32; i += 8) {
        c += static_cast<int>(unsigned_bytes >> i & 0xff) * static_cast<int8_t>(signed_bytes >> i);
    }
    return c;
}

INLINE int sum_of_halves(int halves) { return static_cast<int16_t>(halves) + (halves >> 16); }

INLINE float half_to_float(uint16_t bits) {
    uint32_t magnitude = bits & 0x7fffu;
    uint32_t sign = (bits & 0x8000u) << 16;
    if (magnitude >= 0x7c00) {
        return __int_as_float(static_cast<int>(sign | 0x7f800000u | magnitude << 13));
    }
    float value = __int_as_float(static_cast<int>(magnitude << 13)) * 0x1p112f;
    return __int_as_float(__float_as_int(value) | static_cast<int>(sign));
}

INLINE uint16_t float_to_half(float value) {
    _Float16 half = static_cast<_Float16>(value);
    uint16_t bits;
    memcpy(&bits, &half, sizeof bits);
    return bits;
}

#endif

INLINE int least(int a, int b) { return a < b ? a : b; }

