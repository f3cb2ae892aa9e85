/* Sixteen lanes, the rows of a tile, in one AVX-512 register; lanes_avx2.h says what the integer ones are for. */
#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Tokens whose sums fit the registers, in products of quantized and of float weights. */
enum { LANES = 16, TOKEN_BLOCK = 8, FLOAT_TOKEN_BLOCK = 8 };

/* What is added to a quant of a type with 8 bits (Q8_0 and the types with a table) when it is unpacked. */
enum { WIDE_OFFSET = 128 };

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

INLINE ints ints_load(const void *p) { return _mm512_loadu_si512(p); }
INLINE ints ints_or(ints a, ints b) { return _mm512_or_si512(a, b); }
INLINE ints ints_xor(ints a, ints b) { return _mm512_xor_si512(a, b); }
INLINE ints ints_sub_bytes(ints a, ints b) { return _mm512_sub_epi8(a, b); }
INLINE ints ints_left(ints a, const int bits) { return _mm512_slli_epi32(a, bits); }
INLINE ints ints_right(ints a, const int bits) { return _mm512_srli_epi32(a, bits); }
INLINE ints ints_of_bytes(const uint8_t *p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
INLINE ints ints_of_halves(const uint8_t *p) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
}
INLINE lanes lanes_of_bits(ints a) { return _mm512_castsi512_ps(a); }

/* table[byte] for each byte, all below 16. */
INLINE ints ints_lookup(const int8_t *table, ints a) {
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table)), a);
}

/* Partial sums of a row are a 32-bit number. Takes the offset of unpacked quants away from the sums. */
INLINE int32_t partial_start(const int8_t *x, const int columns, const int offset) {
    int32_t sum = 0;
    for (int i = 0; i < columns; i++) {
        sum += x[i];
    }
    return -offset * sum;
}

INLINE ints partial_add(ints partial, ints weights, ints x, ints scale, const int wide) {
    (void)scale, (void)wide;
    return _mm512_dpbusd_epi32(partial, weights, x);
}

INLINE ints scaled_add(ints sums, ints partial, ints scale, const int wide) {
    (void)wide;
    return _mm512_add_epi32(sums, _mm512_mullo_epi32(partial, scale));
}

INLINE ints scales_one(void) { return ints_set(1); }

INLINE ints scales_of(ints words, const int byte, const int negative) {
    ints left = _mm512_slli_epi32(words, 24 - 8 * byte);
    return negative ? _mm512_srai_epi32(left, 24) : _mm512_srli_epi32(left, 24);
}

/* sums + bytes 0, 1, 2, 3 of each word times factors 0, 2, 1, 3. */
INLINE ints weighted_bytes(ints sums, ints words, const int16_t *factors) {
    int32_t pairs[2];
    memcpy(pairs, factors, sizeof pairs);
    sums = _mm512_dpwssd_epi32(sums, _mm512_and_si512(words, ints_set(0x00ff00ff)), ints_set(pairs[0]));
    return _mm512_dpwssd_epi32(sums, _mm512_srli_epi16(words, 8), ints_set(pairs[1]));
}
