/* Attention over pages of keys and values, which are read where they lie. */
#include "bridge.h"

static const char *page_address(jlong address, size_t offset) { return (const char *)(intptr_t)address + offset; }

NATIVE(void, attention)(
    JNIEnv *env, jclass class, jlong handle, jlongArray pages, jlong values_offset, jboolean halves,
    jint page_offset, jint head_dim, jint heads, jint tokens, jint first_position, jfloat scale, jfloatArray query,
    jfloatArray output, jint offset, jint row_size) {
    (void)class;
    const struct kernels *kernels = kernels_of(handle);
    const int stride = (head_dim + 15) / 16 * 16;
    const int chunks = (first_position + tokens - 1) / CHUNK_POSITIONS + 1;
    const size_t queries = (size_t)tokens * heads;
    struct pieces pieces = {NULL, 0};
    float *q = NULL, *out = NULL, *max = NULL, *sum = NULL;
    jlong *addresses = NULL;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !allocate(env, &pieces)) {
            return;
        }
        q = cut(&pieces, queries * stride, sizeof *q);
        out = cut(&pieces, queries * stride, sizeof *out);
        max = cut(&pieces, queries, sizeof *max);
        sum = cut(&pieces, queries, sizeof *sum);
        addresses = cut(&pieces, chunks, sizeof *addresses);
    }
    struct attention attention = {
        head_dim, stride, heads, tokens, first_position, scale, q, out, max, sum, halves, NULL, NULL, NULL};
    (*env)->GetLongArrayRegion(env, pages, 0, chunks, addresses);
    int valid = ok(env);
    for (size_t i = 0; valid && i < queries; i++) {
        jsize at = offset + (jsize)(i / heads) * row_size + (jsize)(i % heads) * head_dim;
        valid = get_floats(env, query, at, head_dim, q + i * stride);
    }
    if (valid) {
        const unsigned long control = enter();
        const size_t head = (size_t)page_offset * (halves ? sizeof(uint16_t) : sizeof(float));
        for (int chunk = 0; chunk < chunks; chunk++) {
            const char *keys = page_address(addresses[chunk], head);
            attention.keys = keys;
            attention.values = keys + values_offset;
            attention.next_keys = chunk + 1 < chunks ? page_address(addresses[chunk + 1], head) : NULL;
            kernels->attend_to_chunk(&attention, chunk);
        }
        kernels->finish_attention(&attention);
        leave(control);
    }
    for (size_t i = 0; valid && i < queries; i++) {
        jsize at = offset + (jsize)(i / heads) * row_size + (jsize)(i % heads) * head_dim;
        valid = set_floats(env, output, at, head_dim, out + i * stride);
    }
    free(pieces.memory);
}
