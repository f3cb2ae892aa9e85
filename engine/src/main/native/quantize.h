/* Activations to 8 bits, in blocks of 32 or 256 (docs/arithmetic.md, "Quantized activations"). */

INLINE void quantize_block(const float *x, const int block, int8_t *quants, float *scale) {
    const int32_t least_magnitude = 0x0d800000; /* 2^-100 */
    const int32_t infinity = 0x7f800000;
    ints maxima = ints_set(0);
    for (int i = 0; i < block; i += LANES) {
        maxima = ints_max(maxima, ints_and(ints_of_bits(lanes_load(x + i)), ints_set(0x7fffffff)));
    }
    int32_t each[LANES];
    ints_store(each, maxima);
    int32_t max = 0;
    for (int i = 0; i < LANES; i++) {
        max = each[i] > max ? each[i] : max;
    }
    if (max < least_magnitude || max >= infinity) {
        memset(quants, 0, block);
        *scale = max < least_magnitude ? 0 : __builtin_nanf("");
        return;
    }
    float greatest;
    memcpy(&greatest, &max, sizeof greatest);
    const lanes factor = lanes_set(127 / greatest);
    for (int i = 0; i < block; i += LANES) {
        ints_store_bytes(quants + i, ints_rounded(lanes_mul(lanes_load(x + i), factor)));
    }
    *scale = greatest / 127;
}

static void quantize(const float *x, int block, int blocks, int8_t *quants, float *scales) {
    for (int i = 0; i < blocks; i++, x += block, quants += block) {
        if (block == BLOCK) {
            quantize_block(x, BLOCK, quants, scales + i);
        } else {
            quantize_block(x, SUPERBLOCK, quants, scales + i);
        }
    }
}
