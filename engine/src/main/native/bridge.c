/*
 * The native methods of io.hetegen.engine.kernel.NativeCalls. Java arrays are copied in and out: a critical section would
 * hold up the garbage collector of the whole JVM for as long as a kernel runs.
 */
#include <immintrin.h>
#include <jni.h>
#include <stdlib.h>

#include "kernels.h"

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_io_hetegen_engine_kernel_NativeCalls_##name

/* Tokens whose activations are copied at once. */
enum { TOKENS_AT_ONCE = 64 };

/* Elements of a row that are copied at once; a multiple of a block and of the partial sums of a norm. */
enum { ELEMENTS_AT_ONCE = 2048 };

enum weight_type { F32, F16, BF16, Q8_0, Q4_0 };

/* Round to nearest, no exceptions, subnormals as they are: what the arithmetic asks for, whatever the thread had. */
enum { CONTROL = 0x1f80, CONTROL_BITS = 0xffc0 };

static unsigned enter(void) {
    unsigned control = _mm_getcsr();
    if ((control & CONTROL_BITS) != CONTROL) {
        _mm_setcsr(CONTROL);
    }
    return control;
}

static void leave(unsigned control) {
    if ((control & CONTROL_BITS) != CONTROL) {
        _mm_setcsr(control);
    }
}

static size_t aligned(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* Cuts aligned pieces off one allocation; with no memory at all it only counts. */
struct pieces {
    char *memory;
    size_t used;
};

static void *cut(struct pieces *pieces, size_t count, size_t size) {
    void *piece = pieces->memory ? pieces->memory + pieces->used : NULL;
    pieces->used += aligned(count * size);
    return piece;
}

static int allocate(JNIEnv *env, struct pieces *pieces) {
    pieces->memory = aligned_alloc(ALIGNMENT, pieces->used ? pieces->used : ALIGNMENT);
    pieces->used = 0;
    if (!pieces->memory) {
        jclass error = (*env)->FindClass(env, "java/lang/OutOfMemoryError");
        if (error) {
            (*env)->ThrowNew(env, error, "no memory for the buffers of a native kernel");
        }
    }
    return pieces->memory != NULL;
}

static int ok(JNIEnv *env) { return !(*env)->ExceptionCheck(env); }

static int get_floats(JNIEnv *env, jfloatArray array, jsize at, jsize count, float *target) {
    (*env)->GetFloatArrayRegion(env, array, at, count, target);
    return ok(env);
}

static int set_floats(JNIEnv *env, jfloatArray array, jsize at, jsize count, const float *source) {
    (*env)->SetFloatArrayRegion(env, array, at, count, source);
    return ok(env);
}

static const struct kernels *kernels_of(jlong handle) { return (const struct kernels *)(intptr_t)handle; }

NATIVE(jlong, avx2)(JNIEnv *env, jclass type) {
    (void)env, (void)type;
    __builtin_cpu_init();
    int supported =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    return supported ? (jlong)(intptr_t)&kernels_avx2 : 0;
}

NATIVE(jlong, avx512)(JNIEnv *env, jclass type) {
    if (!Java_io_hetegen_engine_kernel_NativeCalls_avx2(env, type)) {
        return 0;
    }
    int supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vnni");
    return supported ? (jlong)(intptr_t)&kernels_avx512 : 0;
}

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
        const unsigned control = enter();
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
    const unsigned control = enter();
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
