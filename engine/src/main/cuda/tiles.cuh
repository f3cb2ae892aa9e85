/*
 * docs/arithmetic.md, "Row tiles": what the bytes of each type mean. An object of a type stands for one row of one segment
 * of a tile. unit() is four columns, one in each byte, as unsigned numbers that are OFFSET greater than the quants: those
 * from 32 part + 16 half + 4 i of a block on. The 16 rows of a tile have the same unit in 64 bytes, so lanes that are
 * rows read side by side.
 */
#pragma once

#include "numbers.cuh"

enum { TILE_ROWS = 16, SEGMENT = 512, PART = 32, GROUP_COLUMNS = 16 };

/* Planes with so many bytes per block, each padded to 64 bytes. */
template <int... BYTES>
struct planes {
    template <int PLANE>
    METHOD static constexpr int start(int) {
        return 0;
    }
};

template <int FIRST, int... REST>
struct planes<FIRST, REST...> {
    enum { COUNT = 1 + sizeof...(REST) };
    template <int PLANE>
    METHOD static constexpr int start(int blocks) {
        if constexpr (PLANE == 0) {
            return 0;
        } else {
            return (TILE_ROWS * FIRST * blocks + 63) / 64 * 64 + planes<REST...>::template start<PLANE - 1>(blocks);
        }
    }
    METHOD static constexpr int end(int blocks) { return start<COUNT>(blocks); }
};

/* The only plane of a float type, where a row has whole words. */
template <int BYTES>
struct float_plane {
    template <int PLANE>
    METHOD static constexpr int start(int) {
        return 0;
    }
    METHOD static constexpr int end(int columns) { return TILE_ROWS * ((BYTES * columns + 3) / 4 * 4); }
};

template <class TYPE>
INLINE size_t segment_start(int segment) {
    return static_cast<size_t>(segment) * TYPE::layout::end(SEGMENT / TYPE::BLOCK);
}

template <class TYPE>
INLINE size_t tile_bytes(int columns) {
    int segments = (columns - 1) / SEGMENT;
    return segment_start<TYPE>(segments) + TYPE::layout::end((columns - segments * SEGMENT) / TYPE::BLOCK);
}

/* Four nibbles. */
INLINE uint32_t nibbles(uint32_t word, int high) { return word >> 4 * high & 0x0f0f0f0fu; }

/* A bit of each byte, or two, at a place where a quant needs them. */
INLINE uint32_t bits(uint32_t word, int from, uint32_t mask, int to) { return (word >> from & mask) << to; }

INLINE int byte_of(uint32_t word, int i) { return static_cast<int>(word >> 8 * i & 0xff); }

/* A table of 16 bytes at four nibbles. */
INLINE uint32_t looked_up(uint32_t indexes, uint32_t t0, uint32_t t1, uint32_t t2, uint32_t t3) {
    uint32_t packed = indexes | indexes >> 4; /* the selectors of bytes 0, 1 and of 2, 3 */
    uint32_t selector = (packed & 0xffu) | (packed >> 8 & 0xff00u);
    uint32_t low = __byte_perm(t0, t1, selector & 0x7777u);
    uint32_t high = __byte_perm(t2, t3, selector & 0x7777u);
    uint32_t upper = (indexes & 0x08080808u) >> 3; /* 1 where the upper half of the table is meant */
    uint32_t mask = upper * 0xffu;
    return (low & ~mask) | (high & mask);
}

/* ggml's kvalues_iq4nl, and E2M1's numbers doubled; both plus 128. */
INLINE uint32_t iq4(uint32_t indexes) {
    return looked_up(indexes, 0x3f2d1801u, 0x766a5d4fu, 0xa6998d81u, 0xf1d9c5b5u);
}
INLINE uint32_t e2m1(uint32_t indexes) {
    return looked_up(indexes, 0x83828180u, 0x8c888684u, 0x7d7e7f80u, 0x74787a7cu);
}

/* One row of a segment. */
template <class LAYOUT>
struct row_of_segment {
    using layout = LAYOUT;
    const uint8_t *segment;
    int blocks;
    int row;

    METHOD row_of_segment(const uint8_t *segment, int blocks, int row) : segment(segment), blocks(blocks), row(row) {}

    /* A word of the row in a plane with the unit 4. */
    template <int PLANE>
    METHOD uint32_t word(int index) const {
        const uint8_t *plane = segment + LAYOUT::template start<PLANE>(blocks);
        return reinterpret_cast<const uint32_t *>(plane)[row + TILE_ROWS * index];
    }
    /* Two bytes of a block in a plane with the unit 2. */
    template <int PLANE>
    METHOD uint16_t two_bytes(int block) const {
        const uint8_t *plane = segment + LAYOUT::template start<PLANE>(blocks);
        return reinterpret_cast<const uint16_t *>(plane)[row + TILE_ROWS * block];
    }
    METHOD float d(int block) const { return half_to_float(two_bytes<0>(block)); }
};

/*
 * A block of 32 columns with one scale. AT_ONCE blocks are read before they are waited for, TOGETHER parts of a block come
 * from the same words.
 */
template <class LAYOUT, int NUMBER_OFFSET, bool HAS_MINIMUM, int BLOCKS_AT_ONCE = 4>
struct block_32 : row_of_segment<LAYOUT> {
    enum { BLOCK = 32, GROUP = 32, TOGETHER = 1, AT_ONCE = BLOCKS_AT_ONCE, OFFSET = NUMBER_OFFSET, MINIMUM = HAS_MINIMUM };
    using row_of_segment<LAYOUT>::row_of_segment;
    METHOD int scale(int, int) const { return 1; }
    METHOD int minimum(int, int) const { return 1; }
    /* What a block's minimum is multiplied with; ggml adds it. */
    METHOD float dmin(int block) const { return -half_to_float(this->template two_bytes<1>(block)); }
};

/* A block of 256 columns in groups of GROUP columns with scales of their own. */
template <class LAYOUT, int GROUP_SIZE, int PARTS_TOGETHER, int NUMBER_OFFSET, bool HAS_MINIMUM>
struct block_256 : row_of_segment<LAYOUT> {
    enum { BLOCK = 256, GROUP = GROUP_SIZE, TOGETHER = PARTS_TOGETHER, AT_ONCE = 1, OFFSET = NUMBER_OFFSET, MINIMUM = HAS_MINIMUM };
    using row_of_segment<LAYOUT>::row_of_segment;
    METHOD float dmin(int block) const { return half_to_float(this->template two_bytes<1>(block)); }
    METHOD int minimum(int, int) const { return 0; }
};

struct q8_0 : block_32<planes<2, 32>, 128, false> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const { return word<1>(8 * block + 4 * half + i); }
};

struct q4_0 : block_32<planes<2, 16>, 8, false> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const { return nibbles(word<1>(4 * block + i), half); }
};

struct q4_1 : block_32<planes<2, 2, 16>, 0, true> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const { return nibbles(word<2>(4 * block + i), half); }
};

struct q5_0 : block_32<planes<2, 16, 4>, 16, false> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const {
        return nibbles(word<1>(4 * block + i), half) | bits(word<2>(block), 4 * half + i, 0x01010101u, 4);
    }
};

struct q5_1 : block_32<planes<2, 2, 16, 4>, 0, true> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const {
        return nibbles(word<2>(4 * block + i), half) | bits(word<3>(block), 4 * half + i, 0x01010101u, 4);
    }
};

struct iq4_nl : block_32<planes<2, 16>, 128, false, 2> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const { return iq4(nibbles(word<1>(4 * block + i), half)); }
};

struct mxfp4 : block_32<planes<1, 16>, 128, false, 2> {
    using block_32::block_32;
    METHOD uint32_t unit(int block, int, int half, int i) const { return e2m1(nibbles(word<1>(4 * block + i), half)); }
    /* 2^(e - 128); the two smallest are subnormal. */
    METHOD float d(int block) const {
        int e = segment[row + TILE_ROWS * block];
        return __int_as_float(e < 2 ? 1 << (21 + e) : (e - 1) << 23);
    }
};

struct q2_k : block_256<planes<2, 2, 16, 64>, 16, 4, 0, true> {
    using block_256::block_256;
    METHOD uint32_t unit(int block, int part, int half, int i) const {
        return bits(word<3>(16 * block + 8 * (part / 4) + 4 * half + i), 2 * (part % 4), 0x03030303u, 0);
    }
    METHOD int scale(int block, int group) const { return byte_of(word<2>(4 * block + group / 4), group % 4) & 0xf; }
    METHOD int minimum(int block, int group) const { return byte_of(word<2>(4 * block + group / 4), group % 4) >> 4; }
};

struct q3_k : block_256<planes<2, 12, 64, 32>, 16, 4, 4, false> {
    using block_256::block_256;
    METHOD uint32_t unit(int block, int part, int half, int i) const {
        return bits(word<2>(16 * block + 8 * (part / 4) + 4 * half + i), 2 * (part % 4), 0x03030303u, 0)
            | bits(word<3>(8 * block + 4 * half + i), part, 0x01010101u, 2);
    }
    METHOD int scale(int block, int group) const {
        int low = byte_of(word<1>(3 * block + group % 8 / 4), group % 4) >> 4 * (group / 8) & 0xf;
        int high = byte_of(word<1>(3 * block + 2), group % 4) >> 2 * (group / 4) & 3;
        return (high << 4 | low) - 32;
    }
};

/* The scales and minimums of Q4_K and Q5_K. */
template <class LAYOUT>
struct scales_of_6_bits : block_256<LAYOUT, 32, 2, 0, true> {
    using block_256<LAYOUT, 32, 2, 0, true>::block_256;
    METHOD int six_bits(int block, int part, int which) const {
        int byte = byte_of(this->template word<2>(3 * block + which), part % 4);
        int low = byte_of(this->template word<2>(3 * block + 2), part % 4) >> 4 * which & 0xf;
        return part < 4 ? byte & 0x3f : byte >> 6 << 4 | low;
    }
    METHOD int scale(int block, int part) const { return six_bits(block, part, 0); }
    METHOD int minimum(int block, int part) const { return six_bits(block, part, 1); }
};

struct q4_k : scales_of_6_bits<planes<2, 2, 12, 128>> {
    using scales_of_6_bits::scales_of_6_bits;
    METHOD uint32_t unit(int block, int part, int half, int i) const {
        return nibbles(word<3>(32 * block + 8 * (part / 2) + 4 * half + i), part % 2);
    }
};

struct q5_k : scales_of_6_bits<planes<2, 2, 12, 128, 32>> {
    using scales_of_6_bits::scales_of_6_bits;
    METHOD uint32_t unit(int block, int part, int half, int i) const {
        return nibbles(word<3>(32 * block + 8 * (part / 2) + 4 * half + i), part % 2)
            | bits(word<4>(8 * block + 4 * half + i), part, 0x01010101u, 4);
    }
};

struct q6_k : block_256<planes<2, 16, 128, 64>, 16, 4, 32, false> {
    using block_256::block_256;
    METHOD uint32_t unit(int block, int part, int half, int i) const {
        return nibbles(word<2>(32 * block + 16 * (part / 4) + 8 * (part % 2) + 4 * half + i), part % 4 / 2)
            | bits(word<3>(16 * block + 8 * (part / 4) + 4 * half + i), 2 * (part % 4), 0x03030303u, 4);
    }
    METHOD int scale(int block, int group) const {
        return static_cast<int8_t>(byte_of(word<1>(4 * block + group / 4), group % 4));
    }
};

struct iq4_xs : block_256<planes<2, 2, 4, 128>, 32, 2, 128, false> {
    using block_256::block_256;
    METHOD uint32_t unit(int block, int part, int half, int i) const {
        return iq4(nibbles(word<3>(32 * block + 4 * part + i), half));
    }
    METHOD int scale(int block, int part) const {
        int low = static_cast<int>(word<2>(block) >> 4 * part & 0xf);
        int high = two_bytes<1>(block) >> 2 * part & 3;
        return (high << 4 | low) - 32;
    }
};

/* The sum of a block as a float; of a block of 256 columns it can need the conversion that rounds. */
template <class TYPE>
INLINE float integer_sum(int value) {
    return TYPE::BLOCK == 32 ? small_integer(value) : static_cast<float>(value);
}

/* Float types: a block is an element, and a unit one column of F32 or two of the others. */
struct f32 : row_of_segment<float_plane<4>> {
    enum { BLOCK = 1, UNIT = 1 };
    using row_of_segment::row_of_segment;
    METHOD static float column(uint32_t unit, int) { return __int_as_float(static_cast<int>(unit)); }
};

struct f16 : row_of_segment<float_plane<2>> {
    enum { BLOCK = 1, UNIT = 2 };
    using row_of_segment::row_of_segment;
    METHOD static float column(uint32_t unit, int i) { return half_to_float(static_cast<uint16_t>(unit >> 16 * i)); }
};

struct bf16 : row_of_segment<float_plane<2>> {
    enum { BLOCK = 1, UNIT = 2 };
    using row_of_segment::row_of_segment;
    METHOD static float column(uint32_t unit, int i) { return bfloat_to_float(static_cast<uint16_t>(unit >> 16 * i)); }
};
