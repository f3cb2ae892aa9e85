/* Norms and activation functions. */
#include "bridge.h"

NATIVE(void, rmsNorm)(
    JNIEnv *env, jclass class, jlong handle, jfloatArray x, jint offset, jfloatArray weight, jint size, jfloat eps,
    jfloatArray target, jint target_offset) {
    (void)class;
    const size_t room = ((size_t)size + 63) / 64 * 64;
    struct pieces pieces = {NULL, 0};
    float *row = NULL, *weights = NULL;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !allocate(env, &pieces)) {
            return;
        }
        row = cut(&pieces, room, sizeof *row);
        weights = cut(&pieces, room, sizeof *weights);
    }
    for (size_t i = size; i < room; i++) {
        row[i] = 0;
        weights[i] = 0;
    }
    if (get_floats(env, x, offset, size, row) && get_floats(env, weight, 0, size, weights)) {
        const unsigned long control = enter();
        kernels_of(handle)->rms_norm(row, weights, size, eps, row);
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
