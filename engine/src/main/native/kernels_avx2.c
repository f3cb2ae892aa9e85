#include "kernels.h"

#include "lanes_avx2.h"

#include "kernels_of_lanes.h"

const struct kernels kernels_avx2 = KERNELS_OF_LANES;
