/*
 * Runs the kernels of one instruction set on the cases of a file and compares the bits with those that the file has:
 * check_kernels CASES. KERNELS is their table. CrossKernelsITCase writes the file, numbers as this machine has them:
 *
 *     file   what it must start with, number of cases, cases
 *     case   kind, name, sizes and arrays as the kind has them
 *     name   number of bytes, bytes
 *     array  number of bytes, bytes
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "float_control.h"
#include "kernels.h"

extern const struct kernels KERNELS;

enum { MAGIC = 0x31434b48 };

enum kind { PRODUCT, QUANTIZE, RMS_NORM, LAYER_NORM, SWIGLU, ATTENTION };

/* What a caller of Java may have set, all of which changes results. */
#if defined(__x86_64__)
enum { HOSTILE_CONTROL = CONTROL | 0xc040 }; /* flush to zero, subnormals are zero, round up */
#else
enum { HOSTILE_CONTROL = 1 << 26 | 1 << 24 | 1 << 22 }; /* other halves, flush to zero, round up */
#endif

static FILE *file;
static char name[512];
static int cases_that_differ;

static void fail(const char *problem) {
    fprintf(stderr, "%s, after the case '%s'\n", problem, name);
    exit(2);
}

static void *room(size_t bytes) {
    /* Kernels read and write whole vectors, a norm four of them. */
    size_t padded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + 4 * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, padded);
    if (!memory) {
        fail("no memory");
    }
    return memset(memory, 0, padded);
}

static void read_bytes(void *target, size_t bytes) {
    if (fread(target, 1, bytes, file) != bytes) {
        fail("the file ends too early");
    }
}

static int32_t read_int(void) {
    int32_t value;
    read_bytes(&value, sizeof value);
    return value;
}

static float read_float(void) {
    float value;
    read_bytes(&value, sizeof value);
    return value;
}

static void read_name(char *target, size_t most) {
    size_t bytes = read_int();
    if (bytes >= most) {
        fail("a name is too long");
    }
    read_bytes(target, bytes);
    target[bytes] = 0;
}

static void *read_array(void) {
    size_t bytes = read_int();
    void *array = room(bytes);
    read_bytes(array, bytes);
    return array;
}

/* One line for the first of a case's differences. */
static void report(const char *what, int at, int differences, int count, float actual, float expected) {
    uint32_t bits[2];
    memcpy(&bits[0], &actual, sizeof actual);
    memcpy(&bits[1], &expected, sizeof expected);
    printf("%s: %s[%d] is %.9g (%08x), must be %.9g (%08x); %d of %d differ\n", name, what, at, (double)actual, bits[0],
           (double)expected, bits[1], differences, count);
    cases_that_differ++;
}

/* As bits, so that zeros of different signs differ; any NaN is as good as another. */
static void compare(const char *what, const float *actual, const float *expected, int count) {
    int first = -1, differences = 0;
    for (int i = 0; i < count; i++) {
        int same = memcmp(&actual[i], &expected[i], sizeof *actual) == 0 || (isnan(actual[i]) && isnan(expected[i]));
        if (!same && differences++ == 0) {
            first = i;
        }
    }
    if (differences > 0) {
        report(what, first, differences, count, actual[first], expected[first]);
    }
}

static void compare_quants(const int8_t *actual, const int8_t *expected, int count) {
    int first = -1, differences = 0;
    for (int i = 0; i < count; i++) {
        if (actual[i] != expected[i] && differences++ == 0) {
            first = i;
        }
    }
    if (differences > 0) {
        report("quants", first, differences, count, actual[first], expected[first]);
    }
}

/* One row of activations after the other, so many elements apart. */
static void *spread(void *rows, int tokens, size_t row_bytes, size_t stride_bytes) {
    char *target = room(tokens * stride_bytes);
    for (int t = 0; t < tokens; t++) {
        memcpy(target + t * stride_bytes, (char *)rows + t * row_bytes, row_bytes);
    }
    free(rows);
    return target;
}

static void check_product(void) {
    const int type = read_int(), block = read_int(), rows = read_int(), tiles = read_int(), tile_bytes = read_int();
    const int columns = read_int(), tokens = read_int();
    /* As the bridge has it. */
    const size_t unit = block == 1 ? TILE_ROWS : 256;
    const size_t stride = (columns + unit - 1) / unit * unit + (block == 1 ? unit : 0);
    uint8_t *weights = read_array();
    float *x = spread(read_array(), tokens, block == 1 ? columns * sizeof *x : 0, stride * sizeof *x);
    int8_t *quants = spread(read_array(), tokens, block == 1 ? 0 : columns, stride);
    float *scales = read_array();
    scales = spread(scales, tokens, block == 1 ? 0 : columns / block * sizeof *scales, stride / block * sizeof *scales);
    float *expected = read_array();
    const size_t groups = tokens * (stride / 16 + 1), lanes = (size_t)tiles * TILE_ROWS;
    int32_t *starts = room(groups * sizeof *starts);
    int16_t *sums = room(groups * sizeof *sums);
    float *y = room(tokens * lanes * sizeof *y), *actual = room((size_t)tokens * rows * sizeof *actual);
    struct product product = {
        weights, tile_bytes, tiles, columns, tokens, stride, x, quants, scales, starts, sums, y};
    if (type < 0 || type >= WEIGHT_TYPES) {
        fail("a type of weights that there is none of");
    }
    KERNELS.product[type](&product);
    for (int t = 0; t < tokens; t++) {
        memcpy(actual + (size_t)t * rows, y + t * lanes, rows * sizeof *y);
    }
    compare("y", actual, expected, tokens * rows);
    free(weights), free(x), free(quants), free(scales), free(expected), free(starts), free(sums), free(y), free(actual);
}

static void check_quantize(void) {
    const int block = read_int(), columns = read_int();
    float *x = read_array();
    int8_t *expected_quants = read_array(), *quants = room(columns);
    float *expected_scales = read_array(), *scales = room(columns / block * sizeof *scales);
    KERNELS.quantize(x, block, columns / block, quants, scales);
    compare_quants(quants, expected_quants, columns);
    compare("scales", scales, expected_scales, columns / block);
    free(x), free(expected_quants), free(quants), free(expected_scales), free(scales);
}

static void check_rms_norm(void) {
    const int size = read_int();
    const float eps = read_float();
    float *x = read_array(), *weight = read_array(), *expected = read_array();
    KERNELS.rms_norm(x, weight, size, eps, x);
    compare("y", x, expected, size);
    free(x), free(weight), free(expected);
}

static void check_layer_norm(void) {
    const int size = read_int();
    const float eps = read_float();
    float *x = read_array(), *weight = read_array(), *bias = read_array(), *expected = read_array();
    KERNELS.layer_norm(x, weight, bias, size, eps, x);
    compare("y", x, expected, size);
    free(x), free(weight), free(bias), free(expected);
}

static void check_swiglu(void) {
    const int count = read_int();
    float *gate = read_array(), *up = read_array(), *expected = read_array();
    KERNELS.swiglu(gate, up, count, gate);
    compare("y", gate, expected, count);
    free(gate), free(up), free(expected);
}

static void check_attention(void) {
    const int halves = read_int(), head_dim = read_int(), heads = read_int(), tokens = read_int();
    const int first_position = read_int(), queries = tokens * heads, stride = (head_dim + 15) / 16 * 16;
    const int chunks = (first_position + tokens - 1) / CHUNK_POSITIONS + 1;
    const size_t page_bytes = (size_t)CHUNK_POSITIONS * head_dim * (halves ? sizeof(uint16_t) : sizeof(float));
    const float scale = read_float();
    char *keys = read_array(), *values = read_array();
    float *rows = read_array(), *expected = read_array();
    float *query = spread(rows, queries, head_dim * sizeof *rows, stride * sizeof *rows);
    float *output = room((size_t)queries * stride * sizeof *output);
    float *actual = room((size_t)queries * head_dim * sizeof *actual);
    float *max = room(queries * sizeof *max), *sum = room(queries * sizeof *sum);
    struct attention attention = {
        head_dim, stride, heads, tokens, first_position, scale, query, output, max, sum, halves, NULL, NULL, NULL};
    for (int chunk = 0; chunk < chunks; chunk++) {
        attention.keys = keys + chunk * page_bytes;
        attention.values = values + chunk * page_bytes;
        attention.next_keys = chunk + 1 < chunks ? keys + (chunk + 1) * page_bytes : NULL;
        KERNELS.attend_to_chunk(&attention, chunk);
    }
    KERNELS.finish_attention(&attention);
    for (int i = 0; i < queries; i++) {
        memcpy(actual + i * head_dim, output + i * stride, head_dim * sizeof *output);
    }
    compare("output", actual, expected, queries * head_dim);
    free(keys), free(values), free(query), free(expected), free(output), free(actual), free(max), free(sum);
}

static void check_case(void) {
    const enum kind kind = read_int();
    read_name(name, sizeof name);
    switch (kind) {
        case PRODUCT: check_product(); break;
        case QUANTIZE: check_quantize(); break;
        case RMS_NORM: check_rms_norm(); break;
        case LAYER_NORM: check_layer_norm(); break;
        case SWIGLU: check_swiglu(); break;
        case ATTENTION: check_attention(); break;
        default: fail("a case of an unknown kind");
    }
}

int main(int count, char **arguments) {
    if (count != 2 || !(file = fopen(arguments[1], "rb"))) {
        fprintf(stderr, "usage: check_kernels CASES\n");
        return 2;
    }
    if (read_int() != MAGIC) {
        fail("this is no file of cases");
    }
    const int cases = read_int();
    set_control(HOSTILE_CONTROL);
    const unsigned long control = enter();
    for (int i = 0; i < cases; i++) {
        check_case();
    }
    leave(control);
    if (get_control() != HOSTILE_CONTROL) {
        fail("the thread's floating-point control was not restored");
    }
    set_control(CONTROL);
    printf("%d cases, %d differ\n", cases, cases_that_differ);
    return cases_that_differ > 0;
}
