// Two kernels for the tests of the device layer itself: one thread for each element.
extern "C" __global__ void toy_copy(const float *x, float *y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    y[i] = x[i];
  }
}

extern "C" __global__ void toy_add(const float *x, float *y, float a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    y[i] = y[i] + a * x[i];
  }
}
