/* Attention over pages of keys and values, which are read where they lie. */
#include "bridge.h"

/* From so many queries on, a chunk in binary16 is converted once for all of them. */
enum { QUERIES_WORTH_A_COPY = 12 };

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
    const int copies = halves && queries >= QUERIES_WORTH_A_COPY;
    const size_t page_elements = (size_t)CHUNK_POSITIONS * head_dim;
    struct pieces pieces = {NULL, 0};
    float *q = NULL, *out = NULL, *max = NULL, *sum = NULL, *k = NULL, *v = NULL;
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
        if (copies) {
            k = cut(&pieces, page_elements, sizeof *k);
            v = cut(&pieces, page_elements + 16, sizeof *v);
        }
    }
    struct attention attention = {
        head_dim, stride, heads, tokens, first_position, scale, q, out, max, sum, halves && !copies, k, v};
    (*env)->GetLongArrayRegion(env, pages, 0, chunks, addresses);
    int valid = ok(env);
    for (size_t i = 0; valid && i < queries; i++) {
        jsize at = offset + (jsize)(i / heads) * row_size + (jsize)(i % heads) * head_dim;
        valid = get_floats(env, query, at, head_dim, q + i * stride);
    }
    if (valid) {
        const unsigned control = enter();
        const size_t head = (size_t)page_offset * (halves ? sizeof(uint16_t) : sizeof(float));
        for (int chunk = 0; chunk < chunks; chunk++) {
            const char *keys = page_address(addresses[chunk], head);
            const char *values = keys + values_offset;
            if (copies) {
                kernels->halves_to_floats((const uint16_t *)keys, page_elements, k);
                kernels->halves_to_floats((const uint16_t *)values, page_elements, v);
            } else {
                attention.keys = keys;
                attention.values = values;
            }
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
