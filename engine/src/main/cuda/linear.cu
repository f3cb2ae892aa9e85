/* The matrix products and embedding rows of one weight type: TYPE is its name, given by the compiler's -D. */
#include "embedding.cuh"
#include "gemm_float.cuh"
#include "gemm_quantized.cuh"
#include "gemv.cuh"

#define JOINED(a, b) a##_##b
#define JOIN(a, b) JOINED(a, b)
#define NAME(operation) JOIN(TYPE, operation)

KERNEL(NAME(gemv1), GEMV_THREADS)(LINEAR_PARAMETERS) { gemv<TYPE, 1>(LINEAR_ARGUMENTS); }
KERNEL(NAME(gemv4), GEMV_THREADS)(LINEAR_PARAMETERS) { gemv<TYPE, 4>(LINEAR_ARGUMENTS); }
KERNEL(NAME(gemv8), GEMV_THREADS)(LINEAR_PARAMETERS) { gemv<TYPE, 8>(LINEAR_ARGUMENTS); }

KERNEL(NAME(gemm), GEMM_THREADS)(LINEAR_PARAMETERS) {
    if constexpr (TYPE::BLOCK == 1) {
        gemm_float<TYPE>(LINEAR_ARGUMENTS);
    } else {
        gemm_quantized<TYPE>(LINEAR_ARGUMENTS);
    }
}

KERNEL(NAME(rows), ROWS_THREADS)(
    const uint8_t *__restrict__ tiles, int columns, const int *__restrict__ ids, float *__restrict__ y) {
    embedding_rows<TYPE>(tiles, columns, ids, y);
}

REGISTER(NAME(gemv1))
REGISTER(NAME(gemv4))
REGISTER(NAME(gemv8))
REGISTER(NAME(gemm))
REGISTER(NAME(rows))
