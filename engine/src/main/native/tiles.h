/* What all matrix products over row tiles share. */

/* Bytes to prefetch ahead. */
enum { PREFETCH = 2048 };

INLINE int least(int a, int b) { return a < b ? a : b; }

/* Runs a statement with a constant number of tokens, 1 to most, itself a constant of at most 8. */
#define WITH_TOKENS(count, most, statement)                \
    switch (count) {                                       \
        case 1:                                            \
            if (1 <= most) {                               \
                enum { TOKENS = 1 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 2:                                            \
            if (2 <= most) {                               \
                enum { TOKENS = 2 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 3:                                            \
            if (3 <= most) {                               \
                enum { TOKENS = 3 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 4:                                            \
            if (4 <= most) {                               \
                enum { TOKENS = 4 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 5:                                            \
            if (5 <= most) {                               \
                enum { TOKENS = 5 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 6:                                            \
            if (6 <= most) {                               \
                enum { TOKENS = 6 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 7:                                            \
            if (7 <= most) {                               \
                enum { TOKENS = 7 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
        case 8:                                            \
            if (8 <= most) {                               \
                enum { TOKENS = 8 };                       \
                statement;                                 \
            }                                              \
            break;                                         \
    }

INLINE void prefetch(const uint8_t *p, const int bytes) {
#pragma GCC unroll 16
    for (int line = 0; line < bytes; line += ALIGNMENT) {
        __builtin_prefetch(p + line);
    }
}

/* One of eight shares of what is to be prefetched: all at once would wait for each other. */
INLINE void prefetch_share(const uint8_t *p, const int bytes, const int share) {
    const int lines = (bytes + ALIGNMENT - 1) / ALIGNMENT;
#pragma GCC unroll 8
    for (int line = lines * share / 8; line < lines * (share + 1) / 8; line++) {
        __builtin_prefetch(p + ALIGNMENT * line);
    }
}

/* How far ahead to prefetch: past the end of a tile come those of the next group of tiles side by side. */
INLINE size_t ahead(
    const uint8_t *w, const uint8_t *tile_end, const struct product *p, const int tiles, const size_t distance) {
    return distance + ((size_t)(tile_end - w) > distance ? 0 : (tiles - 1) * p->tile_bytes);
}
