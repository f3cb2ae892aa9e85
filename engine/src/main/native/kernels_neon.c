#include "kernels.h"

#include "lanes_neon.h"

#include "kernels_of_lanes.h"

const struct kernels kernels_neon = KERNELS_OF_LANES;
