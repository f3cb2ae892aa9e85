/* Quantized activations and matrix products. */
#include "bridge.h"

/* Tokens whose activations are copied at once. */
enum { TOKENS_AT_ONCE = 64 };

enum weight_type { F32, F16, BF16, Q8_0, Q4_0 };

static void run(const struct kernels *kernels, enum weight_type type, const struct product *product) {
    switch (type) {
        case F32: kernels->f32(product); break;
        case F16: kernels->f16(product); break;
        case BF16: kernels->bf16(product); break;
        case Q8_0: kernels->q8_0(product); break;
        case Q4_0: kernels->q4_0(product); break;
    }
}

NATIVE(void, multiply)(
    JNIEnv *env, jclass class, jlong handle, jint type, jobject chunk, jint offset, jint tiles, jint tile_bytes,
    jint columns, jfloatArray values, jbyteArray quants, jfloatArray scales, jint tokens, jfloatArray y, jint rows,
    jint first_row) {
    (void)class;
    const int quantized = type == Q8_0 || type == Q4_0;
    const int blocks = columns / BLOCK;
    const size_t most = tokens < TOKENS_AT_ONCE ? tokens : TOKENS_AT_ONCE;
    float *x = NULL, *x_scales = NULL, *results = NULL;
    int8_t *x_quants = NULL;
    int32_t *starts = NULL;
    struct pieces pieces = {NULL, 0};
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !allocate(env, &pieces)) {
            return;
        }
        if (quantized) {
            x_quants = cut(&pieces, most * columns, sizeof *x_quants);
            x_scales = cut(&pieces, most * blocks, sizeof *x_scales);
            starts = cut(&pieces, most * blocks, sizeof *starts);
        } else {
            x = cut(&pieces, most * columns, sizeof *x);
        }
        results = cut(&pieces, most * tiles * TILE_ROWS, sizeof *results);
    }
    const uint8_t *weights = (const uint8_t *)(*env)->GetDirectBufferAddress(env, chunk) + offset;
    const jsize lanes = tiles * TILE_ROWS;
    const jsize row_count = rows - first_row < lanes ? rows - first_row : lanes;
    const unsigned control = enter();
    int valid = 1;
    for (int token = 0; valid && token < tokens; token += TOKENS_AT_ONCE) {
        const int count = tokens - token < TOKENS_AT_ONCE ? tokens - token : TOKENS_AT_ONCE;
        if (quantized) {
            (*env)->GetByteArrayRegion(env, quants, token * columns, count * columns, x_quants);
            valid = ok(env) && get_floats(env, scales, token * blocks, count * blocks, x_scales);
        } else {
            valid = get_floats(env, values, token * columns, count * columns, x);
        }
        if (!valid) {
            break;
        }
        struct product product = {
            weights, tile_bytes, tiles, columns, count, x, x_quants, x_scales, starts, results};
        run(kernels_of(handle), type, &product);
        for (int t = 0; valid && t < count; t++) {
            valid = set_floats(env, y, (token + t) * rows + first_row, row_count, results + (size_t)t * lanes);
        }
    }
    leave(control);
    free(pieces.memory);
}

NATIVE(void, quantize)(
    JNIEnv *env, jclass class, jlong handle, jfloatArray values, jint from, jint to, jbyteArray quants,
    jfloatArray scales) {
    (void)class;
    float x[ELEMENTS_AT_ONCE];
    int8_t x_quants[ELEMENTS_AT_ONCE];
    float x_scales[ELEMENTS_AT_ONCE / BLOCK];
    const unsigned control = enter();
    for (int at = from; at < to; at += ELEMENTS_AT_ONCE) {
        const int count = to - at < ELEMENTS_AT_ONCE ? to - at : ELEMENTS_AT_ONCE;
        if (!get_floats(env, values, at, count, x)) {
            break;
        }
        kernels_of(handle)->quantize(x, count / BLOCK, x_quants, x_scales);
        (*env)->SetByteArrayRegion(env, quants, at, count, x_quants);
        if (!ok(env) || !set_floats(env, scales, at / BLOCK, count / BLOCK, x_scales)) {
            break;
        }
    }
    leave(control);
}
