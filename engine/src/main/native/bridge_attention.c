/* Attention over pages of keys and values. */
#include "bridge.h"

/* Copies elements of a page, a short[] of halves or a float[], into floats with room for a vector more. */
static int get_page(
    JNIEnv *env, const struct kernels *kernels, jobjectArray pages, int page, jboolean halves, jsize at, jsize count,
    uint16_t *staged, float *target) {
    jobject elements = (*env)->GetObjectArrayElement(env, pages, page);
    if (!ok(env)) {
        return 0;
    }
    if (halves) {
        (*env)->GetShortArrayRegion(env, elements, at, count, (jshort *)staged);
        kernels->halves_to_floats(staged, count, target);
    } else {
        (*env)->GetFloatArrayRegion(env, elements, at, count, target);
    }
    (*env)->DeleteLocalRef(env, elements);
    return ok(env);
}

NATIVE(void, attention)(
    JNIEnv *env, jclass class, jlong handle, jobjectArray keys, jobjectArray values, jboolean halves,
    jint page_offset, jint head_dim, jint heads, jint tokens, jint first_position, jfloat scale, jfloatArray query,
    jfloatArray output, jint offset, jint row_size) {
    (void)class;
    const struct kernels *kernels = kernels_of(handle);
    const int stride = (head_dim + 15) / 16 * 16;
    const size_t queries = (size_t)tokens * heads;
    const size_t page_room = (size_t)CHUNK_POSITIONS * head_dim + 16;
    struct pieces pieces = {NULL, 0};
    float *q = NULL, *out = NULL, *max = NULL, *sum = NULL, *k = NULL, *v = NULL;
    uint16_t *staged = NULL;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !allocate(env, &pieces)) {
            return;
        }
        q = cut(&pieces, queries * stride, sizeof *q);
        out = cut(&pieces, queries * stride, sizeof *out);
        max = cut(&pieces, queries, sizeof *max);
        sum = cut(&pieces, queries, sizeof *sum);
        k = cut(&pieces, page_room, sizeof *k);
        v = cut(&pieces, page_room, sizeof *v);
        staged = cut(&pieces, page_room, sizeof *staged);
    }
    struct attention attention = {head_dim, stride, heads, tokens, first_position, scale, q, out, max, sum, k, v};
    int valid = 1;
    for (size_t i = 0; valid && i < queries; i++) {
        jsize at = offset + (jsize)(i / heads) * row_size + (jsize)(i % heads) * head_dim;
        valid = get_floats(env, query, at, head_dim, q + i * stride);
    }
    const unsigned control = enter();
    const int end = first_position + tokens;
    for (int chunk = 0; valid && chunk * CHUNK_POSITIONS < end; chunk++) {
        const int left = end - chunk * CHUNK_POSITIONS;
        const int filled = left < CHUNK_POSITIONS ? left : CHUNK_POSITIONS;
        valid = get_page(env, kernels, keys, chunk, halves, page_offset, (filled + 15) / 16 * 16 * head_dim, staged, k)
            && get_page(env, kernels, values, chunk, halves, page_offset, filled * head_dim, staged, v);
        if (valid) {
            kernels->attend_to_chunk(&attention, chunk);
        }
    }
    if (valid) {
        kernels->finish_attention(&attention);
    }
    leave(control);
    for (size_t i = 0; valid && i < queries; i++) {
        jsize at = offset + (jsize)(i / heads) * row_size + (jsize)(i % heads) * head_dim;
        valid = set_floats(env, output, at, head_dim, out + i * stride);
    }
    free(pieces.memory);
}
