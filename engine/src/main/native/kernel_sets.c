/* The instruction sets that there are kernels for on this architecture, and which of them this machine runs. */
#include <string.h>

#include "kernels.h"

struct kernel_set {
    const char *name;
    int (*runs)(void);
    const struct kernels *kernels;
};

#if defined(__x86_64__)

static int runs_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static int runs_avx512(void) {
    return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vnni");
}

static const struct kernel_set kernel_sets[] = {
    {"avx2", runs_avx2, &kernels_avx2},
    {"avx512", runs_avx512, &kernels_avx512},
};

#elif defined(__aarch64__)

#include <sys/auxv.h>

static int runs_neon(void) { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

static const struct kernel_set kernel_sets[] = {{"neon", runs_neon, &kernels_neon}};

#else
#error "there are kernels for x86-64 and aarch64 only"
#endif

const struct kernels *runnable_kernels(const char *name) {
    for (size_t i = 0; i < sizeof kernel_sets / sizeof *kernel_sets; i++) {
        if (strcmp(name, kernel_sets[i].name) == 0) {
            return kernel_sets[i].runs() ? kernel_sets[i].kernels : NULL;
        }
    }
    return NULL;
}
