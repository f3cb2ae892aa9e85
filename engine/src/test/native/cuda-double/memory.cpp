/*
 * Device memory and page-locked host memory. A device address lies in a range of the process that nobody may read or
 * write, so a host that follows one faults; the bytes lie elsewhere, at a fixed distance. Fresh memory is full of NaNs,
 * an allocation ends at a page that faults, and freed memory faults too.
 */
#include "double.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>

namespace {

const size_t PAGE = 4096;
const size_t SPACE = size_t(256) << 30;
const size_t ALIGNMENT = 256;
const int POISON = 0xff;

uintptr_t reserve() {
  void *p = mmap(nullptr, SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? 0 : reinterpret_cast<uintptr_t>(p);
}

struct Space {
  uintptr_t device = reserve();
  uintptr_t backing = reserve();
  uintptr_t next = device + PAGE;
};

Space &space() {
  static Space &s = *new Space;
  return s;
}

size_t pages(size_t bytes) { return (bytes + PAGE - 1) / PAGE * PAGE; }
size_t rounded(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

char *backing(uintptr_t device_address) {
  return reinterpret_cast<char *>(device_address - space().device + space().backing);
}

/* Device addresses without bytes of their own, for mapped host memory. */
uintptr_t new_alias(uintptr_t host, size_t bytes) {
  uintptr_t alias = space().next + host % PAGE;
  space().next += pages(host % PAGE + bytes) + PAGE;
  driver.aliases[alias] = host;
  return alias;
}

template <class Map> typename Map::iterator at_or_before(Map &map, uintptr_t address) {
  auto i = map.upper_bound(address);
  return i == map.begin() ? map.end() : --i;
}

void release_device(uintptr_t address, size_t bytes) {
  const char *slack = backing(address) + bytes;
  size_t unused = rounded(bytes) - bytes;
  if (std::any_of(slack, slack + unused, [](char c) { return c != static_cast<char>(POISON); })) {
    driver.overruns++;
    refuse("cuMemFree", "something was written behind the end of an allocation of " + std::to_string(bytes) + " bytes");
  }
  uintptr_t begin = address / PAGE * PAGE;
  size_t length = address - begin + rounded(bytes);
  madvise(backing(begin), length, MADV_DONTNEED);
  mprotect(backing(begin), length, PROT_NONE);
}

void release_host(uintptr_t address, const HostRange &range) {
  if (range.alias) {
    driver.aliases.erase(range.alias);
  }
  if (range.registered) {
    driver.registered -= range.bytes;
  } else {
    munmap(reinterpret_cast<void *>(address), pages(range.bytes) + PAGE);
  }
}

CUresult copy(Call &call, const char *name, Engine engine, uintptr_t device, uintptr_t host, size_t bytes,
              CUstream stream) {
  if (call.refused()) {
    return call.answer();
  }
  if (!driver.streams.count(stream)) {
    return refuse(name, "no such stream; the default stream is not served", CUDA_ERROR_INVALID_HANDLE);
  }
  if (!inside_allocation(device, bytes)) {
    return refuse(name, "the device range is not inside one allocation");
  }
  if (!inside_host_range(host, bytes)) {
    driver.pageable_copies++;
    if (!driver.settings.pageable) {
      return refuse(name, "the host range is not inside one page-locked range");
    }
  }
  char *on_device = backing(device);
  char *on_host = reinterpret_cast<char *>(host);
  bool in = engine == Engine::h2d;
  Operation op;
  op.name = name;
  op.engine = engine;
  op.bytes = bytes;
  /* One GB/s is one byte per nanosecond. */
  op.cost = driver.settings.copy_ns + bytes / (in ? driver.settings.h2d_gbps : driver.settings.d2h_gbps);
  uint64_t number = driver.work + 1;
  op.run = [=] {
    memcpy(in ? on_device : on_host, in ? on_host : on_device, bytes);
    if (in && number == driver.corrupt_at) {
      *on_device ^= 1;
    }
    return CUDA_SUCCESS;
  };
  submit(stream, std::move(op));
  return call.finish();
}

} // namespace

bool inside_allocation(uintptr_t address, size_t bytes) {
  auto i = at_or_before(driver.allocations, address);
  return i != driver.allocations.end() && address + bytes <= i->first + i->second;
}

bool inside_host_range(uintptr_t address, size_t bytes) {
  auto i = at_or_before(driver.host, address);
  return i != driver.host.end() && address + bytes <= i->first + i->second.bytes;
}

bool is_device_address(uintptr_t address) { return address >= space().device && address < space().device + SPACE; }

uintptr_t reachable(uintptr_t device_address) {
  if (inside_allocation(device_address, 1)) {
    return reinterpret_cast<uintptr_t>(backing(device_address));
  }
  auto alias = at_or_before(driver.aliases, device_address);
  if (alias != driver.aliases.end()) {
    uintptr_t host = alias->second + (device_address - alias->first);
    if (device_address - alias->first < driver.host[alias->second].bytes) {
      return host;
    }
  }
  return 0;
}

bool is_mapped_by_the_process(uintptr_t address, size_t bytes) {
  uintptr_t begin = address / PAGE * PAGE;
  return address >= PAGE && msync(reinterpret_cast<void *>(begin), address - begin + bytes, MS_ASYNC) == 0;
}

void forget_memory() {
  for (auto &entry : driver.allocations) {
    release_device(entry.first, entry.second);
  }
  for (auto &entry : driver.host) {
    release_host(entry.first, entry.second);
  }
  driver.allocations.clear();
  driver.host.clear();
  driver.aliases.clear();
  driver.used = driver.peak = driver.registered = 0;
  space().next = space().device + PAGE;
}

CUDA_API cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  Call call("cuMemAlloc", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (bytes == 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (rounded(bytes) > driver.settings.memory - driver.settings.taken - driver.used) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  size_t length = pages(rounded(bytes));
  if (mprotect(backing(space().next), length, PROT_READ | PROT_WRITE) != 0) {
    return refuse("cuMemAlloc", "the process has no memory left", CUDA_ERROR_OUT_OF_MEMORY);
  }
  uintptr_t begin = space().next + length - rounded(bytes); /* the page behind faults */
  memset(backing(begin), POISON, rounded(bytes));
  space().next += length + PAGE;
  driver.allocations[begin] = bytes;
  driver.used += rounded(bytes);
  driver.peak = std::max(driver.peak, driver.used);
  *address = begin;
  return CUDA_SUCCESS;
}

CUDA_API cuMemFree_v2(CUdeviceptr address) {
  Call call("cuMemFree", Needs::context);
  if (call.misused()) {
    return call.answer();
  }
  auto i = driver.allocations.find(address);
  if (i == driver.allocations.end()) {
    return refuse("cuMemFree", "this is no allocation; was it freed before?");
  }
  complete_everything();
  release_device(i->first, i->second);
  driver.used -= rounded(i->second);
  driver.allocations.erase(i);
  return call.finish();
}

CUDA_API cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
  Call call("cuMemHostAlloc", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  void *p = mmap(nullptr, pages(bytes) + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == 0 || p == MAP_FAILED) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  mprotect(static_cast<char *>(p) + pages(bytes), PAGE, PROT_NONE);
  memset(p, POISON, bytes);
  uintptr_t address = reinterpret_cast<uintptr_t>(p);
  driver.host[address] = {bytes, false, flags & CU_MEMHOSTALLOC_DEVICEMAP ? new_alias(address, bytes) : 0};
  *memory = p;
  return CUDA_SUCCESS;
}

CUDA_API cuMemFreeHost(void *memory) {
  Call call("cuMemFreeHost", Needs::context);
  if (call.misused()) {
    return call.answer();
  }
  auto i = driver.host.find(reinterpret_cast<uintptr_t>(memory));
  if (i == driver.host.end() || i->second.registered) {
    return refuse("cuMemFreeHost", "this is no allocation; was it freed before?");
  }
  complete_everything();
  release_host(i->first, i->second);
  driver.host.erase(i);
  return call.finish();
}

CUDA_API cuMemHostGetDevicePointer_v2(CUdeviceptr *address, void *memory, unsigned) {
  Call call("cuMemHostGetDevicePointer", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  auto i = driver.host.find(reinterpret_cast<uintptr_t>(memory));
  if (i == driver.host.end() || !i->second.alias) {
    return refuse("cuMemHostGetDevicePointer", "this host memory is not mapped");
  }
  *address = i->second.alias;
  return CUDA_SUCCESS;
}

CUDA_API cuMemHostRegister_v2(void *memory, size_t bytes, unsigned flags) {
  Call call("cuMemHostRegister", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  uintptr_t address = reinterpret_cast<uintptr_t>(memory);
  if (bytes == 0 || !is_mapped_by_the_process(address, bytes)) {
    return refuse("cuMemHostRegister", "the range is not memory of the process");
  }
  auto last = at_or_before(driver.host, address + bytes - 1);
  if (last != driver.host.end() && last->first + last->second.bytes > address) {
    return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  }
  if (bytes > driver.settings.registerable - driver.registered) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
  driver.registered += bytes;
  driver.host[address] = {bytes, true, flags & CU_MEMHOSTREGISTER_DEVICEMAP ? new_alias(address, bytes) : 0};
  return CUDA_SUCCESS;
}

CUDA_API cuMemHostUnregister(void *memory) {
  Call call("cuMemHostUnregister", Needs::context);
  if (call.misused()) {
    return call.answer();
  }
  auto i = driver.host.find(reinterpret_cast<uintptr_t>(memory));
  if (i == driver.host.end() || !i->second.registered) {
    return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
  }
  complete_everything();
  release_host(i->first, i->second);
  driver.host.erase(i);
  return call.finish();
}

CUDA_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
  Call call("cuMemcpyHtoDAsync", Needs::context);
  return copy(call, "cuMemcpyHtoDAsync", Engine::h2d, to, reinterpret_cast<uintptr_t>(from), bytes, stream);
}

CUDA_API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
  Call call("cuMemcpyDtoHAsync", Needs::context);
  return copy(call, "cuMemcpyDtoHAsync", Engine::d2h, from, reinterpret_cast<uintptr_t>(to), bytes, stream);
}
