/*
 * What the bits of the quantized types mean: the planes of their tiles, and how these are unpacked for 16 rows at a
 * time (docs/arithmetic.md, "Row tiles"). All that is written for one type, or for some of them, is in this file.
 */

enum { MOST_PLANES = 5, SUPERBLOCK = 256, PARTS = SUPERBLOCK / BLOCK, GROUP = 16, GROUPS = SUPERBLOCK / GROUP };

/*
 * Sums over a group have one integer scale. Unpacked quants are bytes without sign, value + offset, but for those of 8
 * bits, which are as wide products of the instruction set take them. Where 16 bits hold partial sums of rows, those over
 * half a group must fit: 8 |value| * 127 of 16 columns, 16 |value| * 127 of 32.
 */
struct format {
    int block; /* columns: 32 or 256 */
    int group; /* columns: 16 or 32 */
    int offset;
    int wide;
    int minimum; /* columns with one minimum: 16 or 32; 0 without */
    int together; /* parts, 32 columns of a block, that share bytes */
    int ahead;    /* bytes to prefetch: more where a plane far behind belongs to the first block of a segment */
    uint8_t planes[MOST_PLANES]; /* bytes per block of a row */
};

static const struct format formats[] = {
    [WEIGHTS_Q8_0] = {32, 32, WIDE_OFFSET, 1, 0, 1, PREFETCH, {2, 32}},
    [WEIGHTS_Q4_0] = {32, 32, 8, 0, 0, 1, PREFETCH, {2, 16}},
    [WEIGHTS_Q4_1] = {32, 32, 0, 0, 32, 1, PREFETCH, {2, 2, 16}},
    [WEIGHTS_Q5_0] = {32, 32, 16, 0, 0, 1, PREFETCH, {2, 16, 4}},
    [WEIGHTS_Q5_1] = {32, 16, 0, 0, 32, 1, PREFETCH, {2, 2, 16, 4}},
    [WEIGHTS_Q2_K] = {256, 16, 0, 0, 16, 4, PREFETCH, {2, 2, 16, 64}},
    [WEIGHTS_Q3_K] = {256, 16, 4, 0, 0, 4, 4096, {2, 12, 64, 32}},
    [WEIGHTS_Q4_K] = {256, 32, 0, 0, 32, 2, 1536, {2, 2, 12, 128}},
    [WEIGHTS_Q5_K] = {256, 16, 0, 0, 32, 2, 6144, {2, 2, 12, 128, 32}},
    [WEIGHTS_Q6_K] = {256, 16, 32, 0, 0, 4, 6144, {2, 16, 128, 64}},
    [WEIGHTS_IQ4_NL] = {32, 32, WIDE_OFFSET, 1, 0, 1, PREFETCH, {2, 16}},
    [WEIGHTS_IQ4_XS] = {256, 32, WIDE_OFFSET, 1, 0, 1, PREFETCH, {2, 2, 4, 128}},
    [WEIGHTS_MXFP4] = {32, 32, 12, 0, 0, 1, PREFETCH, {1, 16}},
};

/* ggml's kvalues_iq4nl. */
#define IQ4(v) (int8_t)((v) + WIDE_OFFSET)
static const int8_t iq4[16] = {
    IQ4(-127), IQ4(-104), IQ4(-83), IQ4(-65), IQ4(-49), IQ4(-35), IQ4(-22), IQ4(-10),
    IQ4(1),    IQ4(13),   IQ4(25),  IQ4(38),  IQ4(53),  IQ4(69),  IQ4(89),  IQ4(113)};
#undef IQ4

/* The numbers of E2M1 doubled, + 12. */
static const int8_t e2m1[16] = {12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0};

INLINE ints bytes_set(uint8_t value) { return ints_set((int32_t)(value * 0x01010101u)); }

/* Some bits of each byte, moved up or down together; none may leave its byte. */
INLINE ints bits(ints a, const int down, const uint8_t mask) {
    ints moved = down > 0 ? ints_right(a, down) : down < 0 ? ints_left(a, -down) : a;
    return ints_and(moved, bytes_set(mask));
}

/* Functions from here on take planes from the start of a block. */
INLINE ints unit_at(const uint8_t *plane, const int unit) { return ints_load(plane + ALIGNMENT * unit); }

/* Unit of 32 columns that lie in the low halves of 16 bytes, then in the high ones. */
INLINE ints nibbles(const uint8_t *plane, const int unit) {
    return bits(unit_at(plane, unit % 4), unit / 4 * 4, 0xf);
}

INLINE ints fifth_bits(const uint8_t *plane, const int unit) {
    return bits(unit_at(plane, 0), unit - 4, 0x10);
}

/* Four columns of a part, 32 columns, of a block: unit 0 to 7 of its part. */
INLINE ints quants(
    const enum weights type, const uint8_t *const *planes, const int part, const int unit) {
    switch (type) {
        case WEIGHTS_Q8_0:
            return ints_xor(unit_at(planes[1], unit), bytes_set(0x80 ^ WIDE_OFFSET));
        case WEIGHTS_Q4_0:
            return nibbles(planes[1], unit);
        case WEIGHTS_Q4_1:
            return nibbles(planes[2], unit);
        case WEIGHTS_Q5_0:
            return ints_or(nibbles(planes[1], unit), fifth_bits(planes[2], unit));
        case WEIGHTS_Q5_1:
            return ints_or(nibbles(planes[2], unit), fifth_bits(planes[3], unit));
        case WEIGHTS_Q2_K:
            return bits(unit_at(planes[3], 8 * (part / 4) + unit), 2 * (part % 4), 3);
        case WEIGHTS_Q3_K:
            return ints_or(
                bits(unit_at(planes[2], 8 * (part / 4) + unit), 2 * (part % 4), 3),
                bits(unit_at(planes[3], unit), part - 2, 4));
        case WEIGHTS_Q4_K:
            return bits(unit_at(planes[3], 8 * (part / 2) + unit), 4 * (part % 2), 0xf);
        case WEIGHTS_Q5_K:
            return ints_or(
                bits(unit_at(planes[3], 8 * (part / 2) + unit), 4 * (part % 2), 0xf),
                bits(unit_at(planes[4], unit), part - 4, 0x10));
        case WEIGHTS_Q6_K:
            return ints_or(
                bits(unit_at(planes[2], 16 * (part / 4) + 8 * (part % 2) + unit), part % 4 / 2 * 4, 0xf),
                bits(unit_at(planes[3], 8 * (part / 4) + unit), 2 * (part % 4) - 4, 0x30));
        case WEIGHTS_IQ4_NL:
            return ints_lookup(iq4, nibbles(planes[1], unit));
        case WEIGHTS_IQ4_XS:
            return ints_lookup(iq4, nibbles(planes[3] + 4 * ALIGNMENT * part, unit));
        case WEIGHTS_MXFP4:
            return ints_lookup(e2m1, nibbles(planes[1], unit));
        case WEIGHTS_F32:
        case WEIGHTS_F16:
        case WEIGHTS_BF16:
            break;
    }
    __builtin_unreachable();
}

INLINE void scales_of_word(ints word, const int negative, ints *scales) {
    scales[0] = scales_of(word, 0, negative);
    scales[1] = scales_of(word, 1, negative);
    scales[2] = scales_of(word, 2, negative);
    scales[3] = scales_of(word, 3, negative);
}

/* The scales of a superblock by group, or by part where groups are as large, and its minimums as words of four. */
INLINE void unpack_scales(
    const enum weights type, const uint8_t *const *planes, ints *scales, ints *minimums) {
    switch (type) {
        case WEIGHTS_Q2_K:
            for (int i = 0; i < 4; i++) {
                ints pairs = unit_at(planes[2], i);
                scales_of_word(bits(pairs, 0, 0xf), 0, scales + 4 * i);
                minimums[i] = bits(pairs, 4, 0xf);
            }
            break;
        case WEIGHTS_Q3_K:
            for (int i = 0; i < 4; i++) {
                ints low = bits(unit_at(planes[1], i % 2), i / 2 * 4, 0xf);
                ints high = bits(unit_at(planes[1], 2), 2 * i - 4, 0x30);
                scales_of_word(ints_sub_bytes(ints_or(low, high), bytes_set(32)), 1, scales + 4 * i);
            }
            break;
        case WEIGHTS_Q4_K:
        case WEIGHTS_Q5_K: {
            ints low_scales = unit_at(planes[2], 0);
            ints low_minimums = unit_at(planes[2], 1);
            ints halves = unit_at(planes[2], 2);
            minimums[0] = bits(low_minimums, 0, 0x3f);
            minimums[1] = ints_or(bits(halves, 4, 0xf), bits(low_minimums, 2, 0x30));
            scales_of_word(bits(low_scales, 0, 0x3f), 0, scales);
            scales_of_word(ints_or(bits(halves, 0, 0xf), bits(low_scales, 2, 0x30)), 0, scales + 4);
            break;
        }
        case WEIGHTS_Q6_K:
            for (int i = 0; i < 4; i++) {
                scales_of_word(unit_at(planes[1], i), 1, scales + 4 * i);
            }
            break;
        case WEIGHTS_IQ4_XS: {
            ints halves = unit_at(planes[2], 0);
            ints high = ints_of_halves(planes[1]);
            high = ints_and(ints_or(high, ints_left(high, 8)), ints_set(0x00ff00ff));
            high = ints_or(high, ints_left(high, 4));
            ints even = ints_sub_bytes(ints_or(bits(halves, 0, 0xf), bits(high, -4, 0x30)), bytes_set(32));
            ints odd = ints_sub_bytes(ints_or(bits(halves, 4, 0xf), bits(high, -2, 0x30)), bytes_set(32));
            for (int i = 0; i < 4; i++) {
                scales[2 * i] = scales_of(even, i, 1);
                scales[2 * i + 1] = scales_of(odd, i, 1);
            }
            break;
        }
        case WEIGHTS_F32:
        case WEIGHTS_F16:
        case WEIGHTS_BF16:
        case WEIGHTS_Q8_0:
        case WEIGHTS_Q4_0:
        case WEIGHTS_Q4_1:
        case WEIGHTS_Q5_0:
        case WEIGHTS_Q5_1:
        case WEIGHTS_IQ4_NL:
        case WEIGHTS_MXFP4:
            break;
    }
}

/* Place of the scale of a group of format.group columns among the unpacked ones. */
INLINE int scale_place(const enum weights type, const int group) { return type == WEIGHTS_Q5_K ? group / 2 : group; }

/* The scale of a block. */
INLINE lanes block_scale(const enum weights type, const uint8_t *const *planes) {
    if (type == WEIGHTS_MXFP4) {
        /* Half of 2^(e - 127). The two smallest are subnormal, and only for them is the second the greater one. */
        ints e = ints_of_bytes(planes[0]);
        return lanes_of_bits(
            ints_max(ints_left(ints_sub(e, ints_set(1)), 23), ints_left(ints_add(e, ints_set(1)), 21)));
    }
    return lanes_half(planes[0]);
}

/* What the sums of minimums are multiplied with, less its sign: ggml adds the minimums of blocks of 32. */
INLINE lanes block_minimum(const uint8_t *const *planes) {
    return lanes_half(planes[1]);
}
