/*
 * Matrix products of F32, F16 and BF16 weights: a term is an element. A few tokens read the weights from their tiles,
 * several tiles side by side to hide the latency; more tokens share columns that are converted once, into a panel.
 */

/* So many tiles side by side hide the latencies when there are few tokens; more get in the way of the prefetcher. */
#define TILES_FOR(tokens) ((tokens) <= 2 ? 2 : 1)

enum { FEW_TOKENS = 4, MOST_SUMS = 4 };

/* Columns of a panel; it stays in the first cache. */
enum { PANEL_COLUMNS = 128 };

/* The next two columns of a tile; of F32 the second is read only if it exists. */
INLINE void two_columns(const uint8_t *w, const enum weights type, lanes *first, lanes *second, const int both) {
    if (type == WEIGHTS_F16) {
        lanes_half_pair(w, first, second);
    } else if (type == WEIGHTS_BF16) {
        lanes_bfloat_pair(w, first, second);
    } else {
        *first = lanes_load((const float *)w);
        *second = both ? lanes_load((const float *)w + LANES) : lanes_set(0);
    }
}

INLINE int pair_bytes(const enum weights type) { return type == WEIGHTS_F32 ? 2 * ALIGNMENT : ALIGNMENT; }

INLINE void few_tokens_float(
    const struct product *p, const enum weights type, int tile, const int tiles, const int tokens) {
    const uint8_t *w = p->tiles + tile * p->tile_bytes;
    const uint8_t *const tile_end = w + p->tile_bytes;
    lanes totals[MOST_SUMS], sums[MOST_SUMS];
    for (int i = 0; i < tiles * tokens; i++) {
        totals[i] = lanes_set(0);
    }
    for (int start = 0; start < p->columns; start += SEGMENT) {
        const int end = least(start + SEGMENT, p->columns);
        for (int i = 0; i < tiles * tokens; i++) {
            sums[i] = lanes_set(0);
        }
        int column = start;
        for (; column + 1 < end; column += 2, w += pair_bytes(type)) {
#pragma GCC unroll 2
            for (int i = 0; i < tiles; i++) {
                lanes first, second;
                prefetch(w + i * p->tile_bytes + ahead(w, tile_end, p, tiles, PREFETCH), pair_bytes(type));
                two_columns(w + i * p->tile_bytes, type, &first, &second, 1);
#pragma GCC unroll 8
                for (int t = 0; t < tokens; t++) {
                    const float *x = p->x + t * p->stride + column;
                    sums[i * tokens + t] = lanes_fma(first, lanes_set(x[0]), sums[i * tokens + t]);
                    sums[i * tokens + t] = lanes_fma(second, lanes_set(x[1]), sums[i * tokens + t]);
                }
            }
        }
        if (column < end) {
            for (int i = 0; i < tiles; i++) {
                lanes first, second;
                two_columns(w + i * p->tile_bytes, type, &first, &second, 0);
                for (int t = 0; t < tokens; t++) {
                    const float x = p->x[t * p->stride + column];
                    sums[i * tokens + t] = lanes_fma(first, lanes_set(x), sums[i * tokens + t]);
                }
            }
        }
        for (int i = 0; i < tiles * tokens; i++) {
            totals[i] = lanes_add(totals[i], sums[i]);
        }
    }
    for (int i = 0; i < tiles; i++) {
        for (int t = 0; t < tokens; t++) {
            lanes_store(p->y + ((size_t)t * p->num_tiles + tile + i) * TILE_ROWS, totals[i * tokens + t]);
        }
    }
}

/* sums[t] += the terms of the columns of a panel. */
INLINE void add_panel(
    const lanes *panel, int columns, const float *x, size_t stride, const int tokens, float *segment_sums) {
    lanes sums[FLOAT_TOKEN_BLOCK];
#pragma GCC unroll 8
    for (int t = 0; t < tokens; t++) {
        sums[t] = lanes_load(segment_sums + t * LANES);
    }
    for (int column = 0; column < columns; column++) {
        const lanes w = panel[column];
#pragma GCC unroll 8
        for (int t = 0; t < tokens; t++) {
            sums[t] = lanes_fma(w, lanes_set(x[t * stride + column]), sums[t]);
        }
    }
#pragma GCC unroll 8
    for (int t = 0; t < tokens; t++) {
        lanes_store(segment_sums + t * LANES, sums[t]);
    }
}

INLINE void many_tokens_float(const struct product *p, const enum weights type) {
    _Alignas(ALIGNMENT) float sums[MOST_TOKENS * LANES];
    lanes panel[PANEL_COLUMNS];
    for (int tile = 0; tile < p->num_tiles; tile++) {
        const uint8_t *w = p->tiles + tile * p->tile_bytes;
        for (int start = 0; start < p->columns; start += SEGMENT) {
            const int end = least(start + SEGMENT, p->columns);
            memset(sums, 0, p->tokens * LANES * sizeof *sums);
            for (int column = start; column < end; column += PANEL_COLUMNS) {
                const int columns = least(PANEL_COLUMNS, end - column);
                for (int i = 0; i < columns; i += 2, w += pair_bytes(type)) {
                    two_columns(w, type, &panel[i], &panel[i + 1], i + 1 < columns);
                }
                for (int token = 0; token < p->tokens; token += FLOAT_TOKEN_BLOCK) {
                    WITH_TOKENS(
                        least(FLOAT_TOKEN_BLOCK, p->tokens - token), FLOAT_TOKEN_BLOCK,
                        add_panel(
                            panel, columns, p->x + token * p->stride + column, p->stride, TOKENS, sums + token * LANES));
                }
            }
            for (int token = 0; token < p->tokens; token++) {
                float *y = p->y + ((size_t)token * p->num_tiles + tile) * TILE_ROWS;
                const lanes total = start == 0 ? lanes_set(0) : lanes_load(y);
                lanes_store(y, lanes_add(total, lanes_load(sums + token * LANES)));
            }
        }
    }
}

INLINE void float_product(const struct product *p, const enum weights type) {
    if (p->tokens > FEW_TOKENS) {
        many_tokens_float(p, type);
        return;
    }
    WITH_TOKENS(p->tokens, FEW_TOKENS, {
        int tile = 0;
        for (; tile + TILES_FOR(TOKENS) <= p->num_tiles; tile += TILES_FOR(TOKENS)) {
            few_tokens_float(p, type, tile, TILES_FOR(TOKENS), TOKENS);
        }
        for (; tile < p->num_tiles; tile++) {
            few_tokens_float(p, type, tile, 1, TOKENS);
        }
    });
}

static void product_F32(const struct product *p) { float_product(p, WEIGHTS_F32); }
static void product_F16(const struct product *p) { float_product(p, WEIGHTS_F16); }
static void product_BF16(const struct product *p) { float_product(p, WEIGHTS_BF16); }
