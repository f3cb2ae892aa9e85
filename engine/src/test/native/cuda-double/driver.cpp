/* Calls, errors, the device and its primary context. */
#include "double.h"

#include <cstdio>
#include <cstring>

/* Never destroyed: the JVM may still call while the process ends. */
Driver &driver = *new Driver;

namespace {

struct Current {
  int epoch = -1;
  CUcontext context = nullptr;
};

thread_local Current current;

bool has_context() {
  return current.epoch == driver.epoch && current.context && current.context->retained > 0;
}

const char *name_of(CUresult code) {
  switch (code) {
  case CUDA_SUCCESS: return "CUDA_SUCCESS";
  case CUDA_ERROR_INVALID_VALUE: return "CUDA_ERROR_INVALID_VALUE";
  case CUDA_ERROR_OUT_OF_MEMORY: return "CUDA_ERROR_OUT_OF_MEMORY";
  case CUDA_ERROR_NOT_INITIALIZED: return "CUDA_ERROR_NOT_INITIALIZED";
  case CUDA_ERROR_NO_DEVICE: return "CUDA_ERROR_NO_DEVICE";
  case CUDA_ERROR_INVALID_DEVICE: return "CUDA_ERROR_INVALID_DEVICE";
  case CUDA_ERROR_INVALID_IMAGE: return "CUDA_ERROR_INVALID_IMAGE";
  case CUDA_ERROR_INVALID_CONTEXT: return "CUDA_ERROR_INVALID_CONTEXT";
  case CUDA_ERROR_NO_BINARY_FOR_GPU: return "CUDA_ERROR_NO_BINARY_FOR_GPU";
  case CUDA_ERROR_ECC_UNCORRECTABLE: return "CUDA_ERROR_ECC_UNCORRECTABLE";
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION: return "CUDA_ERROR_UNSUPPORTED_PTX_VERSION";
  case CUDA_ERROR_INVALID_HANDLE: return "CUDA_ERROR_INVALID_HANDLE";
  case CUDA_ERROR_NOT_FOUND: return "CUDA_ERROR_NOT_FOUND";
  case CUDA_ERROR_NOT_READY: return "CUDA_ERROR_NOT_READY";
  case CUDA_ERROR_ILLEGAL_ADDRESS: return "CUDA_ERROR_ILLEGAL_ADDRESS";
  case CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED: return "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED";
  case CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED: return "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED";
  case CUDA_ERROR_LAUNCH_FAILED: return "CUDA_ERROR_LAUNCH_FAILED";
  }
  return nullptr;
}

} // namespace

Call::Call(const char *function, Needs needs) : lock_(driver.lock) {
  driver.calls++;
  uint64_t of_function = ++driver.calls_of[function];
  host_clock_at_least(host_clock() + driver.settings.call_ns);
  for (const Fault &fault : driver.faults) {
    if (fault.function.empty() ? fault.nth == driver.calls : fault.function == function && fault.nth == of_function) {
      failure_ = fault.code;
    }
  }
  if (needs != Needs::nothing && !driver.initialized) {
    misuse_ = CUDA_ERROR_NOT_INITIALIZED;
  } else if (needs == Needs::context && !has_context()) {
    misuse_ = CUDA_ERROR_INVALID_CONTEXT;
  }
  if (driver.lost && !failure_) {
    failure_ = driver.lost;
  }
}

CUresult Call::finish(CUresult result) const { return failure_ ? failure_ : result ? result : driver.lost; }

CUresult refuse(const char *function, const std::string &why, CUresult code) {
  fprintf(stderr, "[cuda double] %s: %s\n", function, why.c_str());
  return code;
}

CUDA_API cuInit(unsigned) {
  Call call("cuInit", Needs::nothing);
  if (call.refused()) {
    return call.answer();
  }
  if (driver.settings.devices == 0) {
    return CUDA_ERROR_NO_DEVICE;
  }
  driver.initialized = true;
  return CUDA_SUCCESS;
}

CUDA_API cuDriverGetVersion(int *version) {
  Call call("cuDriverGetVersion", Needs::nothing);
  *version = driver.settings.driver;
  return call.finish();
}

CUDA_API cuGetErrorName(CUresult code, const char **name) {
  /* Not a Call: explaining an error must not count as one more that can fail. */
  *name = name_of(code);
  return *name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUDA_API cuGetErrorString(CUresult code, const char **text) { return cuGetErrorName(code, text); }

CUDA_API cuDeviceGetCount(int *count) {
  Call call("cuDeviceGetCount", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  *count = driver.settings.devices;
  return CUDA_SUCCESS;
}

CUDA_API cuDeviceGet(CUdevice *device, int ordinal) {
  Call call("cuDeviceGet", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  if (ordinal < 0 || ordinal >= driver.settings.devices) {
    return CUDA_ERROR_INVALID_DEVICE;
  }
  *device = ordinal;
  return CUDA_SUCCESS;
}

CUDA_API cuDeviceGetName(char *name, int size, CUdevice) {
  Call call("cuDeviceGetName", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  snprintf(name, size, "Driver double");
  return CUDA_SUCCESS;
}

CUDA_API cuDeviceTotalMem_v2(size_t *bytes, CUdevice) {
  Call call("cuDeviceTotalMem", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  *bytes = driver.settings.memory;
  return CUDA_SUCCESS;
}

CUDA_API cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice) {
  Call call("cuDeviceGetAttribute", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = 1024; break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: *value = 48 << 10; break;
  case CU_DEVICE_ATTRIBUTE_WARP_SIZE: *value = 32; break;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *value = 4; break;
  case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT: *value = 2; break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *value = driver.settings.major; break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: *value = driver.settings.minor; break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: *value = 99 << 10; break;
  case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
  case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
  case CU_DEVICE_ATTRIBUTE_HOST_REGISTER_SUPPORTED:
  case CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED: *value = 1; break;
  default: return refuse("cuDeviceGetAttribute", "the double does not know attribute " + std::to_string(attribute));
  }
  return CUDA_SUCCESS;
}

CUDA_API cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice) {
  Call call("cuDevicePrimaryCtxRetain", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  driver.primary.retained++;
  *context = &driver.primary;
  return CUDA_SUCCESS;
}

CUDA_API cuDevicePrimaryCtxRelease_v2(CUdevice) {
  Call call("cuDevicePrimaryCtxRelease", Needs::init);
  if (call.misused()) {
    return call.answer();
  }
  if (driver.primary.retained == 0) {
    return refuse("cuDevicePrimaryCtxRelease", "the primary context is not retained", CUDA_ERROR_INVALID_CONTEXT);
  }
  driver.primary.retained--;
  return call.finish();
}

CUDA_API cuCtxSetCurrent(CUcontext context) {
  Call call("cuCtxSetCurrent", Needs::init);
  if (call.refused()) {
    return call.answer();
  }
  current = Current{driver.epoch, context};
  return CUDA_SUCCESS;
}

CUDA_API cuMemGetInfo_v2(size_t *free, size_t *total) {
  Call call("cuMemGetInfo", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  *total = driver.settings.memory;
  *free = *total - driver.settings.taken - driver.used;
  return CUDA_SUCCESS;
}
