/* The kernels of one instruction set; a file that includes this has included its lanes before. */
#include "tiles.h"

#include "linear_quantized.h"

#include "linear_float.h"

#include "elementwise.h"

#include "attention.h"

#define KERNELS_OF_LANES { \
    .f32 = product_f32, \
    .f16 = product_f16, \
    .bf16 = product_bf16, \
    .q8_0 = product_q8_0, \
    .q4_0 = product_q4_0, \
    .quantize = quantize, \
    .halves_to_floats = halves_to_floats, \
    .attend_to_chunk = attend_to_chunk, \
    .finish_attention = finish_attention, \
    .rms_norm = rms_norm, \
    .swiglu = swiglu, \
}
