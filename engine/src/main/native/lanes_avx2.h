/* Sixteen lanes, the rows of a tile, in two AVX2 registers. */
#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16, TOKEN_BLOCK = 4, MOST_TOKENS = 8 };

/* What dots_q8_0 and dots_q4_0 take a weight for, less its value. */
enum { OFFSET_Q8_0 = 0, OFFSET_Q4_0 = 8 };

typedef struct {
    __m256 low, high;
} lanes;

typedef struct {
    __m256i low, high;
} ints;

INLINE lanes lanes_set(float value) { return (lanes){_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
INLINE lanes lanes_load(const float *p) { return (lanes){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
INLINE void lanes_store(float *p, lanes a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
}
INLINE lanes lanes_add(lanes a, lanes b) {
    return (lanes){_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
INLINE lanes lanes_sub(lanes a, lanes b) {
    return (lanes){_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
INLINE lanes lanes_mul(lanes a, lanes b) {
    return (lanes){_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
INLINE lanes lanes_div(lanes a, lanes b) {
    return (lanes){_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
INLINE lanes lanes_max(lanes a, lanes b) {
    return (lanes){_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    return (lanes){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
INLINE lanes lanes_half(const void *p) {
    const __m128i *halves = p;
    return (lanes){_mm256_cvtph_ps(_mm_loadu_si128(halves)), _mm256_cvtph_ps(_mm_loadu_si128(halves + 1))};
}

/* value where a < b, else otherwise; a NaN is not less. */
INLINE lanes lanes_if_less(lanes a, lanes b, lanes value, lanes otherwise) {
    return (lanes){
        _mm256_blendv_ps(otherwise.low, value.low, _mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ)),
        _mm256_blendv_ps(otherwise.high, value.high, _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ))};
}

INLINE ints ints_set(int32_t value) { return (ints){_mm256_set1_epi32(value), _mm256_set1_epi32(value)}; }
INLINE ints ints_add(ints a, ints b) {
    return (ints){_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
INLINE ints ints_sub(ints a, ints b) {
    return (ints){_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)};
}
INLINE ints ints_max(ints a, ints b) {
    return (ints){_mm256_max_epi32(a.low, b.low), _mm256_max_epi32(a.high, b.high)};
}
INLINE ints ints_and(ints a, ints b) {
    return (ints){_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
}
INLINE ints ints_halved(ints a) { return (ints){_mm256_srai_epi32(a.low, 1), _mm256_srai_epi32(a.high, 1)}; }
INLINE void ints_store(int32_t *p, ints a) {
    _mm256_storeu_si256((__m256i *)p, a.low);
    _mm256_storeu_si256((__m256i *)(p + 8), a.high);
}
INLINE void ints_store_bytes(int8_t *p, ints a) {
    /* Packing works within 128 bits, so it leaves the quarters as 0, 2, 1, 3. */
    __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a.low, a.high), 0xd8);
    _mm_storeu_si128((__m128i *)p, _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}
INLINE ints ints_of_bits(lanes a) { return (ints){_mm256_castps_si256(a.low), _mm256_castps_si256(a.high)}; }
INLINE lanes lanes_of_ints(ints a) { return (lanes){_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high)}; }
INLINE ints ints_rounded(lanes a) { return (ints){_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high)}; }
INLINE lanes lanes_power_of_two(ints exponent) {
    ints biased = ints_add(exponent, ints_set(127));
    return (lanes){
        _mm256_castsi256_ps(_mm256_slli_epi32(biased.low, 23)),
        _mm256_castsi256_ps(_mm256_slli_epi32(biased.high, 23))};
}

/* Eight rows of two 16-bit columns: all of the first column, then all of the second. */
INLINE __m256i split_pairs(const uint8_t *p) {
    const __m256i split = _mm256_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15,
                                           0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    return _mm256_permute4x64_epi64(_mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)p), split), 0xd8);
}

/* A unit of two columns of 16-bit weights: the first in the low halves. */
INLINE void lanes_half_pair(const uint8_t *unit, lanes *first, lanes *second) {
    __m256i low = split_pairs(unit);
    __m256i high = split_pairs(unit + 32);
    *first = (lanes){_mm256_cvtph_ps(_mm256_castsi256_si128(low)), _mm256_cvtph_ps(_mm256_castsi256_si128(high))};
    *second = (lanes){
        _mm256_cvtph_ps(_mm256_extracti128_si256(low, 1)), _mm256_cvtph_ps(_mm256_extracti128_si256(high, 1))};
}

INLINE void lanes_bfloat_pair(const uint8_t *unit, lanes *first, lanes *second) {
    const __m256i mask = _mm256_set1_epi32((int)0xffff0000);
    __m256i low = _mm256_loadu_si256((const __m256i *)unit);
    __m256i high = _mm256_loadu_si256((const __m256i *)(unit + 32));
    *first = (lanes){
        _mm256_castsi256_ps(_mm256_slli_epi32(low, 16)), _mm256_castsi256_ps(_mm256_slli_epi32(high, 16))};
    *second = (lanes){
        _mm256_castsi256_ps(_mm256_and_si256(low, mask)), _mm256_castsi256_ps(_mm256_and_si256(high, mask))};
}

INLINE __m256i four_quants(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
}

/*
 * dots[t] += sum of (weight + OFFSET_Q8_0) * x[t] over a block, exact: a sum of two products of |weight| <= 128 and
 * |x| <= 127 fits 16 bits, which the weights as they are stored, up to 255, would not.
 */
INLINE void dots_q8_0(const uint8_t *w, const int8_t *x, size_t stride, const int tokens, ints *dots) {
    const __m256i stored_offset = _mm256_set1_epi8((char)0x80);
    const __m256i ones = _mm256_set1_epi16(1);
#pragma GCC unroll 8
    for (int unit = 0; unit < 8; unit++) {
        __m256i low = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(w + 64 * unit)), stored_offset);
        __m256i high = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(w + 64 * unit + 32)), stored_offset);
        ints magnitude = {_mm256_abs_epi8(low), _mm256_abs_epi8(high)};
#pragma GCC unroll 4
        for (int t = 0; t < tokens; t++) {
            __m256i quants = four_quants(x + t * stride + 4 * unit);
            __m256i pairs_low = _mm256_maddubs_epi16(magnitude.low, _mm256_sign_epi8(quants, low));
            __m256i pairs_high = _mm256_maddubs_epi16(magnitude.high, _mm256_sign_epi8(quants, high));
            ints products = {_mm256_madd_epi16(pairs_low, ones), _mm256_madd_epi16(pairs_high, ones)};
            dots[t] = ints_add(dots[t], products);
        }
    }
}

/*
 * The same for 4-bit weights: columns 0 to 15 in the low halves of the bytes, 16 to 31 in the high ones.
 * A 16-bit lane takes 16 products: 16 * 15 * 127 = 30480 fits.
 */
INLINE void dots_q4_0(const uint8_t *w, const int8_t *x, size_t stride, const int tokens, ints *dots) {
    const __m256i mask = _mm256_set1_epi8(15);
    const __m256i ones = _mm256_set1_epi16(1);
    ints products[MOST_TOKENS];
    for (int t = 0; t < tokens; t++) {
        products[t] = ints_set(0);
    }
#pragma GCC unroll 4
    for (int unit = 0; unit < 4; unit++) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(w + 64 * unit));
        __m256i high = _mm256_loadu_si256((const __m256i *)(w + 64 * unit + 32));
        ints first = {_mm256_and_si256(low, mask), _mm256_and_si256(high, mask)};
        ints second = {
            _mm256_and_si256(_mm256_srli_epi16(low, 4), mask), _mm256_and_si256(_mm256_srli_epi16(high, 4), mask)};
#pragma GCC unroll 4
        for (int t = 0; t < tokens; t++) {
            __m256i x0 = four_quants(x + t * stride + 4 * unit);
            __m256i x1 = four_quants(x + t * stride + 16 + 4 * unit);
            products[t].low = _mm256_add_epi16(
                products[t].low,
                _mm256_add_epi16(_mm256_maddubs_epi16(first.low, x0), _mm256_maddubs_epi16(second.low, x1)));
            products[t].high = _mm256_add_epi16(
                products[t].high,
                _mm256_add_epi16(_mm256_maddubs_epi16(first.high, x0), _mm256_maddubs_epi16(second.high, x1)));
        }
    }
    for (int t = 0; t < tokens; t++) {
        ints sums = {_mm256_madd_epi16(products[t].low, ones), _mm256_madd_epi16(products[t].high, ones)};
        dots[t] = ints_add(dots[t], sums);
    }
}
