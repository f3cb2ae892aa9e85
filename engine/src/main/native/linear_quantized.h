/* Matrix products of quantized weights: a term is a block, its integer dot is exact. */

INLINE void quantized_tiles(
    const struct product *p, int tile, const int tiles, int token, const int tokens, const int bits) {
    const int block_bytes = TILE_ROWS * BLOCK * bits / 8;
    const int blocks = p->columns / BLOCK;
    const int8_t *x = p->quants + (size_t)token * p->columns;
    const float *x_scales = p->scales + (size_t)token * blocks;
    const int32_t *x_starts = p->starts + (size_t)token * blocks;
    const uint8_t *w = p->tiles + tile * p->tile_bytes;
    const uint8_t *const tile_end = w + p->tile_bytes;
    lanes totals[MOST_TOKENS], sums[MOST_TOKENS];
    for (int i = 0; i < tiles * tokens; i++) {
        totals[i] = lanes_set(0);
    }
    for (int first = 0; first < blocks; first += SEGMENT_BLOCKS) {
        const int count = least(SEGMENT_BLOCKS, blocks - first);
        const uint8_t *scales = w;
        const int scale_bytes = (count * 2 * TILE_ROWS + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        for (int i = 0; i < tiles && tokens < TOKEN_BLOCK; i++) {
            prefetch(w + i * p->tile_bytes + ahead(w, tile_end, p, tiles), scale_bytes);
        }
        w += scale_bytes;
        for (int i = 0; i < tiles * tokens; i++) {
            sums[i] = lanes_set(0);
        }
        for (int block = first; block < first + count; block++, w += block_bytes, scales += 2 * TILE_ROWS) {
            for (int i = 0; i < tiles; i++) {
                const uint8_t *weights = w + i * p->tile_bytes;
                ints dots[MOST_TOKENS];
                for (int t = 0; t < tokens; t++) {
                    dots[t] = ints_set(x_starts[t * blocks + block]);
                }
                if (tokens < TOKEN_BLOCK) {
                    prefetch(weights + ahead(w, tile_end, p, tiles), block_bytes);
                }
                if (bits == 8) {
                    dots_q8_0(weights, x + block * BLOCK, p->columns, tokens, dots);
                } else {
                    dots_q4_0(weights, x + block * BLOCK, p->columns, tokens, dots);
                }
                lanes scale = lanes_half(scales + i * p->tile_bytes);
                for (int t = 0; t < tokens; t++) {
                    lanes term = lanes_mul(scale, lanes_set(x_scales[t * blocks + block]));
                    sums[i * tokens + t] = lanes_fma(lanes_of_ints(dots[t]), term, sums[i * tokens + t]);
                }
            }
        }
        for (int i = 0; i < tiles * tokens; i++) {
            totals[i] = lanes_add(totals[i], sums[i]);
        }
    }
    for (int i = 0; i < tiles; i++) {
        for (int t = 0; t < tokens; t++) {
            size_t at = (size_t)(token + t) * p->num_tiles + tile + i;
            lanes_store(p->y + at * TILE_ROWS, totals[i * tokens + t]);
        }
    }
}

/* Takes away what the offsets of the weights add to the dot products. */
INLINE void start_dots(const struct product *p, const int offset) {
    const int blocks = p->columns / BLOCK * p->tokens;
    for (int block = 0; block < blocks; block++) {
        int32_t sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += p->quants[block * BLOCK + i];
        }
        p->starts[block] = -offset * sum;
    }
}

INLINE void quantized_product(const struct product *p, const int bits) {
    start_dots(p, bits == 8 ? OFFSET_Q8_0 : OFFSET_Q4_0);
    for (int token = 0; token < p->tokens; token += TOKEN_BLOCK) {
        WITH_TOKENS(least(TOKEN_BLOCK, p->tokens - token), {
            int tile = 0;
            for (; tile + TILES_FOR(TOKENS) <= p->num_tiles; tile += TILES_FOR(TOKENS)) {
                quantized_tiles(p, tile, TILES_FOR(TOKENS), token, TOKENS, bits);
            }
            for (; tile < p->num_tiles; tile++) {
                quantized_tiles(p, tile, 1, token, TOKENS, bits);
            }
        });
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
