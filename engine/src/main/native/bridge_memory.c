/* Memory of the process: what io.hetegen.engine.device.cpu.NativeMemory asks for, and reads of it. */
#define _GNU_SOURCE
#include <jni.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>

#define MEMORY(type, name) JNIEXPORT type JNICALL Java_io_hetegen_engine_device_cpu_NativeMemory_##name

static const size_t huge_page = 2 << 20;
static const size_t page = 4096;

static atomic_llong mapped_bytes;

static size_t pages(jlong bytes) { return ((size_t)bytes + page - 1) / page * page; }

MEMORY(jlong, map)(JNIEnv *env, jclass type, jlong bytes) {
    (void)env, (void)type;
    const size_t size = pages(bytes);
    const size_t slack = size >= huge_page ? huge_page : 0;
    char *start = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return 0;
    }
    if (slack) {
        const size_t before = -(uintptr_t)start % huge_page;
        if (before) {
            munmap(start, before);
        }
        if (before < slack) {
            munmap(start + before + size, slack - before);
        }
        start += before;
        /* A system without huge pages refuses, and all works with small ones. */
        madvise(start, size, MADV_HUGEPAGE);
    }
    atomic_fetch_add(&mapped_bytes, (long long)size);
    return (jlong)(intptr_t)start;
}

MEMORY(void, unmap)(JNIEnv *env, jclass type, jlong address, jlong bytes) {
    (void)env, (void)type;
    munmap((void *)(intptr_t)address, pages(bytes));
    atomic_fetch_sub(&mapped_bytes, (long long)pages(bytes));
}

MEMORY(jobject, buffer)(JNIEnv *env, jclass type, jlong address, jlong bytes) {
    (void)type;
    return (*env)->NewDirectByteBuffer(env, (void *)(intptr_t)address, bytes);
}

MEMORY(jlong, address)(JNIEnv *env, jclass type, jobject buffer) {
    (void)type;
    return (jlong)(intptr_t)(*env)->GetDirectBufferAddress(env, buffer);
}

MEMORY(jlong, mappedBytes)(JNIEnv *env, jclass type) {
    (void)env, (void)type;
    return atomic_load(&mapped_bytes);
}

/* Sums of the 64-bit words of four pieces side by side, which a core reads faster than one after the other. */
JNIEXPORT jlong JNICALL Java_io_hetegen_engine_tensor_PlainRead_sum(
    JNIEnv *env, jclass type, jobject memory, jint from, jint length) {
    (void)type;
    const uint64_t *words =
        (const uint64_t *)((const char *)(*env)->GetDirectBufferAddress(env, memory) + from);
    const size_t count = (size_t)length / sizeof *words;
    const size_t each = count / 4;
    uint64_t first = 0, second = 0, third = 0, fourth = 0;
    for (size_t i = 0; i < each; i++) {
        first += words[i];
        second += words[each + i];
        third += words[2 * each + i];
        fourth += words[3 * each + i];
    }
    for (size_t i = 4 * each; i < count; i++) {
        first += words[i];
    }
    return (jlong)(first + second + third + fourth);
}

/* Into the second-level cache. To fetch what is no longer mapped is no error. */
JNIEXPORT void JNICALL Java_io_hetegen_engine_tensor_RowTiles_prefetch(
    JNIEnv *env, jclass type, jobject memory, jint from, jint length) {
    (void)type;
    const char *start = (const char *)(*env)->GetDirectBufferAddress(env, memory) + from;
    for (jint at = 0; at < length; at += 64) {
        __builtin_prefetch(start + at, 0, 2);
    }
}
