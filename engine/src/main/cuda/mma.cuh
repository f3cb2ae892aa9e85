/*
 * Integer matrix products of a warp: C += A B with A of 16 rows of unsigned bytes, B of 8 columns of signed ones and exact
 * sums. With g = lane / 4 and j = lane % 4, a thread holds the words
 *     a[0], a[1]: rows g, g + 8, unit j of four k;   a[2], a[3]: the same rows, unit j + 4
 *     b[0], b[1]: column g, units j and j + 4
 *     c[0], c[1]: row g, columns 2 j, 2 j + 1;       c[2], c[3]: row g + 8
 */
#pragma once

#include "device.cuh"

#ifdef __CUDACC__
#if __CUDA_ARCH__ >= 800

INLINE void mma_k16(int (&c)[4], uint32_t a0, uint32_t a1, int b) {
    asm("mma.sync.aligned.m16n8k16.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a0), "r"(a1), "r"(b));
}

INLINE void mma_k32(int (&c)[4], const uint32_t (&a)[4], const int (&b)[2]) {
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

#else

INLINE void mma_8_rows(int &c0, int &c1, uint32_t a, int b) {
    asm("mma.sync.aligned.m8n8k16.row.col.s32.u8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
        : "+r"(c0), "+r"(c1)
        : "r"(a), "r"(b));
}

INLINE void mma_k16(int (&c)[4], uint32_t a0, uint32_t a1, int b) {
    mma_8_rows(c[0], c[1], a0, b);
    mma_8_rows(c[2], c[3], a1, b);
}

INLINE void mma_k32(int (&c)[4], const uint32_t (&a)[4], const int (&b)[2]) {
    mma_k16(c, a[0], a[1], b[0]);
    mma_k16(c, a[2], a[3], b[1]);
}

#endif
#else

struct mma_words {
    uint32_t a0, a1;
    int b;
};

INLINE void mma_k16_at(int (&c)[4], uint32_t a0, uint32_t a1, int b, const void *place) {
    mma_words own = {a0, a1, b};
    mma_words all[32];
    simt::exchange(&own, all, sizeof own, place);
    const int g = simt::lane() / 4;
    const int j = simt::lane() % 4;
    for (int i = 0; i < 4; i++) {
        for (int unit = 0; unit < 4; unit++) {
            const mma_words &row = all[4 * g + unit];
            c[i] = dot4(i < 2 ? row.a0 : row.a1, all[4 * (2 * j + i % 2) + unit].b, c[i]);
        }
    }
}
#define mma_k16(c, a0, a1, b) mma_k16_at(c, a0, a1, b, SIMT_PLACE)

INLINE void mma_k32(int (&c)[4], const uint32_t (&a)[4], const int (&b)[2]) {
    mma_k16(c, a[0], a[1], b[0]);
    mma_k16(c, a[2], a[3], b[1]);
}

#endif
