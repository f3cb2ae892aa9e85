/* Modules, functions and launches. */
#include "double.h"

#include <cstring>

namespace {

const unsigned MOST_SHARED = 99 << 10;

/* A smaller number is a number, not what malloc or mmap returned. */
const uint64_t LOWEST_ADDRESS = uint64_t(1) << 40;

double_function *as_function(CUfunction handle) {
  for (auto &module : driver.modules) {
    for (auto &function : module.first->functions) {
      if (function.second.get() == handle) {
        return handle;
      }
    }
  }
  return nullptr;
}

/* A parameter's copy, with the host's addresses in place of the device's. */
using Parameter = std::vector<uint64_t>;

CUresult translate(const std::string &kernel, int index, int bytes, const void *value, Parameter &out) {
  out.assign((bytes + 7) / 8, 0);
  memcpy(out.data(), value, bytes);
  for (int word = 0; word < bytes / 8; word++) {
    if (is_device_address(out[word])) {
      uintptr_t host = reachable(out[word]);
      if (!host) {
        return refuse(kernel.c_str(), "parameter " + std::to_string(index) + " points at no allocation; was it freed?",
                      CUDA_ERROR_ILLEGAL_ADDRESS);
      }
      out[word] = host;
    } else if (bytes == 8 && out[word] >= LOWEST_ADDRESS && is_mapped_by_the_process(out[word], 1)) {
      return refuse(kernel.c_str(), "parameter " + std::to_string(index) + " is an address of the host",
                    CUDA_ERROR_ILLEGAL_ADDRESS);
    }
  }
  return CUDA_SUCCESS;
}

double cost_of(const double_function &function, double blocks, const std::vector<Parameter> &params) {
  auto found = driver.costs.find(function.name);
  if (found == driver.costs.end()) {
    return driver.settings.kernel_ns;
  }
  const KernelCost &cost = found->second;
  double time = cost.base + cost.per_block * blocks;
  if (cost.parameter >= 0 && cost.parameter < static_cast<int>(params.size())) {
    time += cost.per_unit * static_cast<double>(params[cost.parameter][0]);
  }
  return time;
}

} // namespace

CUDA_API cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, int *, void **) {
  Call call("cuModuleLoadDataEx", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  auto made = std::make_unique<double_module>();
  CUresult result = parse_ptx(static_cast<const char *>(image), driver.settings, made->entries);
  if (result != CUDA_SUCCESS) {
    return result;
  }
  *module = made.get();
  driver.modules[*module] = std::move(made);
  return CUDA_SUCCESS;
}

CUDA_API cuModuleLoadData(CUmodule *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

CUDA_API cuModuleUnload(CUmodule module) {
  Call call("cuModuleUnload", Needs::context);
  if (call.misused()) {
    return call.answer();
  }
  if (!driver.modules.count(module)) {
    return refuse("cuModuleUnload", "no such module; was it unloaded before?", CUDA_ERROR_INVALID_HANDLE);
  }
  complete_everything();
  driver.modules.erase(module);
  return call.finish();
}

CUDA_API cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  Call call("cuModuleGetFunction", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!driver.modules.count(module)) {
    return refuse("cuModuleGetFunction", "no such module", CUDA_ERROR_INVALID_HANDLE);
  }
  auto entry = module->entries.find(name);
  if (entry == module->entries.end()) {
    return CUDA_ERROR_NOT_FOUND;
  }
  const host_kernel *kernel = find_host_kernel(name);
  if (!kernel) {
    return refuse(name, "the PTX text has this kernel and the host build has not", CUDA_ERROR_NOT_FOUND);
  }
  if (entry->second != std::vector<int>(kernel->param_sizes, kernel->param_sizes + kernel->num_params)) {
    return refuse(name, "the parameters in the PTX text are not those of the host build: is the text stale?",
                  CUDA_ERROR_INVALID_IMAGE);
  }
  auto &made = module->functions[name];
  if (!made) {
    made = std::make_unique<double_function>();
    made->name = name;
    made->kernel = kernel;
  }
  *function = made.get();
  return CUDA_SUCCESS;
}

CUDA_API cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
  Call call("cuFuncSetAttribute", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  double_function *function = as_function(handle);
  if (!function || attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 ||
      static_cast<unsigned>(value) > MOST_SHARED) {
    return refuse("cuFuncSetAttribute", "no such function or attribute, or more shared memory than a block can have");
  }
  function->shared_limit = value;
  return CUDA_SUCCESS;
}

CUDA_API cuLaunchKernel(CUfunction handle, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                        unsigned block_y, unsigned block_z, unsigned shared_bytes, CUstream stream, void **params,
                        void **extra) {
  Call call("cuLaunchKernel", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  double_function *function = as_function(handle);
  if (!function || !driver.streams.count(stream)) {
    return refuse("cuLaunchKernel", "no such function or stream", CUDA_ERROR_INVALID_HANDLE);
  }
  uint64_t threads = uint64_t(block_x) * block_y * block_z;
  if (grid_x == 0 || grid_y == 0 || grid_z == 0 || threads == 0 || threads > 1024 || block_z > 64 || grid_y > 65535 ||
      grid_z > 65535) {
    return refuse(function->name.c_str(), "these are no dimensions of a launch");
  }
  if (shared_bytes > function->shared_limit) {
    return refuse(function->name.c_str(), "more shared memory than allowed; cuFuncSetAttribute raises the limit");
  }
  if (!params || extra) {
    return refuse(function->name.c_str(), "parameters come as an array of pointers");
  }
  const host_kernel *kernel = function->kernel;
  auto values = std::make_shared<std::vector<Parameter>>(kernel->num_params);
  for (int i = 0; i < kernel->num_params; i++) {
    CUresult result = translate(function->name, i, kernel->param_sizes[i], params[i], (*values)[i]);
    if (result != CUDA_SUCCESS) {
      driver.lost = result; /* as on a device, where the launch succeeds and the kernel faults */
      return result;
    }
  }
  driver.launches++;
  bool in_order = driver.settings.mode == Mode::eager || driver.settings.mode == Mode::clock;
  uint64_t seed = in_order ? 0 : driver.random() | 1;
  Operation op;
  op.name = function->name;
  op.engine = Engine::compute;
  op.bytes = 0;
  op.cost = cost_of(*function, double(grid_x) * grid_y * grid_z, *values);
  op.run = [=] {
    std::vector<void *> pointers;
    for (Parameter &value : *values) {
      pointers.push_back(value.data());
    }
    unsigned grid[3] = {grid_x, grid_y, grid_z};
    unsigned block[3] = {block_x, block_y, block_z};
    return run_host_kernel(*kernel, pointers, grid, block, shared_bytes, seed);
  };
  submit(stream, std::move(op));
  return call.finish();
}
