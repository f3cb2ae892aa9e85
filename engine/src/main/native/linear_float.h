/* Matrix products of F32, F16 and BF16 weights: a term is an element. Several tiles side by side hide the latency. */

enum float_type { TYPE_F32, TYPE_F16, TYPE_BF16 };

/* The next two columns of a tile; of F32 the second is read only if it exists. */
INLINE void two_columns(const uint8_t *w, const enum float_type type, lanes *first, lanes *second, const int both) {
    switch (type) {
        case TYPE_F32:
            *first = lanes_load((const float *)w);
            *second = both ? lanes_load((const float *)w + LANES) : lanes_set(0);
            break;
        case TYPE_F16:
            lanes_half_pair(w, first, second);
            break;
        case TYPE_BF16:
            lanes_bfloat_pair(w, first, second);
            break;
    }
}

INLINE void float_tiles(
    const struct product *p, int tile, const int tiles, int token, const int tokens, const enum float_type type) {
    const int pair_bytes = type == TYPE_F32 ? 2 * ALIGNMENT : ALIGNMENT;
    const float *x = p->x + (size_t)token * p->columns;
    const uint8_t *w = p->tiles + tile * p->tile_bytes;
    const uint8_t *const tile_end = w + p->tile_bytes;
    lanes totals[MOST_TOKENS], sums[MOST_TOKENS];
    for (int i = 0; i < tiles * tokens; i++) {
        totals[i] = lanes_set(0);
    }
    for (int start = 0; start < p->columns; start += SEGMENT) {
        const int end = least(start + SEGMENT, p->columns);
        for (int i = 0; i < tiles * tokens; i++) {
            sums[i] = lanes_set(0);
        }
        int column = start;
        for (; column + 1 < end; column += 2, w += pair_bytes) {
            for (int i = 0; i < tiles; i++) {
                lanes first, second;
                if (tokens < TOKEN_BLOCK) {
                    prefetch(w + i * p->tile_bytes + ahead(w, tile_end, p, tiles), pair_bytes);
                }
                two_columns(w + i * p->tile_bytes, type, &first, &second, 1);
#pragma GCC unroll 8
                for (int t = 0; t < tokens; t++) {
                    const float *columns = x + (size_t)t * p->columns + column;
                    sums[i * tokens + t] = lanes_fma(first, lanes_set(columns[0]), sums[i * tokens + t]);
                    sums[i * tokens + t] = lanes_fma(second, lanes_set(columns[1]), sums[i * tokens + t]);
                }
            }
        }
        if (column < end) {
            for (int i = 0; i < tiles; i++) {
                lanes first, second;
                two_columns(w + i * p->tile_bytes, type, &first, &second, 0);
                for (int t = 0; t < tokens; t++) {
                    float value = x[(size_t)t * p->columns + column];
                    sums[i * tokens + t] = lanes_fma(first, lanes_set(value), sums[i * tokens + t]);
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

INLINE void float_product(const struct product *p, const enum float_type type) {
    for (int token = 0; token < p->tokens; token += TOKEN_BLOCK) {
        WITH_TOKENS(least(TOKEN_BLOCK, p->tokens - token), {
            int tile = 0;
            for (; tile + TILES_FOR(TOKENS) <= p->num_tiles; tile += TILES_FOR(TOKENS)) {
                float_tiles(p, tile, TILES_FOR(TOKENS), token, TOKENS, type);
            }
            for (; tile < p->num_tiles; tile++) {
                float_tiles(p, tile, 1, token, TOKENS, type);
            }
        });
    }
}

static void product_f32(const struct product *p) { float_product(p, TYPE_F32); }
static void product_f16(const struct product *p) { float_product(p, TYPE_F16); }
static void product_bf16(const struct product *p) { float_product(p, TYPE_BF16); }
