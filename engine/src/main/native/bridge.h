/*
 * What the native methods of io.hetegen.engine.kernel.NativeCalls share. Java arrays are copied in and out: a critical
 * section would hold up the garbage collector of the whole JVM for as long as a kernel runs.
 */
#ifndef HETEGEN_BRIDGE_H
#define HETEGEN_BRIDGE_H

#include <jni.h>
#include <stdlib.h>

#include "float_control.h"
#include "kernels.h"

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_io_hetegen_engine_kernel_NativeCalls_##name

/* Elements of a row that are copied at once; a multiple of a block and of the partial sums of a norm. */
enum { ELEMENTS_AT_ONCE = 2048 };

static inline size_t aligned(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

/* Cuts aligned pieces off one allocation; with no memory at all it only counts. */
struct pieces {
    char *memory;
    size_t used;
};

static inline void *cut(struct pieces *pieces, size_t count, size_t size) {
    void *piece = pieces->memory ? pieces->memory + pieces->used : NULL;
    pieces->used += aligned(count * size);
    return piece;
}

static inline int allocate(JNIEnv *env, struct pieces *pieces) {
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

static inline int ok(JNIEnv *env) { return !(*env)->ExceptionCheck(env); }

static inline int get_floats(JNIEnv *env, jfloatArray array, jsize at, jsize count, float *target) {
    (*env)->GetFloatArrayRegion(env, array, at, count, target);
    return ok(env);
}

static inline int set_floats(JNIEnv *env, jfloatArray array, jsize at, jsize count, const float *source) {
    (*env)->SetFloatArrayRegion(env, array, at, count, source);
    return ok(env);
}

static inline const struct kernels *kernels_of(jlong handle) { return (const struct kernels *)(intptr_t)handle; }

#endif
