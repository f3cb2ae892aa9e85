#include "kernels.h"

#include "lanes_avx512.h"

#include "kernels_of_lanes.h"

const struct kernels kernels_avx512 = KERNELS_OF_LANES;
