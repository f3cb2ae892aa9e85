/* Sixteen lanes, the rows of a tile, in four NEON registers; lanes_avx2.h says what the integer ones are for. */
#include <arm_neon.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* Tokens whose sums fit the registers, in products of quantized and of float weights. */
enum { LANES = 16, TOKEN_BLOCK = 4, FLOAT_TOKEN_BLOCK = 6 };

/* What is added to a quant of a type with 8 bits (Q8_0 and the types with a table) when it is unpacked. */
enum { WIDE_OFFSET = 0 };

typedef struct {
    float32x4_t q0, q1, q2, q3;
} lanes;

typedef struct {
    int32x4_t q0, q1, q2, q3;
} ints;

/* One operation for each of the four registers. */
#define EACH1(type, f, a) ((type){f((a).q0), f((a).q1), f((a).q2), f((a).q3)})
#define EACH2(type, f, a, b) \
    ((type){f((a).q0, (b).q0), f((a).q1, (b).q1), f((a).q2, (b).q2), f((a).q3, (b).q3)})
#define EACH3(type, f, a, b, c) \
    ((type){f((a).q0, (b).q0, (c).q0), f((a).q1, (b).q1, (c).q1), f((a).q2, (b).q2, (c).q2), \
            f((a).q3, (b).q3, (c).q3)})

INLINE lanes lanes_set(float value) {
    float32x4_t v = vdupq_n_f32(value);
    return (lanes){v, v, v, v};
}
INLINE lanes lanes_load(const float *p) {
    return (lanes){vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)};
}
INLINE void lanes_store(float *p, lanes a) {
    vst1q_f32(p, a.q0);
    vst1q_f32(p + 4, a.q1);
    vst1q_f32(p + 8, a.q2);
    vst1q_f32(p + 12, a.q3);
}
INLINE lanes lanes_add(lanes a, lanes b) { return EACH2(lanes, vaddq_f32, a, b); }
INLINE lanes lanes_sub(lanes a, lanes b) { return EACH2(lanes, vsubq_f32, a, b); }
INLINE lanes lanes_mul(lanes a, lanes b) { return EACH2(lanes, vmulq_f32, a, b); }
INLINE lanes lanes_div(lanes a, lanes b) { return EACH2(lanes, vdivq_f32, a, b); }
INLINE lanes lanes_max(lanes a, lanes b) { return EACH2(lanes, vmaxq_f32, a, b); }
INLINE lanes lanes_fma(lanes a, lanes b, lanes c) { return EACH3(lanes, vfmaq_f32, c, a, b); }

/* Sixteen halves, eight to a register, as floats. */
INLINE lanes lanes_of_halves(uint16x8_t low, uint16x8_t high) {
    float16x8_t first = vreinterpretq_f16_u16(low);
    float16x8_t second = vreinterpretq_f16_u16(high);
    return (lanes){
        vcvt_f32_f16(vget_low_f16(first)), vcvt_high_f32_f16(first), vcvt_f32_f16(vget_low_f16(second)),
        vcvt_high_f32_f16(second)};
}
INLINE lanes lanes_half(const void *p) {
    const uint16_t *halves = p;
    return lanes_of_halves(vld1q_u16(halves), vld1q_u16(halves + 8));
}

/* value where a < b, else otherwise; a NaN is not less. */
INLINE float32x4_t if_less(float32x4_t a, float32x4_t b, float32x4_t value, float32x4_t otherwise) {
    return vbslq_f32(vcltq_f32(a, b), value, otherwise);
}
INLINE lanes lanes_if_less(lanes a, lanes b, lanes value, lanes otherwise) {
    return (lanes){
        if_less(a.q0, b.q0, value.q0, otherwise.q0), if_less(a.q1, b.q1, value.q1, otherwise.q1),
        if_less(a.q2, b.q2, value.q2, otherwise.q2), if_less(a.q3, b.q3, value.q3, otherwise.q3)};
}

INLINE ints ints_set(int32_t value) {
    int32x4_t v = vdupq_n_s32(value);
    return (ints){v, v, v, v};
}
INLINE ints ints_add(ints a, ints b) { return EACH2(ints, vaddq_s32, a, b); }
INLINE ints ints_sub(ints a, ints b) { return EACH2(ints, vsubq_s32, a, b); }
INLINE ints ints_max(ints a, ints b) { return EACH2(ints, vmaxq_s32, a, b); }
INLINE ints ints_and(ints a, ints b) { return EACH2(ints, vandq_s32, a, b); }
INLINE ints ints_halved(ints a) { return (ints){a.q0 >> 1, a.q1 >> 1, a.q2 >> 1, a.q3 >> 1}; }
INLINE void ints_store(int32_t *p, ints a) {
    vst1q_s32(p, a.q0);
    vst1q_s32(p + 4, a.q1);
    vst1q_s32(p + 8, a.q2);
    vst1q_s32(p + 12, a.q3);
}
INLINE void ints_store_bytes(int8_t *p, ints a) {
    int16x8_t low = vcombine_s16(vmovn_s32(a.q0), vmovn_s32(a.q1));
    int16x8_t high = vcombine_s16(vmovn_s32(a.q2), vmovn_s32(a.q3));
    vst1q_s8(p, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
}
INLINE ints ints_of_bits(lanes a) { return EACH1(ints, vreinterpretq_s32_f32, a); }
INLINE lanes lanes_of_ints(ints a) { return EACH1(lanes, vcvtq_f32_s32, a); }
INLINE ints ints_rounded(lanes a) { return EACH1(ints, vcvtnq_s32_f32, a); }
INLINE float32x4_t power_of_two(int32x4_t exponent) {
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(exponent, vdupq_n_s32(127)), 23));
}
INLINE lanes lanes_power_of_two(ints exponent) { return EACH1(lanes, power_of_two, exponent); }

/* A unit of two columns of 16-bit weights: the first in the low halves. */
INLINE void lanes_half_pair(const uint8_t *unit, lanes *first, lanes *second) {
    uint16x8x2_t low = vld2q_u16((const uint16_t *)unit);
    uint16x8x2_t high = vld2q_u16((const uint16_t *)unit + 16);
    *first = lanes_of_halves(low.val[0], high.val[0]);
    *second = lanes_of_halves(low.val[1], high.val[1]);
}

INLINE float32x4_t first_bfloat(int32x4_t pair) { return vreinterpretq_f32_s32(vshlq_n_s32(pair, 16)); }
INLINE float32x4_t second_bfloat(int32x4_t pair) {
    return vreinterpretq_f32_s32(vandq_s32(pair, vdupq_n_s32((int32_t)0xffff0000)));
}
INLINE void lanes_bfloat_pair(const uint8_t *unit, lanes *first, lanes *second) {
    const int32_t *p = (const int32_t *)unit;
    ints pairs = {vld1q_s32(p), vld1q_s32(p + 4), vld1q_s32(p + 8), vld1q_s32(p + 12)};
    *first = EACH1(lanes, first_bfloat, pairs);
    *second = EACH1(lanes, second_bfloat, pairs);
}

INLINE ints ints_load(const void *p) {
    const uint8_t *bytes = p;
    return (ints){
        vreinterpretq_s32_u8(vld1q_u8(bytes)), vreinterpretq_s32_u8(vld1q_u8(bytes + 16)),
        vreinterpretq_s32_u8(vld1q_u8(bytes + 32)), vreinterpretq_s32_u8(vld1q_u8(bytes + 48))};
}
INLINE ints ints_or(ints a, ints b) { return EACH2(ints, vorrq_s32, a, b); }
INLINE ints ints_xor(ints a, ints b) { return EACH2(ints, veorq_s32, a, b); }
INLINE int32x4_t sub_bytes(int32x4_t a, int32x4_t b) {
    return vreinterpretq_s32_s8(vsubq_s8(vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b)));
}
INLINE ints ints_sub_bytes(ints a, ints b) { return EACH2(ints, sub_bytes, a, b); }
INLINE ints ints_left(ints a, const int bits) {
    return (ints){a.q0 << bits, a.q1 << bits, a.q2 << bits, a.q3 << bits};
}
INLINE int32x4_t right(int32x4_t a, const int bits) {
    return vreinterpretq_s32_u32(vreinterpretq_u32_s32(a) >> bits);
}
INLINE ints ints_right(ints a, const int bits) {
    return (ints){right(a.q0, bits), right(a.q1, bits), right(a.q2, bits), right(a.q3, bits)};
}
INLINE ints widened(uint16x8_t low, uint16x8_t high) {
    return (ints){
        vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), vreinterpretq_s32_u32(vmovl_high_u16(low)),
        vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))), vreinterpretq_s32_u32(vmovl_high_u16(high))};
}
INLINE ints ints_of_bytes(const uint8_t *p) {
    uint8x16_t bytes = vld1q_u8(p);
    return widened(vmovl_u8(vget_low_u8(bytes)), vmovl_high_u8(bytes));
}
INLINE ints ints_of_halves(const uint8_t *p) {
    return widened(vreinterpretq_u16_u8(vld1q_u8(p)), vreinterpretq_u16_u8(vld1q_u8(p + 16)));
}
INLINE lanes lanes_of_bits(ints a) { return EACH1(lanes, vreinterpretq_f32_s32, a); }

/* table[byte] for each byte, all below 16. */
INLINE int32x4_t lookup(int8x16_t table, int32x4_t a) {
    return vreinterpretq_s32_s8(vqtbl1q_s8(table, vreinterpretq_u8_s32(a)));
}
INLINE ints ints_lookup(const int8_t *table, ints a) {
    int8x16_t entries = vld1q_s8(table);
    return (ints){lookup(entries, a.q0), lookup(entries, a.q1), lookup(entries, a.q2), lookup(entries, a.q3)};
}

/* Partial sums of a row are a 32-bit number. Takes the offset of unpacked quants away from the sums. */
INLINE int32_t partial_start(const int8_t *x, const int columns, const int offset) {
    int32_t sum = 0;
    for (int i = 0; i < columns; i++) {
        sum += x[i];
    }
    return -offset * sum;
}

/* Unpacked quants are below 128, so their bytes have signs here. */
INLINE int32x4_t products_added(int32x4_t sums, int32x4_t weights, int32x4_t x) {
    return vdotq_s32(sums, vreinterpretq_s8_s32(weights), vreinterpretq_s8_s32(x));
}
INLINE ints partial_add(ints partial, ints weights, ints x, ints scale, const int wide) {
    (void)scale, (void)wide;
    return EACH3(ints, products_added, partial, weights, x);
}

INLINE ints scaled_add(ints sums, ints partial, ints scale, const int wide) {
    (void)wide;
    return EACH3(ints, vmlaq_s32, sums, partial, scale);
}

INLINE ints scales_one(void) { return ints_set(1); }

INLINE ints scales_of(ints words, const int byte, const int negative) {
    ints top = ints_left(words, 24 - 8 * byte);
    return negative ? (ints){top.q0 >> 24, top.q1 >> 24, top.q2 >> 24, top.q3 >> 24} : ints_right(top, 24);
}

/* sums + bytes 0, 1, 2, 3 of each word times factors 0, 2, 1, 3. */
INLINE ints weighted_bytes(ints sums, ints words, const int16_t *factors) {
    const ints byte = ints_set(0xff);
    sums = scaled_add(sums, ints_and(words, byte), ints_set(factors[0]), 0);
    sums = scaled_add(sums, ints_and(ints_right(words, 8), byte), ints_set(factors[2]), 0);
    sums = scaled_add(sums, ints_and(ints_right(words, 16), byte), ints_set(factors[1]), 0);
    return scaled_add(sums, ints_right(words, 24), ints_set(factors[3]), 0);
}
