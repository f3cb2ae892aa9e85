/*
 * Stands in for the compiler's header so that the AVX-512 kernels run on a CPU that has only AVX2: each instruction
 * that they use, as Intel defines it, on two halves. Another one that a kernel begins to use has to be added here;
 * until then the compiler says that it cannot be inlined.
 */
#ifndef EMULATED_AVX512_H
#define EMULATED_AVX512_H

#include_next <immintrin.h>
#include <stdint.h>

#define EMULATED static inline __attribute__((always_inline))

typedef struct {
    __m256 low, high;
} emulated_floats;

typedef struct {
    __m256i low, high;
} emulated_ints;

typedef struct {
    __m256 low, high;
} emulated_mask;

#define __m512 emulated_floats
#define __m512i emulated_ints

/* Instructions that do the same with each half, by the name of the one for 256 bits. */
#define UNARY(type, name, half, from) \
    EMULATED type emulated_##name(from a) { return (type){half(a.low), half(a.high)}; }
#define BINARY(type, name, half) \
    EMULATED type emulated_##name(type a, type b) { return (type){half(a.low, b.low), half(a.high, b.high)}; }
#define TERNARY(type, name, half)                                                   \
    EMULATED type emulated_##name(type a, type b, type c) {                         \
        return (type){half(a.low, b.low, c.low), half(a.high, b.high, c.high)};     \
    }
#define SHIFT(name)                                                                 \
    EMULATED __m512i emulated_##name(__m512i a, int count) {                        \
        return (__m512i){_mm256_##name(a.low, count), _mm256_##name(a.high, count)}; \
    }
#define BOTH(type, value) ((type){value, value})

#define _mm512_set1_ps(a) BOTH(__m512, _mm256_set1_ps(a))
#define _mm512_set1_epi32(a) BOTH(__m512i, _mm256_set1_epi32(a))
#define _mm512_set1_epi8(a) BOTH(__m512i, _mm256_set1_epi8(a))
#define _mm512_broadcast_i32x4(a) BOTH(__m512i, _mm256_broadcastsi128_si256(a))

EMULATED __m512 emulated_loadu_ps(const void *p) {
    return (__m512){_mm256_loadu_ps(p), _mm256_loadu_ps((const float *)p + 8)};
}
EMULATED __m512i emulated_loadu_si512(const void *p) {
    const __m256i *halves = p;
    return (__m512i){_mm256_loadu_si256(halves), _mm256_loadu_si256(halves + 1)};
}
EMULATED void emulated_storeu_ps(void *p, __m512 a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps((float *)p + 8, a.high);
}
EMULATED void emulated_storeu_si512(void *p, __m512i a) {
    __m256i *halves = p;
    _mm256_storeu_si256(halves, a.low);
    _mm256_storeu_si256(halves + 1, a.high);
}
#define _mm512_loadu_ps emulated_loadu_ps
#define _mm512_loadu_si512 emulated_loadu_si512
#define _mm512_storeu_ps emulated_storeu_ps
#define _mm512_storeu_si512 emulated_storeu_si512

BINARY(__m512, add_ps, _mm256_add_ps)
#define _mm512_add_ps emulated_add_ps
BINARY(__m512, sub_ps, _mm256_sub_ps)
#define _mm512_sub_ps emulated_sub_ps
BINARY(__m512, mul_ps, _mm256_mul_ps)
#define _mm512_mul_ps emulated_mul_ps
BINARY(__m512, div_ps, _mm256_div_ps)
#define _mm512_div_ps emulated_div_ps
BINARY(__m512, max_ps, _mm256_max_ps)
#define _mm512_max_ps emulated_max_ps
TERNARY(__m512, fmadd_ps, _mm256_fmadd_ps)
#define _mm512_fmadd_ps emulated_fmadd_ps

BINARY(__m512i, add_epi32, _mm256_add_epi32)
#define _mm512_add_epi32 emulated_add_epi32
BINARY(__m512i, sub_epi32, _mm256_sub_epi32)
#define _mm512_sub_epi32 emulated_sub_epi32
BINARY(__m512i, sub_epi8, _mm256_sub_epi8)
#define _mm512_sub_epi8 emulated_sub_epi8
BINARY(__m512i, mullo_epi32, _mm256_mullo_epi32)
#define _mm512_mullo_epi32 emulated_mullo_epi32
BINARY(__m512i, max_epi32, _mm256_max_epi32)
#define _mm512_max_epi32 emulated_max_epi32
BINARY(__m512i, and_si512, _mm256_and_si256)
#define _mm512_and_si512 emulated_and_si512
BINARY(__m512i, or_si512, _mm256_or_si256)
#define _mm512_or_si512 emulated_or_si512
BINARY(__m512i, xor_si512, _mm256_xor_si256)
#define _mm512_xor_si512 emulated_xor_si512
BINARY(__m512i, shuffle_epi8, _mm256_shuffle_epi8)
#define _mm512_shuffle_epi8 emulated_shuffle_epi8
SHIFT(slli_epi32)
#define _mm512_slli_epi32 emulated_slli_epi32
SHIFT(srli_epi32)
#define _mm512_srli_epi32 emulated_srli_epi32
SHIFT(srai_epi32)
#define _mm512_srai_epi32 emulated_srai_epi32
SHIFT(srli_epi16)
#define _mm512_srli_epi16 emulated_srli_epi16

UNARY(__m512i, castps_si512, _mm256_castps_si256, __m512)
#define _mm512_castps_si512 emulated_castps_si512
UNARY(__m512, castsi512_ps, _mm256_castsi256_ps, __m512i)
#define _mm512_castsi512_ps emulated_castsi512_ps
#define _mm512_castsi512_si256(a) ((a).low)
#define _mm512_extracti64x4_epi64(a, half) ((half) ? (a).high : (a).low)
UNARY(__m512, cvtepi32_ps, _mm256_cvtepi32_ps, __m512i)
#define _mm512_cvtepi32_ps emulated_cvtepi32_ps
UNARY(__m512i, cvtps_epi32, _mm256_cvtps_epi32, __m512)
#define _mm512_cvtps_epi32 emulated_cvtps_epi32

/* From half as many bits to 512. */
#define WIDENING(type, name, narrow, low, high) \
    EMULATED type emulated_##name(narrow a) { return (type){_mm256_##name(low), _mm256_##name(high)}; }
WIDENING(__m512, cvtph_ps, __m256i, _mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1))
WIDENING(__m512i, cvtepu16_epi32, __m256i, _mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1))
WIDENING(__m512i, cvtepu8_epi32, __m128i, a, _mm_srli_si128(a, 8))
#define _mm512_cvtph_ps emulated_cvtph_ps
#define _mm512_cvtepu16_epi32 emulated_cvtepu16_epi32
#define _mm512_cvtepu8_epi32 emulated_cvtepu8_epi32

/* The lowest bytes of the sixteen numbers. */
EMULATED __m128i emulated_cvtepi32_epi8(__m512i a) {
    int32_t numbers[16];
    int8_t bytes[16];
    emulated_storeu_si512(numbers, a);
    for (int i = 0; i < 16; i++) {
        bytes[i] = (int8_t)numbers[i];
    }
    return _mm_loadu_si128((const __m128i *)bytes);
}
#define _mm512_cvtepi32_epi8 emulated_cvtepi32_epi8

#define _mm512_cmp_ps_mask(a, b, relation) \
    ((emulated_mask){_mm256_cmp_ps((a).low, (b).low, relation), _mm256_cmp_ps((a).high, (b).high, relation)})
EMULATED __m512 emulated_mask_blend_ps(emulated_mask mask, __m512 a, __m512 b) {
    return (__m512){_mm256_blendv_ps(a.low, b.low, mask.low), _mm256_blendv_ps(a.high, b.high, mask.high)};
}
#define _mm512_mask_blend_ps emulated_mask_blend_ps

/* All 32 elements, the last one first as in Intel's. */
EMULATED __m512i emulated_set_epi16(const int16_t elements[32]) {
    int16_t reversed[32];
    for (int i = 0; i < 32; i++) {
        reversed[i] = elements[31 - i];
    }
    return emulated_loadu_si512(reversed);
}
#define _mm512_set_epi16(...) emulated_set_epi16((const int16_t[32]){__VA_ARGS__})

EMULATED __m512i emulated_permutexvar_epi16(__m512i index, __m512i a) {
    int16_t indices[32], from[32], to[32];
    emulated_storeu_si512(indices, index);
    emulated_storeu_si512(from, a);
    for (int i = 0; i < 32; i++) {
        to[i] = from[indices[i] & 31];
    }
    return emulated_loadu_si512(to);
}
#define _mm512_permutexvar_epi16 emulated_permutexvar_epi16

/* sum += the products of four unsigned bytes of a with four signed ones of b; sums of 16-bit products do not saturate. */
EMULATED __m256i emulated_dpbusd_half(__m256i sum, __m256i a, __m256i b) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i negative = _mm256_cmpgt_epi8(zero, b);
    __m256i first = _mm256_madd_epi16(_mm256_unpacklo_epi8(a, zero), _mm256_unpacklo_epi8(b, negative));
    __m256i second = _mm256_madd_epi16(_mm256_unpackhi_epi8(a, zero), _mm256_unpackhi_epi8(b, negative));
    return _mm256_add_epi32(sum, _mm256_hadd_epi32(first, second));
}
EMULATED __m256i emulated_dpwssd_half(__m256i sum, __m256i a, __m256i b) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}
TERNARY(__m512i, dpbusd_epi32, emulated_dpbusd_half)
#define _mm512_dpbusd_epi32 emulated_dpbusd_epi32
TERNARY(__m512i, dpwssd_epi32, emulated_dpwssd_half)
#define _mm512_dpwssd_epi32 emulated_dpwssd_epi32

#endif
