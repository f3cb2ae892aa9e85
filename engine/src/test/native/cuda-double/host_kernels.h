/* What the host build of the CUDA kernels hands to the driver double. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct host_kernel {
  const char *name;       /* as after .entry in the PTX text */
  int num_params;
  const int *param_sizes; /* bytes, in order; compared with the PTX text, so that a stale text is refused */
  /*
   * Runs the whole grid before it returns. params[i] points at a copy of parameter i in which every aligned 8-byte word
   * that holds a device address has been replaced by the address where the host can reach that memory: pointers are
   * followed as they are. (An address stored in device memory is not replaced: kernels take pointers as parameters.)
   * The seed gives the order of blocks and warps; 0 is ascending order. A memory fault inside is the driver's error 700;
   * raise(SIGTRAP) makes any other fault (a divergent barrier) its error 719. Both leave by longjmp, so a launch must not
   * rely on what an earlier one left behind.
   */
  void (*launch)(void **params, unsigned grid[3], unsigned block[3], unsigned shared_bytes, uint64_t seed);
};

/* Exported by libhetegen-kernels-host.so: all kernels and their number. */
const struct host_kernel *hetegen_host_kernels(int *count);

#ifdef __cplusplus
}
#endif
