/* Sums and maxima of a warp. */
#pragma once

#include "device.cuh"

enum { WARP = 32 };

constexpr unsigned ALL_LANES = 0xffffffffu;

INLINE int warp_max(int value) {
    for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
        int other = __shfl_xor_sync(ALL_LANES, value, lanes);
        value = other > value ? other : value;
    }
    return value;
}

/* The sum of the lanes with the same lane / width. */
INLINE int integer_sum_of_lanes(int value, int width) {
    for (int lanes = width / 2; lanes > 0; lanes /= 2) {
        value += __shfl_xor_sync(ALL_LANES, value, lanes);
    }
    return value;
}
