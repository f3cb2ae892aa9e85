/* Which instruction sets this machine runs. */
#include "bridge.h"

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
