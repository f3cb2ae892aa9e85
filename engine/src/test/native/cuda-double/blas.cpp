/*
 * libcublas.so.12: as much of cuBLAS as JCuda's native library and the engine call. A product runs where its stream runs it,
 * like any kernel, and adds in another order than the engine's kernels do.
 */
#include "double.h"

#include <cmath>
#include <cstring>

#define BLAS_API extern "C" __attribute__((visibility("default"))) cublasStatus

/* The numbers of NVIDIA's public documentation. */
enum cublasStatus {
  CUBLAS_STATUS_SUCCESS = 0,
  CUBLAS_STATUS_NOT_INITIALIZED = 1,
  CUBLAS_STATUS_INVALID_VALUE = 7,
  CUBLAS_STATUS_EXECUTION_FAILED = 13,
  CUBLAS_STATUS_NOT_SUPPORTED = 15,
};

struct double_blas {
  CUstream stream = nullptr;
  CUdeviceptr workspace = 0;
  size_t workspace_bytes = 0;
};

namespace {

const int OP_N = 0, OP_T = 1;
const int R_32F = 0, R_16F = 2, R_16BF = 14;
const int COMPUTE_32F = 68, COMPUTE_32F_FAST_TF32 = 77;
const int VERSION = 120600;

cublasStatus refused(const char *function, const std::string &why, cublasStatus status = CUBLAS_STATUS_INVALID_VALUE) {
  refuse(function, why);
  return status;
}

/* An injected error is a status of cuBLAS; one of the driver is, to cuBLAS, a failed execution. */
cublasStatus status(CUresult code) {
  return code == driver.lost && code != CUDA_SUCCESS ? CUBLAS_STATUS_EXECUTION_FAILED : static_cast<cublasStatus>(code);
}

cublasStatus answer(const Call &call) { return call.misused() ? CUBLAS_STATUS_NOT_INITIALIZED : status(call.answer()); }

bool exists(double_blas *handle) { return driver.blas.count(handle) != 0; }

float half_to_float(uint16_t bits) {
  _Float16 half;
  memcpy(&half, &bits, sizeof half);
  return static_cast<float>(half);
}

float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* As tensor cores take it: with 10 bits of fraction. */
float rounded_to_tf32(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return std::isfinite(value) ? from_bits((bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu) : value;
}

size_t size_of(int type) { return type == R_32F ? 4 : 2; }

float element(const char *matrix, int type, size_t index) {
  if (type == R_32F) {
    float value;
    memcpy(&value, matrix + index * sizeof value, sizeof value);
    return rounded_to_tf32(value);
  }
  uint16_t bits;
  memcpy(&bits, matrix + index * sizeof bits, sizeof bits);
  return type == R_16F ? half_to_float(bits) : from_bits(static_cast<uint32_t>(bits) << 16);
}

/* Where the host reaches a matrix of so many columns, or null if it leaves its allocation. */
char *matrix(uintptr_t address, int type, int rows, int columns, int stride) {
  size_t bytes = (static_cast<size_t>(columns - 1) * stride + rows) * size_of(type);
  return inside_allocation(address, bytes) ? reinterpret_cast<char *>(reachable(address)) : nullptr;
}

} // namespace

BLAS_API cublasCreate_v2(double_blas **handle) {
  Call call("cublasCreate", Needs::context);
  if (call.refused()) {
    return answer(call);
  }
  *handle = new double_blas;
  driver.blas.insert(*handle);
  return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasDestroy_v2(double_blas *handle) {
  Call call("cublasDestroy", Needs::context);
  if (call.misused()) {
    return answer(call);
  }
  if (driver.blas.erase(handle) == 0) {
    return refused("cublasDestroy", "no such handle; was it destroyed before?", CUBLAS_STATUS_NOT_INITIALIZED);
  }
  complete_everything();
  delete handle;
  return status(call.finish());
}

BLAS_API cublasGetVersion_v2(double_blas *, int *version) {
  Call call("cublasGetVersion", Needs::nothing);
  *version = VERSION;
  return status(call.finish());
}

BLAS_API cublasSetStream_v2(double_blas *handle, CUstream stream) {
  Call call("cublasSetStream", Needs::context);
  if (call.refused()) {
    return answer(call);
  }
  if (!exists(handle) || !driver.streams.count(stream)) {
    return refused("cublasSetStream", "no such handle or stream");
  }
  *handle = double_blas{stream, 0, 0};
  return CUBLAS_STATUS_SUCCESS;
}

BLAS_API cublasSetWorkspace_v2(double_blas *handle, CUdeviceptr workspace, size_t bytes) {
  Call call("cublasSetWorkspace", Needs::context);
  if (call.refused()) {
    return answer(call);
  }
  if (!exists(handle) || workspace % 256 != 0 || !inside_allocation(workspace, bytes)) {
    return refused("cublasSetWorkspace", "no such handle, or no such memory on a border of 256 bytes");
  }
  handle->workspace = workspace;
  handle->workspace_bytes = bytes;
  return CUBLAS_STATUS_SUCCESS;
}

/* C = W' X with binary32 C, for m rows and n columns; alpha is 1 and beta is 0. */
BLAS_API cublasGemmEx(double_blas *handle, int op_a, int op_b, int m, int n, int k, const float *alpha, CUdeviceptr a,
                      int a_type, int lda, CUdeviceptr b, int b_type, int ldb, const float *beta, CUdeviceptr c, int c_type,
                      int ldc, int compute, int) {
  Call call("cublasGemmEx", Needs::context);
  if (call.refused()) {
    return answer(call);
  }
  if (!exists(handle) || !driver.streams.count(handle->stream) ||
      !inside_allocation(handle->workspace, handle->workspace_bytes)) {
    return refused("cublasGemmEx", "no such handle, or its stream or workspace is no longer there");
  }
  bool known = a_type == R_32F ? compute == COMPUTE_32F_FAST_TF32
                               : (a_type == R_16F || a_type == R_16BF) && compute == COMPUTE_32F;
  if (op_a != OP_T || op_b != OP_N || !known || b_type != a_type || c_type != R_32F || *alpha != 1 || *beta != 0) {
    return refused("cublasGemmEx", "the double does not know this kind of product", CUBLAS_STATUS_NOT_SUPPORTED);
  }
  if (m < 1 || n < 1 || k < 1 || lda < k || ldb < k || ldc < m) {
    return refused("cublasGemmEx", "these are no dimensions of a product");
  }
  const char *weights = matrix(a, a_type, k, m, lda);
  const char *inputs = matrix(b, b_type, k, n, ldb);
  char *outputs = matrix(c, c_type, m, n, ldc);
  if (!weights || !inputs || !outputs) {
    driver.lost = CUDA_ERROR_ILLEGAL_ADDRESS;
    return refused("cublasGemmEx", "a matrix leaves its allocation", CUBLAS_STATUS_EXECUTION_FAILED);
  }
  driver.products++;
  Operation op;
  op.name = "cublasGemmEx";
  op.engine = Engine::compute;
  op.bytes = 0;
  op.cost = driver.settings.kernel_ns;
  char *scratch = reinterpret_cast<char *>(reachable(handle->workspace));
  size_t scratch_bytes = handle->workspace_bytes;
  op.run = [=] {
    for (int column = 0; column < n; column++) {
      for (int row = 0; row < m; row++) {
        double sum = 0;
        for (int i = k - 1; i >= 0; i--) {
          sum += static_cast<double>(element(weights, a_type, static_cast<size_t>(row) * lda + i)) *
                 element(inputs, a_type, static_cast<size_t>(column) * ldb + i);
        }
        float value = static_cast<float>(sum);
        memcpy(outputs + (static_cast<size_t>(column) * ldc + row) * sizeof value, &value, sizeof value);
      }
    }
    /* It is cuBLAS's own for the time of a product: whoever else has put something there has lost it. */
    memset(scratch, 0xff, scratch_bytes);
    return CUDA_SUCCESS;
  };
  submit(handle->stream, std::move(op));
  return status(call.finish());
}
