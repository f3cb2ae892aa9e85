/* The kernels of docs/arithmetic.md for one instruction set: same order of operations, same bits as the Java ones. */
#ifndef HETEGEN_KERNELS_H
#define HETEGEN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
    TILE_ROWS = 16,
    SEGMENT = 512,
    BLOCK = 32,
    SEGMENT_BLOCKS = SEGMENT / BLOCK,
    ALIGNMENT = 64,
    CHUNK_POSITIONS = 64,
    MOST_TOKENS = 64, /* of a product */
};

/* Types of weights, numbered as NativeKernels does. */
enum weights {
    WEIGHTS_F32,
    WEIGHTS_F16,
    WEIGHTS_BF16,
    WEIGHTS_Q8_0,
    WEIGHTS_Q4_0,
    WEIGHTS_Q4_1,
    WEIGHTS_Q5_0,
    WEIGHTS_Q5_1,
    WEIGHTS_Q2_K,
    WEIGHTS_Q3_K,
    WEIGHTS_Q4_K,
    WEIGHTS_Q5_K,
    WEIGHTS_Q6_K,
    WEIGHTS_IQ4_NL,
    WEIGHTS_IQ4_XS,
    WEIGHTS_MXFP4,
};

enum { WEIGHT_TYPES = WEIGHTS_MXFP4 + 1 };

/* y = W x for consecutive row tiles; all arrays are aligned to 64 bytes. Tokens are stride columns apart. */
struct product {
    const uint8_t *tiles;
    size_t tile_bytes;
    int num_tiles;
    int columns;
    int tokens;
    size_t stride;        /* a multiple of 256 for quantized weights */
    const float *x;       /* [token][column], for weights of a float type */
    const int8_t *quants; /* [token][column], for quantized weights */
    const float *scales;  /* [token][block] */
    int32_t *starts;      /* [token][group of 16 columns], room for what integer sums start from */
    int16_t *sums;        /* [token][group of 16 columns], room for sums of quants */
    float *y;             /* [token][tile][row] */
};

/* Queries of the heads that share one key and value head, against one chunk of positions after the other. */
struct attention {
    int head_dim;
    int stride;      /* of a query's and an output's elements: head_dim rounded up to a whole vector */
    int heads;       /* query heads per key and value head */
    int tokens;
    int first_position;
    float scale;
    const float *query; /* [token][head][stride] */
    float *output;      /* [token][head][stride] */
    float *max;         /* [token][head] */
    float *sum;         /* [token][head] */
    int halves;          /* whether keys and values are binary16 */
    const void *keys;    /* of the chunk: [group of 16 positions][element][position in group] */
    const void *values;  /* of the chunk: [position][element], then memory for a vector more */
    const void *next_keys; /* of the next chunk, NULL if there is none */
};

struct kernels {
    void (*product[WEIGHT_TYPES])(const struct product *);
    void (*quantize)(const float *x, int block, int blocks, int8_t *quants, float *scales);
    void (*attend_to_chunk)(const struct attention *, int chunk);
    void (*finish_attention)(const struct attention *);
    void (*rms_norm)(const float *x, const float *weight, int size, float eps, float *y);
    void (*layer_norm)(const float *x, const float *weight, const float *bias, int size, float eps, float *y);
    void (*swiglu)(const float *gate, const float *up, int count, float *y);
};

extern const struct kernels kernels_avx2;
extern const struct kernels kernels_avx512;
extern const struct kernels kernels_neon;

/* Those of an instruction set by its name; NULL if there are none or this machine cannot run them. */
const struct kernels *runnable_kernels(const char *name);

#endif
