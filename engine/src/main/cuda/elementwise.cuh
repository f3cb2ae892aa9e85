/* One thread for each element. Where the target may be an operand there is no __restrict__. */
#pragma once

#include "numbers.cuh"

enum { ELEMENT_THREADS = 256 };

INLINE int element_of_grid() { return blockIdx.x * ELEMENT_THREADS + threadIdx.x; }

/* Brings activations from mapped host memory into the device's once, or back. */
KERNEL(copy, ELEMENT_THREADS)(const float *__restrict__ x, float *__restrict__ y, int count) {
    const int i = element_of_grid();
    if (i < count) {
        y[i] = x[i];
    }
}
REGISTER(copy)

KERNEL(add, ELEMENT_THREADS)(float *x, const float *y, int count) {
    const int i = element_of_grid();
    if (i < count) {
        x[i] = x[i] + y[i];
    }
}
REGISTER(add)

/* y is [token][row], count elements in all. */
KERNEL(add_bias, ELEMENT_THREADS)(float *__restrict__ y, const float *__restrict__ bias, int rows, int count) {
    const int i = element_of_grid();
    if (i < count) {
        y[i] = y[i] + bias[i % rows];
    }
}
REGISTER(add_bias)

KERNEL(swiglu, ELEMENT_THREADS)(const float *gate, const float *up, float *y, int count) {
    const int i = element_of_grid();
    if (i < count) {
        y[i] = gate[i] / (1.0f + written_exp(-gate[i])) * up[i];
    }
}
REGISTER(swiglu)

KERNEL(relu, ELEMENT_THREADS)(const float *x, float *y, int count) {
    const int i = element_of_grid();
    if (i < count) {
        /* Not the maximum of 0 and x: NaN has to stay NaN. */
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
    }
}
REGISTER(relu)
