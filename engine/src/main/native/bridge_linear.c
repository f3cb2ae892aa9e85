/* Quantized activations and matrix products. */
#include "bridge.h"

enum { SUPERBLOCK = 256 };

/*
 * From one token to the next: whole superblocks of quants; a little more than the row of floats, lest the rows of
 * several tokens fall on the same places of a cache.
 */
static size_t stride_of(int columns, int block) {
    const size_t unit = block == 1 ? TILE_ROWS : SUPERBLOCK;
    return (columns + unit - 1) / unit * unit + (block == 1 ? unit : 0);
}

NATIVE(void, multiply)(
    JNIEnv *env, jclass class, jlong handle, jint type, jint block, jobject chunk, jint offset, jint tiles,
    jint tile_bytes, jint columns, jfloatArray values, jbyteArray quants, jfloatArray scales, jint tokens,
    jfloatArray y, jint rows, jint first_row) {
    (void)class;
    const int blocks = columns / block;
    const size_t stride = stride_of(columns, block);
    const size_t most = tokens < MOST_TOKENS ? tokens : MOST_TOKENS;
    float *x = NULL, *x_scales = NULL, *results = NULL;
    int8_t *x_quants = NULL;
    int32_t *starts = NULL;
    int16_t *sums = NULL;
    struct pieces pieces = {NULL, 0};
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !allocate(env, &pieces)) {
            return;
        }
        if (block == 1) {
            x = cut(&pieces, most * stride, sizeof *x);
        } else {
            x_quants = cut(&pieces, most * stride, sizeof *x_quants);
            x_scales = cut(&pieces, most * (stride / block), sizeof *x_scales);
            starts = cut(&pieces, most * (stride / 16), sizeof *starts);
            sums = cut(&pieces, most * (stride / 16), sizeof *sums);
        }
        results = cut(&pieces, most * tiles * TILE_ROWS, sizeof *results);
    }
    const uint8_t *weights = (const uint8_t *)(*env)->GetDirectBufferAddress(env, chunk) + offset;
    const jsize lanes = tiles * TILE_ROWS;
    const jsize row_count = rows - first_row < lanes ? rows - first_row : lanes;
    const unsigned long control = enter();
    int valid = 1;
    for (int token = 0; valid && token < tokens; token += MOST_TOKENS) {
        const int count = tokens - token < MOST_TOKENS ? tokens - token : MOST_TOKENS;
        for (int t = 0; valid && t < count; t++) {
            if (block == 1) {
                valid = get_floats(env, values, (token + t) * columns, columns, x + t * stride);
            } else {
                (*env)->GetByteArrayRegion(env, quants, (token + t) * columns, columns, x_quants + t * stride);
                valid = ok(env)
                    && get_floats(env, scales, (token + t) * blocks, blocks, x_scales + t * (stride / block));
            }
        }
        if (!valid) {
            break;
        }
        struct product product = {
            weights, tile_bytes, tiles, columns, count, stride, x, x_quants, x_scales, starts, sums, results};
        kernels_of(handle)->product[type](&product);
        for (int t = 0; valid && t < count; t++) {
            valid = set_floats(env, y, (token + t) * rows + first_row, row_count, results + (size_t)t * lanes);
        }
    }
    leave(control);
    free(pieces.memory);
}

NATIVE(void, quantize)(
    JNIEnv *env, jclass class, jlong handle, jint block, jfloatArray values, jint from, jint to, jbyteArray quants,
    jfloatArray scales) {
    (void)class;
    float x[ELEMENTS_AT_ONCE];
    int8_t x_quants[ELEMENTS_AT_ONCE];
    float x_scales[ELEMENTS_AT_ONCE / BLOCK];
    const unsigned long control = enter();
    for (int at = from; at < to; at += ELEMENTS_AT_ONCE) {
        const int count = to - at < ELEMENTS_AT_ONCE ? to - at : ELEMENTS_AT_ONCE;
        if (!get_floats(env, values, at, count, x)) {
            break;
        }
        kernels_of(handle)->quantize(x, block, count / block, x_quants, x_scales);
        (*env)->SetByteArrayRegion(env, quants, at, count, x_quants);
        if (!ok(env) || !set_floats(env, scales, at / block, count / block, x_scales)) {
            break;
        }
    }
    leave(control);
}
