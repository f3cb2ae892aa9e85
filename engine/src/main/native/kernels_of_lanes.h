/* The kernels of one instruction set; a file that includes this has included its lanes before. */
#include "tiles.h"

#include "quantized_types.h"

#include "quantize.h"

#include "linear_quantized.h"

#include "linear_float.h"

#include "elementwise.h"

#include "attention.h"

#define KERNELS_OF_LANES { \
    .product = { \
        [WEIGHTS_F32] = product_F32, \
        [WEIGHTS_F16] = product_F16, \
        [WEIGHTS_BF16] = product_BF16, \
        [WEIGHTS_Q8_0] = product_Q8_0, \
        [WEIGHTS_Q4_0] = product_Q4_0, \
        [WEIGHTS_Q4_1] = product_Q4_1, \
        [WEIGHTS_Q5_0] = product_Q5_0, \
        [WEIGHTS_Q5_1] = product_Q5_1, \
        [WEIGHTS_Q2_K] = product_Q2_K, \
        [WEIGHTS_Q3_K] = product_Q3_K, \
        [WEIGHTS_Q4_K] = product_Q4_K, \
        [WEIGHTS_Q5_K] = product_Q5_K, \
        [WEIGHTS_Q6_K] = product_Q6_K, \
        [WEIGHTS_IQ4_NL] = product_IQ4_NL, \
        [WEIGHTS_IQ4_XS] = product_IQ4_XS, \
        [WEIGHTS_MXFP4] = product_MXFP4, \
    }, \
    .quantize = quantize, \
    .attend_to_chunk = attend_to_chunk, \
    .finish_attention = finish_attention, \
    .rms_norm = rms_norm, \
    .layer_norm = layer_norm, \
    .swiglu = swiglu, \
}
