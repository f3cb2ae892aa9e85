/* Sixteen lanes, the rows of a tile, in one AVX-512 register. */
#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16, TOKEN_BLOCK = 8, MOST_TOKENS = 8 };

/* What dots_q8_0 and dots_q4_0 take a weight for, less its value. */
enum { OFFSET_Q8_0 = 128, OFFSET_Q4_0 = 8 };

typedef __m512 lanes;
typedef __m512i ints;

INLINE lanes lanes_set(float value) { return _mm512_set1_ps(value); }
INLINE lanes lanes_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void lanes_store(float *p, lanes a) { _mm512_storeu_ps(p, a); }
INLINE lanes lanes_add(lanes a, lanes b) { return _mm512_add_ps(a, b); }
INLINE lanes lanes_sub(lanes a, lanes b) { return _mm512_sub_ps(a, b); }
INLINE lanes lanes_mul(lanes a, lanes b) { return _mm512_mul_ps(a, b); }
INLINE lanes lanes_div(lanes a, lanes b) { return _mm512_div_ps(a, b); }
INLINE lanes lanes_max(lanes a, lanes b) { return _mm512_max_ps(a, b); }
INLINE lanes lanes_fma(lanes a, lanes b, lanes c) { return _mm512_fmadd_ps(a, b, c); }
INLINE lanes lanes_half(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256(p)); }

/* value where a < b, else otherwise; a NaN is not less. */
INLINE lanes lanes_if_less(lanes a, lanes b, lanes value, lanes otherwise) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), otherwise, value);
}

INLINE ints ints_set(int32_t value) { return _mm512_set1_epi32(value); }
INLINE ints ints_add(ints a, ints b) { return _mm512_add_epi32(a, b); }
INLINE ints ints_sub(ints a, ints b) { return _mm512_sub_epi32(a, b); }
INLINE ints ints_max(ints a, ints b) { return _mm512_max_epi32(a, b); }
INLINE ints ints_and(ints a, ints b) { return _mm512_and_si512(a, b); }
INLINE ints ints_halved(ints a) { return _mm512_srai_epi32(a, 1); }
INLINE void ints_store(int32_t *p, ints a) { _mm512_storeu_si512(p, a); }
INLINE void ints_store_bytes(int8_t *p, ints a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(a)); }
INLINE ints ints_of_bits(lanes a) { return _mm512_castps_si512(a); }
INLINE lanes lanes_of_ints(ints a) { return _mm512_cvtepi32_ps(a); }
INLINE ints ints_rounded(lanes a) { return _mm512_cvtps_epi32(a); }
INLINE lanes lanes_power_of_two(ints exponent) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(exponent, _mm512_set1_epi32(127)), 23));
}

/* A unit of two columns of 16-bit weights: the first in the low halves. */
INLINE void lanes_half_pair(const uint8_t *unit, lanes *first, lanes *second) {
    const __m512i split = _mm512_set_epi16(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1,
                                           30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    __m512i halves = _mm512_permutexvar_epi16(split, _mm512_loadu_si512(unit));
    *first = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
    *second = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1));
}

INLINE void lanes_bfloat_pair(const uint8_t *unit, lanes *first, lanes *second) {
    __m512i pairs = _mm512_loadu_si512(unit);
    *first = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
    *second = _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xffff0000)));
}

INLINE __m512i four_quants(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
}

/*
 * dots[t] += sum of (weight + OFFSET_Q8_0) * x[t] over a block, exact; that is how weights are stored. With few
 * tokens two sums for each hide the latency.
 */
INLINE void dots_q8_0(const uint8_t *w, const int8_t *x, size_t stride, const int tokens, ints *dots) {
    ints odd[MOST_TOKENS];
    for (int t = 0; t < tokens; t++) {
        odd[t] = ints_set(0);
    }
#pragma GCC unroll 4
    for (int unit = 0; unit < 8; unit += 2) {
        __m512i first = _mm512_loadu_si512(w + 64 * unit);
        __m512i second = _mm512_loadu_si512(w + 64 * unit + 64);
#pragma GCC unroll 8
        for (int t = 0; t < tokens; t++) {
            ints *other = tokens * 2 <= TOKEN_BLOCK ? &odd[t] : &dots[t];
            dots[t] = _mm512_dpbusd_epi32(dots[t], first, four_quants(x + t * stride + 4 * unit));
            *other = _mm512_dpbusd_epi32(*other, second, four_quants(x + t * stride + 4 * unit + 4));
        }
    }
    for (int t = 0; t < tokens; t++) {
        dots[t] = ints_add(dots[t], odd[t]);
    }
}

/* The same for 4-bit weights: columns 0 to 15 in the low halves of the bytes, 16 to 31 in the high ones. */
INLINE void dots_q4_0(const uint8_t *w, const int8_t *x, size_t stride, const int tokens, ints *dots) {
    const __m512i mask = _mm512_set1_epi8(15);
    ints odd[MOST_TOKENS];
    for (int t = 0; t < tokens; t++) {
        odd[t] = ints_set(0);
    }
#pragma GCC unroll 4
    for (int unit = 0; unit < 4; unit++) {
        __m512i pairs = _mm512_loadu_si512(w + 64 * unit);
        __m512i low = _mm512_and_si512(pairs, mask);
        __m512i high = _mm512_and_si512(_mm512_srli_epi16(pairs, 4), mask);
#pragma GCC unroll 8
        for (int t = 0; t < tokens; t++) {
            ints *other = tokens * 2 <= TOKEN_BLOCK ? &odd[t] : &dots[t];
            dots[t] = _mm512_dpbusd_epi32(dots[t], low, four_quants(x + t * stride + 4 * unit));
            *other = _mm512_dpbusd_epi32(*other, high, four_quants(x + t * stride + 16 + 4 * unit));
        }
    }
    for (int t = 0; t < tokens; t++) {
        dots[t] = ints_add(dots[t], odd[t]);
    }
}
