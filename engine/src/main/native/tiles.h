/* What all matrix products over row tiles share. */

enum { PREFETCH = 4096 };

INLINE int least(int a, int b) { return a < b ? a : b; }

/* Runs a statement with a constant number of tokens, at most MOST_TOKENS. */
#define WITH_TOKENS(count, statement)                   \
    switch (count) {                                    \
        case 1: { enum { TOKENS = 1 }; statement; break; } \
        case 2: { enum { TOKENS = 2 }; statement; break; } \
        case 3: { enum { TOKENS = 3 }; statement; break; } \
        case 4: { enum { TOKENS = 4 }; statement; break; } \
        case 5: { enum { TOKENS = 5 }; statement; break; } \
        case 6: { enum { TOKENS = 6 }; statement; break; } \
        case 7: { enum { TOKENS = 7 }; statement; break; } \
        default: { enum { TOKENS = 8 }; statement; break; } \
    }

/* So many tiles side by side hide the latencies when there are few tokens; more get in the way of the prefetcher. */
#define TILES_FOR(tokens) ((tokens) * 2 <= TOKEN_BLOCK ? 2 : 1)

INLINE void prefetch(const uint8_t *p, const int bytes) {
    for (int line = 0; line < bytes; line += ALIGNMENT) {
        _mm_prefetch((const char *)p + line, _MM_HINT_T0);
    }
}

/* How far ahead to prefetch: past the end of a tile come those of the next group of tiles. */
INLINE size_t ahead(const uint8_t *w, const uint8_t *tile_end, const struct product *p, const int tiles) {
    return tile_end - w > PREFETCH ? PREFETCH : PREFETCH + (tiles - 1) * p->tile_bytes;
}
