/*
 * numerics = fast: brings packed weights and activations into the form that cuBLAS multiplies, and what it leaves to where
 * it belongs. Between them is arithmetic that nobody fixes; these kernels fix theirs all the same.
 */
#include "numbers.cuh"
#include "tiles.cuh"
#include "warp.cuh"

enum {
    FAST_THREADS = 256,
    UNPACK_WORDS = 64,
    /* From row to row in shared memory, so that the words of a column lie in different banks. */
    UNPACK_STRIDE = UNPACK_WORDS + 1,
    /* Activations are scaled to less than 2^15, which binary16 holds: 2^14 has this exponent, biased. */
    SCALED_EXPONENT = 127 + 14
};

/*
 * Tiles of F32, F16 and BF16 are [word][row], words of 4 bytes, one tile after the other: here they become rows,
 * [tile][row][word], with stride words from row to row.
 */
KERNEL(unpack_tiles, FAST_THREADS)(const uint32_t *__restrict__ tiles, int words, int stride, uint32_t *__restrict__ rows) {
    SHARED(uint32_t, shared, TILE_ROWS * UNPACK_STRIDE);
    const int first = blockIdx.x * UNPACK_WORDS;
    const int present = least(UNPACK_WORDS, words - first);
    const uint32_t *from = tiles + (static_cast<size_t>(blockIdx.y) * words + first) * TILE_ROWS;
    uint32_t *to = rows + static_cast<size_t>(blockIdx.y) * TILE_ROWS * stride + first;
    for (int i = threadIdx.x; i < TILE_ROWS * present; i += FAST_THREADS) {
        shared[i % TILE_ROWS * UNPACK_STRIDE + i / TILE_ROWS] = from[i];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < TILE_ROWS * UNPACK_WORDS; i += FAST_THREADS) {
        const int row = i / UNPACK_WORDS;
        const int word = i % UNPACK_WORDS;
        if (word < present) {
            to[static_cast<size_t>(row) * stride + word] = shared[row * UNPACK_STRIDE + word];
        }
    }
}
REGISTER(unpack_tiles)

INLINE uint16_t float_to_bfloat(float value) {
    const uint32_t bits = static_cast<uint32_t>(__float_as_int(value));
    const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
    return static_cast<uint16_t>(is_nan ? 0x7fc0u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

struct fast_f32 {
    typedef float element;
    METHOD static float of(float value) { return value; }
};

struct fast_f16 {
    typedef uint16_t element;
    METHOD static uint16_t of(float value) { return float_to_half(value); }
};

struct fast_bf16 {
    typedef uint16_t element;
    METHOD static uint16_t of(float value) { return float_to_bfloat(value); }
};

/*
 * A block of threads for each token: its activations, times the power of two that brings the greatest of them just below 2^15,
 * and its scale, which takes that back. So none becomes infinite as binary16, and none subnormal that matters.
 */
template <class TYPE>
INLINE void fast_input(const float *x, int columns, int stride, typename TYPE::element *target, float *scales) {
    SHARED(int, shared, FAST_THREADS / WARP);
    x += static_cast<size_t>(blockIdx.x) * columns;
    target += static_cast<size_t>(blockIdx.x) * stride;
    /* Bits without the sign are in the order of magnitudes; infinity and NaN are the greatest. */
    int most = 0;
    for (int i = threadIdx.x; i < columns; i += FAST_THREADS) {
        const int magnitude = __float_as_int(x[i]) & 0x7fffffff;
        most = magnitude > most ? magnitude : most;
    }
    most = warp_max(most);
    if (threadIdx.x % WARP == 0) {
        shared[threadIdx.x / WARP] = most;
    }
    __syncthreads();
    for (int i = 0; i < FAST_THREADS / WARP; i++) {
        most = shared[i] > most ? shared[i] : most;
    }
    int shift = (most >> 23) - SCALED_EXPONENT;
    shift = shift < -126 ? -126 : shift;
    const float factor = power_of_two(-shift);
    for (int i = threadIdx.x; i < columns; i += FAST_THREADS) {
        target[i] = TYPE::of(x[i] * factor);
    }
    if (threadIdx.x == 0) {
        scales[blockIdx.x] = power_of_two(shift);
    }
}

#define FAST_INPUT(type)                                                                                           \
    KERNEL(fast_input_##type, FAST_THREADS)(                                                                       \
        const float *__restrict__ x, int columns, int stride, fast_##type::element *__restrict__ target,           \
        float *__restrict__ scales) {                                                                              \
        fast_input<fast_##type>(x, columns, stride, target, scales);                                               \
    }                                                                                                              \
    REGISTER(fast_input_##type)

FAST_INPUT(f32)
FAST_INPUT(f16)
FAST_INPUT(bf16)

/* Some rows of y, which has rows for each token, from products [token][row] of scaled activations. */
KERNEL(fast_output, FAST_THREADS)(
    const float *__restrict__ products, int stride, const float *__restrict__ scales, float *__restrict__ y, int rows,
    int first_row, int count) {
    const int row = blockIdx.y * FAST_THREADS + threadIdx.x;
    if (row < count) {
        const size_t token = blockIdx.x;
        y[token * rows + first_row + row] = products[token * stride + row] * scales[token];
    }
}
REGISTER(fast_output)
