/* Norms and activation functions. */
#include "bridge.h"

/* A row of an array, if there is one, and zeros behind it as far as there is room. */
static int get_row(JNIEnv *env, jfloatArray array, jint offset, jint size, size_t room, float *row) {
    for (size_t i = size; i < room; i++) {
        row[i] = 0;
    }
    return !array || get_floats(env, array, offset, size, row);
}

/* A layer norm, or without biases an RMS norm. */
NATIVE(void, norm)(
    JNIEnv *env, jclass class, jlong handle, jfloatArray x, jint offset, jfloatArray weight, jfloatArray bias,
    jint size, jfloat eps, jfloatArray target, jint target_offset) {
    (void)class;
    const size_t room = ((size_t)size + 63) / 64 * 64;
    struct pieces pieces = {NULL, 0};
    float *row = NULL, *weights = NULL, *biases = NULL;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !allocate(env, &pieces)) {
            return;
        }
        row = cut(&pieces, room, sizeof *row);
        weights = cut(&pieces, room, sizeof *weights);
        biases = cut(&pieces, bias ? room : 0, sizeof *biases);
    }
    if (get_row(env, x, offset, size, room, row) && get_row(env, weight, 0, size, room, weights)
        && get_row(env, bias, 0, size, bias ? room : 0, biases)) {
        const unsigned long control = enter();
        if (bias) {
            kernels_of(handle)->layer_norm(row, weights, biases, size, eps, row);
        } else {
            kernels_of(handle)->rms_norm(row, weights, size, eps, row);
        }
        leave(control);
        set_floats(env, target, target_offset, size, row);
    }
    free(pieces.memory);
}

NATIVE(void, swiGlu)(
    JNIEnv *env, jclass class, jlong handle, jfloatArray gate, jfloatArray up, jfloatArray target, jint from,
    jint to) {
    (void)class;
    float gates[ELEMENTS_AT_ONCE] = {0};
    float ups[ELEMENTS_AT_ONCE] = {0};
    const unsigned long control = enter();
    for (int at = from; at < to; at += ELEMENTS_AT_ONCE) {
        const int count = to - at < ELEMENTS_AT_ONCE ? to - at : ELEMENTS_AT_ONCE;
        if (!get_floats(env, gate, at, count, gates) || !get_floats(env, up, at, count, ups)) {
            break;
        }
        kernels_of(handle)->swiglu(gates, ups, count, gates);
        if (!set_floats(env, target, at, count, gates)) {
            break;
        }
    }
    leave(control);
}
