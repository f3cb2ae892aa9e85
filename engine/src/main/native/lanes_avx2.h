/*
 * Sixteen lanes, the rows of a tile, in two AVX2 registers.
 *
 * What the matrix products need of an instruction set, beyond plain arithmetic on lanes:
 *   partial_add    multiplies four columns of 16 rows, 64 bytes as they lie in a tile, with four activations
 *   partial_start  what such sums start from, see OFFSETS
 *   scaled_add     adds partial sums, each row's times its integer scale
 *   scales_of      integer scales in the form that scaled_add takes, from bytes of 32-bit words
 *   weighted_bytes adds the products of a word's four bytes with four sums of activations
 *   ints_lookup    a table for bytes, for the types whose quants are indexes
 */
#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Tokens whose sums fit the registers, in products of quantized and of float weights. */
enum { LANES = 16, TOKEN_BLOCK = 4, FLOAT_TOKEN_BLOCK = 6 };

/* What is added to a quant of a type with 8 bits (Q8_0 and the types with a table) when it is unpacked. */
enum { WIDE_OFFSET = 0 };

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

INLINE ints ints_load(const void *p) {
    const __m256i *halves = p;
    return (ints){_mm256_loadu_si256(halves), _mm256_loadu_si256(halves + 1)};
}
INLINE ints ints_or(ints a, ints b) {
    return (ints){_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
}
INLINE ints ints_xor(ints a, ints b) {
    return (ints){_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high)};
}
INLINE ints ints_sub_bytes(ints a, ints b) {
    return (ints){_mm256_sub_epi8(a.low, b.low), _mm256_sub_epi8(a.high, b.high)};
}
INLINE ints ints_left(ints a, const int bits) {
    return (ints){_mm256_slli_epi32(a.low, bits), _mm256_slli_epi32(a.high, bits)};
}
INLINE ints ints_right(ints a, const int bits) {
    return (ints){_mm256_srli_epi32(a.low, bits), _mm256_srli_epi32(a.high, bits)};
}
INLINE ints ints_of_bytes(const uint8_t *p) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    return (ints){_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8))};
}
INLINE ints ints_of_halves(const uint8_t *p) {
    const __m128i *halves = (const __m128i *)p;
    return (ints){
        _mm256_cvtepu16_epi32(_mm_loadu_si128(halves)), _mm256_cvtepu16_epi32(_mm_loadu_si128(halves + 1))};
}
INLINE lanes lanes_of_bits(ints a) { return (lanes){_mm256_castsi256_ps(a.low), _mm256_castsi256_ps(a.high)}; }

/* table[byte] for each byte, all below 16. */
INLINE ints ints_lookup(const int8_t *table, ints a) {
    __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
    return (ints){_mm256_shuffle_epi8(both, a.low), _mm256_shuffle_epi8(both, a.high)};
}

/*
 * Partial sums of a row are two 16-bit numbers, over the first and the last two of every four columns. They wrap
 * around: only the sum of all products of a group has to fit, and one pair of products.
 */

/* Takes the offset of unpacked quants away from the sums over so many columns, 16 or 32. */
INLINE int32_t partial_start(const int8_t *x, const int columns, const int offset) {
    const __m128i ones = _mm_set1_epi8(1);
    __m128i sums = _mm_maddubs_epi16(ones, _mm_loadu_si128((const __m128i *)x));
    if (columns == 32) {
        sums = _mm_add_epi16(sums, _mm_maddubs_epi16(ones, _mm_loadu_si128((const __m128i *)(x + 16))));
    }
    sums = _mm_add_epi16(sums, _mm_shuffle_epi32(sums, 0x4e));
    sums = _mm_add_epi16(sums, _mm_shuffle_epi32(sums, 0xb1));
    return _mm_cvtsi128_si32(_mm_mullo_epi16(sums, _mm_set1_epi16((short)-offset)));
}

/*
 * Quants of 8 bits do not fit 16-bit sums: a sum of two products of |weight| <= 128 and |x| <= 127 does, and is scaled
 * at once.
 */
INLINE __m256i wide_products(__m256i weights, __m256i x, __m256i scale) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(x, weights));
    return _mm256_madd_epi16(pairs, scale);
}

/* Makes the compiler finish sums one step after the other: it would keep all products and run out of registers. */
INLINE ints in_turn(ints a) {
    __asm__ volatile("" : "+x"(a.low), "+x"(a.high));
    return a;
}

INLINE ints partial_add(ints partial, ints weights, ints x, ints scale, const int wide) {
    if (wide) {
        return in_turn((ints){
            _mm256_add_epi32(partial.low, wide_products(weights.low, x.low, scale.low)),
            _mm256_add_epi32(partial.high, wide_products(weights.high, x.high, scale.high))});
    }
    return in_turn((ints){
        _mm256_add_epi16(partial.low, _mm256_maddubs_epi16(weights.low, x.low)),
        _mm256_add_epi16(partial.high, _mm256_maddubs_epi16(weights.high, x.high))});
}

INLINE ints scaled_add(ints sums, ints partial, ints scale, const int wide) {
    if (wide) {
        return ints_add(sums, partial);
    }
    return (ints){
        _mm256_add_epi32(sums.low, _mm256_madd_epi16(partial.low, scale.low)),
        _mm256_add_epi32(sums.high, _mm256_madd_epi16(partial.high, scale.high))};
}

/* Scales are pairs of equal 16-bit numbers. */
INLINE ints scales_one(void) { return ints_set(0x00010001); }

INLINE ints scales_of(ints words, const int byte, const int negative) {
    const int low = negative ? -128 : byte;
    const int high = negative ? byte : -128;
#define SCALE_OF_ROW(r) low + r, high + r, low + r, high + r
    const __m256i places = _mm256_setr_epi8(
        SCALE_OF_ROW(0), SCALE_OF_ROW(4), SCALE_OF_ROW(8), SCALE_OF_ROW(12), SCALE_OF_ROW(0), SCALE_OF_ROW(4),
        SCALE_OF_ROW(8), SCALE_OF_ROW(12));
#undef SCALE_OF_ROW
    ints scales = {_mm256_shuffle_epi8(words.low, places), _mm256_shuffle_epi8(words.high, places)};
    if (negative) {
        scales = (ints){_mm256_srai_epi16(scales.low, 8), _mm256_srai_epi16(scales.high, 8)};
    }
    return scales;
}

/* sums + bytes 0, 1, 2, 3 of each word times factors 0, 2, 1, 3. */
INLINE ints weighted_bytes(ints sums, ints words, const int16_t *factors) {
    int32_t pairs[2];
    memcpy(pairs, factors, sizeof pairs);
    const __m256i even = _mm256_set1_epi32(0x00ff00ff);
    const __m256i first = _mm256_set1_epi32(pairs[0]);
    const __m256i second = _mm256_set1_epi32(pairs[1]);
    __m256i low = _mm256_add_epi32(
        _mm256_madd_epi16(_mm256_and_si256(words.low, even), first),
        _mm256_madd_epi16(_mm256_srli_epi16(words.low, 8), second));
    __m256i high = _mm256_add_epi32(
        _mm256_madd_epi16(_mm256_and_si256(words.high, even), first),
        _mm256_madd_epi16(_mm256_srli_epi16(words.high, 8), second));
    return (ints){_mm256_add_epi32(sums.low, low), _mm256_add_epi32(sums.high, high)};
}
