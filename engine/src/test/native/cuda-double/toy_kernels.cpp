/* The host build of toy_kernels.cu: threads run one after the other, since none of them waits for another. */
#include "host_kernels.h"

namespace {

struct Index {
  unsigned x;
};
Index blockIdx, blockDim, threadIdx;

} // namespace

#define __global__
#include "toy_kernels.cu"

namespace {

template <class Body> void for_each_thread(const unsigned grid[3], const unsigned block[3], Body body) {
  blockDim.x = block[0];
  for (blockIdx.x = 0; blockIdx.x < grid[0]; blockIdx.x++) {
    for (threadIdx.x = 0; threadIdx.x < block[0]; threadIdx.x++) {
      body();
    }
  }
}

template <class T> T at(void **params, int i) { return *static_cast<T *>(params[i]); }

void launch_copy(void **p, unsigned grid[3], unsigned block[3], unsigned, uint64_t) {
  for_each_thread(grid, block, [&] { toy_copy(at<const float *>(p, 0), at<float *>(p, 1), at<int>(p, 2)); });
}

void launch_add(void **p, unsigned grid[3], unsigned block[3], unsigned, uint64_t) {
  for_each_thread(grid, block,
                  [&] { toy_add(at<const float *>(p, 0), at<float *>(p, 1), at<float>(p, 2), at<int>(p, 3)); });
}

const int COPY_SIZES[] = {8, 8, 4};
const int ADD_SIZES[] = {8, 8, 4, 4};
const host_kernel KERNELS[] = {{"toy_copy", 3, COPY_SIZES, launch_copy}, {"toy_add", 4, ADD_SIZES, launch_add}};

} // namespace

extern "C" __attribute__((visibility("default"))) const host_kernel *hetegen_host_kernels(int *count) {
  *count = 2;
  return KERNELS;
}
