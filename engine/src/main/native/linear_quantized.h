/* Matrix products of quantized weights: a term is a block, its integer dot is exact. */

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

INLINE void quantized_tile(const struct product *p, int tile, int token, const int tokens, const int bits) {
    const int block_bytes = TILE_ROWS * BLOCK * bits / 8;
    const int blocks = p->columns / BLOCK;
    const int8_t *x = p->quants + (size_t)token * p->columns;
    const float *x_scales = p->scales + (size_t)token * blocks;
    const int32_t *x_starts = p->starts + (size_t)token * blocks;
    const uint8_t *w = p->tiles + tile * p->tile_bytes;
    lanes totals[MOST_TOKENS];
    for (int t = 0; t < tokens; t++) {
        totals[t] = lanes_set(0);
    }
    for (int first = 0; first < blocks; first += SEGMENT_BLOCKS) {
        const int count = least(SEGMENT_BLOCKS, blocks - first);
        const uint8_t *scales = w;
        w += (count * 2 * TILE_ROWS + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        lanes sums[MOST_TOKENS];
        for (int t = 0; t < tokens; t++) {
            sums[t] = lanes_set(0);
        }
        for (int block = first; block < first + count; block++, w += block_bytes, scales += 2 * TILE_ROWS) {
            ints dots[MOST_TOKENS];
            for (int t = 0; t < tokens; t++) {
                dots[t] = ints_set(x_starts[t * blocks + block]);
            }
            if (tokens < TOKEN_BLOCK) {
                for (int line = 0; line < block_bytes; line += ALIGNMENT) {
                    _mm_prefetch((const char *)w + PREFETCH + line, _MM_HINT_T0);
                }
            }
            if (bits == 8) {
                dots_q8_0(w, x + block * BLOCK, p->columns, tokens, dots);
            } else {
                dots_q4_0(w, x + block * BLOCK, p->columns, tokens, dots);
            }
            lanes scale = lanes_half(scales);
            for (int t = 0; t < tokens; t++) {
                lanes term = lanes_mul(scale, lanes_set(x_scales[t * blocks + block]));
                sums[t] = lanes_fma(lanes_of_ints(dots[t]), term, sums[t]);
            }
        }
        for (int t = 0; t < tokens; t++) {
            totals[t] = lanes_add(totals[t], sums[t]);
        }
    }
    for (int t = 0; t < tokens; t++) {
        lanes_store(p->y + ((size_t)(token + t) * p->num_tiles + tile) * TILE_ROWS, totals[t]);
    }
}

INLINE void quantized_product(const struct product *p, const int bits) {
    for (int tile = 0; tile < p->num_tiles; tile++) {
        for (int token = 0; token < p->tokens; token += TOKEN_BLOCK) {
            WITH_TOKENS(least(TOKEN_BLOCK, p->tokens - token), quantized_tile(p, tile, token, TOKENS, bits));
        }
    }
}

static void product_q8_0(const struct product *p) { quantized_product(p, 8); }
static void product_q4_0(const struct product *p) { quantized_product(p, 4); }

static void quantize(const float *x, int blocks, int8_t *quants, float *scales) {
    const int32_t least_magnitude = 0x0d800000; /* 2^-100 */
    const int32_t infinity = 0x7f800000;
    for (int block = 0; block < blocks; block++, x += BLOCK, quants += BLOCK) {
        lanes first = lanes_load(x);
        lanes second = lanes_load(x + LANES);
        ints magnitude = ints_set(0x7fffffff);
        int32_t magnitudes[LANES];
        ints_store(
            magnitudes,
            ints_max(ints_and(ints_of_bits(first), magnitude), ints_and(ints_of_bits(second), magnitude)));
        int32_t max = 0;
        for (int i = 0; i < LANES; i++) {
            max = magnitudes[i] > max ? magnitudes[i] : max;
        }
        if (max < least_magnitude || max >= infinity) {
            memset(quants, 0, BLOCK);
            scales[block] = max < least_magnitude ? 0 : __builtin_nanf("");
            continue;
        }
        float greatest;
        memcpy(&greatest, &max, sizeof greatest);
        lanes factor = lanes_set(127 / greatest);
        ints_store_bytes(quants, ints_rounded(lanes_mul(first, factor)));
        ints_store_bytes(quants + LANES, ints_rounded(lanes_mul(second, factor)));
        scales[block] = greatest / 127;
    }
}
