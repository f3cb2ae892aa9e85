/*
 * Matrix products of quantized weights: a term is a block, its integer sums are exact. One token multiplies the
 * weights as they are unpacked; several share a segment of a tile that is unpacked once, into a panel.
 */

enum { MOST_TILES = 4, MOST_PARTS = 4, MOST_PARTIALS = TOKEN_BLOCK > MOST_PARTS ? TOKEN_BLOCK : MOST_PARTS };

/* A segment of a tile in its planes, and unpacked. */
struct panel {
    const uint8_t *planes[MOST_PLANES];
    ints quants[SEGMENT / 4];
    ints scales[SEGMENT / GROUP];
    ints minimums[SEGMENT / GROUP / 4];
    lanes block_scales[SEGMENT_BLOCKS];
    lanes block_minimums[SEGMENT_BLOCKS];
};

/* The activations of some tokens, from one block on; tokens are stride columns apart. */
struct columns {
    const int8_t *quants;
    const float *scales;
    const int32_t *starts;
    const int16_t *sums;
    size_t stride;
};

INLINE struct columns columns_of(const struct product *p, const struct format format, int token, int column) {
    const size_t at = token * p->stride + column;
    return (struct columns){
        p->quants + at, p->scales + at / format.block, p->starts + at / format.group, p->sums + at / GROUP, p->stride};
}

/* Returns the end of the segment. */
INLINE const uint8_t *find_planes(
    const enum weights type, const uint8_t *segment, int columns, const uint8_t **planes) {
    const struct format format = formats[type];
    for (int i = 0; i < MOST_PLANES && format.planes[i]; i++) {
        planes[i] = segment;
        segment += (columns / format.block * format.planes[i] * TILE_ROWS + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return segment;
}

/* Where a block of the segment starts in each plane. */
INLINE void block_planes(const struct format format, const struct panel *panel, int block, const uint8_t **planes) {
#pragma GCC unroll 5
    for (int i = 0; i < MOST_PLANES; i++) {
        planes[i] = panel->planes[i] + (size_t)block * (format.planes[i] * TILE_ROWS);
    }
}

/* Bytes that 32 columns of a tile take, rounded up. */
INLINE int part_bytes(const struct format format) {
    int bytes = 0;
    for (int i = 0; i < MOST_PLANES; i++) {
        bytes += format.planes[i];
    }
    return (bytes * TILE_ROWS * BLOCK + format.block - 1) / format.block;
}

/* Keeps the compiler from holding, and spilling, loaded bytes until they are used again. */
INLINE void forget_memory(void) { __asm__ volatile("" ::: "memory"); }

/* Keeps it from computing, and spilling, the address of each element in advance: an instruction can add an offset. */
INLINE const void *only_base(const void *p) {
    __asm__ volatile("" : "+r"(p));
    return p;
}

INLINE ints four_quants(const int8_t *x) {
    int32_t four;
    memcpy(&four, x, sizeof four);
    return ints_set(four);
}

/*
 * dots[t] += products of some parts, 32 columns each, every group's times its scale. Parts that share bytes are
 * multiplied together, so that these are loaded once.
 */
INLINE void add_parts(
    const enum weights type, const uint8_t *const *planes, const ints *unpacked, const int first, const int parts,
    const ints *scales, struct columns x, const int tokens, const uint8_t *next, ints *dots) {
    const struct format format = formats[type];
    const int groups = BLOCK / format.group;
#pragma GCC unroll 2
    for (int group = 0; group < groups; group++) {
        const int units = format.group / 4;
        ints partials[MOST_PARTIALS], scale[MOST_PARTS];
#pragma GCC unroll 4
        for (int part = 0; part < parts; part++) {
            const int place = (first + part) * groups + group;
            scale[part] = format.block == BLOCK ? scales_one() : scales[scale_place(type, place)];
#pragma GCC unroll 8
            for (int t = 0; t < tokens; t++) {
                const int32_t *starts = x.starts + t * (x.stride / format.group) + place;
                partials[part * tokens + t] = ints_set(format.offset ? *starts : 0);
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < units; i++) {
            /* The two halves of a byte one after the other. */
            const int unit = groups == 2 ? group * units + i : i % 2 * 4 + i / 2;
            if (!unpacked) {
                prefetch_share(next, parts * part_bytes(format), group * units + i);
            }
#pragma GCC unroll 4
            for (int part = 0; part < parts; part++) {
                const ints weights =
                    unpacked ? unpacked[part * 8 + unit] : quants(type, planes, first + part, unit);
                const int8_t *four = x.quants + (first + part) * BLOCK + unit * 4;
#pragma GCC unroll 8
                for (int t = 0; t < tokens; t++) {
                    ints *partial = &partials[part * tokens + t];
                    *partial =
                        partial_add(*partial, weights, four_quants(four + t * x.stride), scale[part], format.wide);
                }
            }
        }
#pragma GCC unroll 4
        for (int part = 0; part < parts; part++) {
#pragma GCC unroll 8
            for (int t = 0; t < tokens; t++) {
                dots[t] = scaled_add(dots[t], partials[part * tokens + t], scale[part], format.wide);
            }
        }
    }
}

/* Integer sums of the minimums of a block times the activations that meet them. */
INLINE ints minimum_dots(const struct format format, const ints *minimums, const int16_t *sums) {
    if (format.block == BLOCK) {
        return ints_set(*sums);
    }
    ints dots = ints_set(0);
#pragma GCC unroll 4
    for (int i = 0; i < SUPERBLOCK / format.minimum / 4; i++) {
        dots = weighted_bytes(dots, minimums[i], sums + 4 * i);
    }
    return dots;
}

/* sums[t] += the terms of a block; what lies ahead, when the weights are not unpacked yet, is prefetched meanwhile. */
INLINE void add_block(
    const enum weights type, const struct panel *panel, const int unpacked, int block, struct columns x,
    const int tokens, const uint8_t *next, lanes *sums) {
    const struct format format = formats[type];
    ints own_scales[GROUPS], own_minimums[GROUPS / 4], dots[TOKEN_BLOCK];
    const ints *scales = own_scales, *minimums = own_minimums;
    const uint8_t *planes[MOST_PLANES];
    if (unpacked) {
        scales = panel->scales + block * (SUPERBLOCK / format.group);
        minimums = panel->minimums + block * (GROUPS / 4);
    } else {
        block_planes(format, panel, block, planes);
        x.quants = only_base(x.quants);
        x.starts = only_base(x.starts);
        unpack_scales(type, planes, own_scales, own_minimums);
    }
#pragma GCC unroll 8
    for (int t = 0; t < tokens; t++) {
        dots[t] = ints_set(0);
    }
    if (unpacked) {
        for (int part = 0; part < format.block / BLOCK; part++) {
            const ints *quants = panel->quants + ((size_t)block * (format.block / BLOCK) + part) * 8;
            add_parts(type, 0, quants, part, 1, scales, x, tokens, 0, dots);
        }
    } else {
#pragma GCC unroll 8
        for (int part = 0; part < format.block / BLOCK; part += format.together) {
            const uint8_t *lines = next + part * part_bytes(format);
            add_parts(type, planes, 0, part, format.together, scales, x, tokens, lines, dots);
            forget_memory();
        }
    }
    const lanes scale = unpacked ? panel->block_scales[block] : block_scale(type, planes);
#pragma GCC unroll 8
    for (int t = 0; t < tokens; t++) {
        const float x_scale = x.scales[t * (x.stride / format.block)];
        sums[t] = lanes_fma(lanes_of_ints(dots[t]), lanes_mul(scale, lanes_set(x_scale)), sums[t]);
    }
    if (format.minimum) {
        const lanes minimum = unpacked ? panel->block_minimums[block] : block_minimum(planes);
#pragma GCC unroll 8
        for (int t = 0; t < tokens; t++) {
            const float x_scale = x.scales[t * (x.stride / format.block)];
            /* ggml adds the minimums of blocks of 32 and takes away those of superblocks. */
            const lanes factor = lanes_mul(minimum, lanes_set(format.block == BLOCK ? x_scale : -x_scale));
            const ints products = minimum_dots(format, minimums, x.sums + t * (x.stride / GROUP));
            sums[t] = lanes_fma(lanes_of_ints(products), factor, sums[t]);
        }
    }
}

/*
 * Four tiles side by side: memory serves several streams faster than one. Not of superblocks, whose loops are so long
 * that others beside them cost more.
 */
INLINE void one_token(const struct product *p, const enum weights type) {
    const struct format format = formats[type];
    const int most = format.block == BLOCK ? MOST_TILES : 1;
    const int block_bytes = part_bytes(format) * (format.block / BLOCK);
    for (int tile = 0; tile < p->num_tiles; tile += most) {
        const int tiles = least(most, p->num_tiles - tile);
        const uint8_t *w = p->tiles + tile * p->tile_bytes;
        const uint8_t *const tile_end = w + p->tile_bytes;
        lanes totals[MOST_TILES], sums[MOST_TILES];
        for (int i = 0; i < tiles; i++) {
            totals[i] = lanes_set(0);
        }
        for (int start = 0; start < p->columns; start += SEGMENT) {
            const int columns = least(SEGMENT, p->columns - start);
            struct panel panels[MOST_TILES];
            const uint8_t *segment = w;
            for (int i = 0; i < tiles; i++) {
                w = find_planes(type, segment + i * p->tile_bytes, columns, panels[i].planes) - i * p->tile_bytes;
                sums[i] = lanes_set(0);
            }
            for (int block = 0; block < columns / format.block; block++) {
                const struct columns x = columns_of(p, format, 0, start + block * format.block);
                const uint8_t *at = segment + block * block_bytes;
                const uint8_t *next = at + ahead(at, tile_end, p, most, format.ahead);
#pragma GCC unroll 1
                for (int i = 0; i < tiles; i++) {
                    add_block(type, &panels[i], 0, block, x, 1, next + i * p->tile_bytes, &sums[i]);
                }
            }
            for (int i = 0; i < tiles; i++) {
                totals[i] = lanes_add(totals[i], sums[i]);
            }
        }
        for (int i = 0; i < tiles; i++) {
            lanes_store(p->y + (tile + i) * TILE_ROWS, totals[i]);
        }
    }
}

INLINE const uint8_t *unpack(const enum weights type, const uint8_t *w, int columns, struct panel *panel) {
    const struct format format = formats[type];
    const uint8_t *end = find_planes(type, w, columns, panel->planes);
    for (int block = 0; block < columns / format.block; block++) {
        const uint8_t *planes[MOST_PLANES];
        block_planes(format, panel, block, planes);
#pragma GCC unroll 8
        for (int part = 0; part < format.block / BLOCK; part++) {
            ints *target = panel->quants + (block * (format.block / BLOCK) + part) * 8;
#pragma GCC unroll 8
            for (int unit = 0; unit < 8; unit++) {
                target[unit] = quants(type, planes, part, unit);
            }
        }
        unpack_scales(
            type, planes, panel->scales + block * (SUPERBLOCK / format.group),
            panel->minimums + block * (GROUPS / 4));
        panel->block_scales[block] = block_scale(type, planes);
        if (format.minimum) {
            panel->block_minimums[block] = block_minimum(planes);
        }
    }
    return end;
}

/*
 * Adds the sums of a segment from column start on to the results of some tokens. The first tokens fetch what is to be
 * unpacked next.
 */
INLINE void add_segment(
    const struct product *p, const enum weights type, const struct panel *panel, int tile, int start, int columns,
    int token, const int tokens, const uint8_t *next) {
    const struct format format = formats[type];
    lanes sums[TOKEN_BLOCK];
    for (int t = 0; t < tokens; t++) {
        sums[t] = lanes_set(0);
    }
    for (int block = 0; block < columns / format.block; block++) {
        const struct columns x = columns_of(p, format, token, start + block * format.block);
        if (token == 0) {
            const int bytes = part_bytes(format) * (format.block / BLOCK);
            prefetch(next + block * bytes, bytes);
        }
        add_block(type, panel, 1, block, x, tokens, 0, sums);
    }
    for (int t = 0; t < tokens; t++) {
        float *y = p->y + ((size_t)(token + t) * p->num_tiles + tile) * TILE_ROWS;
        lanes_store(y, lanes_add(start == 0 ? lanes_set(0) : lanes_load(y), sums[t]));
    }
}

INLINE void several_tokens(const struct product *p, const enum weights type) {
    const uint8_t *w = p->tiles;
    for (int tile = 0; tile < p->num_tiles; tile++) {
        for (int start = 0; start < p->columns; start += SEGMENT) {
            const int columns = least(SEGMENT, p->columns - start);
            struct panel panel;
            w = unpack(type, w, columns, &panel);
            for (int token = 0; token < p->tokens; token += TOKEN_BLOCK) {
                WITH_TOKENS(
                    least(TOKEN_BLOCK, p->tokens - token), TOKEN_BLOCK,
                    add_segment(p, type, &panel, tile, start, columns, token, TOKENS, w));
            }
        }
    }
}

/* What the products need of the activations besides their quants and scales. */
INLINE void sum_activations(const struct product *p, const struct format format) {
    for (int token = 0; token < p->tokens; token++) {
        const size_t row = token * p->stride;
        for (int column = 0; format.offset && column < p->columns; column += format.group) {
            p->starts[(row + column) / format.group] =
                partial_start(p->quants + row + column, format.group, format.offset);
        }
        for (int column = 0; format.minimum && column < p->columns; column += format.minimum) {
            int sum = 0;
            for (int i = 0; i < format.minimum; i++) {
                sum += p->quants[row + column + i];
            }
            /* Within a word of four minimums in the order 0, 2, 1, 3. */
            const int place = column % format.block / format.minimum;
            const int swapped = place % 4 % 3 ? place ^ 3 : place;
            p->sums[(row + column / format.block * format.block) / GROUP + swapped] = (int16_t)sum;
        }
    }
}

INLINE void quantized_product(const struct product *p, const enum weights type) {
    sum_activations(p, formats[type]);
    if (p->tokens == 1) {
        one_token(p, type);
    } else {
        several_tokens(p, type);
    }
}

#define QUANTIZED_PRODUCT(name) \
    static void product_##name(const struct product *p) { quantized_product(p, WEIGHTS_##name); }
QUANTIZED_PRODUCT(Q8_0)
QUANTIZED_PRODUCT(Q4_0)
QUANTIZED_PRODUCT(Q4_1)
QUANTIZED_PRODUCT(Q5_0)
QUANTIZED_PRODUCT(Q5_1)
QUANTIZED_PRODUCT(Q2_K)
QUANTIZED_PRODUCT(Q3_K)
QUANTIZED_PRODUCT(Q4_K)
QUANTIZED_PRODUCT(Q5_K)
QUANTIZED_PRODUCT(Q6_K)
QUANTIZED_PRODUCT(IQ4_NL)
QUANTIZED_PRODUCT(IQ4_XS)
QUANTIZED_PRODUCT(MXFP4)
