/*
 * The part of CUDA that the kernels in src/main/cuda use, for a host compiler: each thread of a block is a fiber. Threads
 * of a block run one at a time, in an order that the launch's seed gives, and are left only at barriers, shuffles and mma.
 */
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "../cuda-double/host_kernels.h"

struct dim3 {
    unsigned x, y, z;
};

struct int4 {
    int x, y, z, w;
};

struct float4 {
    float x, y, z, w;
};

namespace simt {

/* Of the running thread. */
struct indexes {
    dim3 thread, block, block_dim, grid_dim;
};
extern thread_local const indexes *current;

unsigned lane();

/* Memory of the running block for one declaration, filled with NaN when the block starts. */
void *shared_array(const void *declaration, size_t bytes);

void barrier(const void *place);

/* Gives the 32 values of a warp, in the order of lanes, to each of its threads; all of them have to come to the same place. */
void exchange(const void *value, void *values, size_t bytes, const void *place);

void register_kernel(const host_kernel &kernel);
void launch(void (*run)(void **), void **parameters, const unsigned *grid, const unsigned *block, uint64_t seed);

/* Describes a kernel by its C++ type. */
template <auto KERNEL>
struct registration;

template <class... P, void (*KERNEL)(P...)>
struct registration<KERNEL> {
    template <size_t... I>
    static void call(void **parameters, std::index_sequence<I...>) {
        KERNEL(*static_cast<P *>(parameters[I])...);
    }
    static void run(void **parameters) { call(parameters, std::index_sequence_for<P...>{}); }
    static void start(void **parameters, unsigned *grid, unsigned *block, unsigned, uint64_t seed) {
        launch(run, parameters, grid, block, seed);
    }
    explicit registration(const char *name) {
        static const int sizes[] = {static_cast<int>(sizeof(P))...};
        register_kernel({name, sizeof...(P), sizes, start});
    }
};

}  // namespace simt

#define threadIdx (simt::current->thread)
#define blockIdx (simt::current->block)
#define blockDim (simt::current->block_dim)
#define gridDim (simt::current->grid_dim)

/* A place is told apart by its address: each expansion has an object of its own. */
#define SIMT_PLACE \
    ([]() -> const void * { static const char place = 0; return &place; }())

#define __syncthreads() simt::barrier(SIMT_PLACE)

template <class T>
static inline T simt_shuffle(T value, unsigned source, const void *place) {
    T values[32];
    simt::exchange(&value, values, sizeof value, place);
    return values[source];
}

/* As on the device, a lane that is not there gives the thread its own value. */
#define __shfl_down_sync(mask, value, delta) \
    simt_shuffle(value, simt::lane() + (delta) < 32 ? simt::lane() + (delta) : simt::lane(), SIMT_PLACE)
#define __shfl_xor_sync(mask, value, lanes) simt_shuffle(value, simt::lane() ^ (lanes), SIMT_PLACE)

static inline float __int_as_float(int bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int __float_as_int(float value) {
    int bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline int __float2int_rn(float value) { return static_cast<int>(nearbyintf(value)); }

static inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
    uint64_t bytes = static_cast<uint64_t>(high) << 32 | low;
    unsigned result = 0;
    for (int i = 0; i < 4; i++) {
        result |= static_cast<unsigned>(bytes >> 8 * (selector >> 4 * i & 7) & 0xff) << 8 * i;
    }
    return result;
}
