/* What the parts of the driver double share. Everything here is guarded by the one lock that Call takes. */
#pragma once

#include "cuda_api.h"
#include "host_kernels.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

enum class Mode { eager, random, lazy, ahead, clock };

/* Settings of one test; control.cpp reads them from text. */
struct Settings {
  int devices = 0; /* until a test asks for one, there is none */
  Mode mode = Mode::lazy;
  unsigned seed = 1;
  size_t memory = 1u << 30;         /* bytes of the device */
  size_t taken = 0;                 /* of them, bytes that other processes hold */
  size_t registerable = SIZE_MAX;   /* bytes of host memory that may be locked */
  int major = 8, minor = 6;         /* compute capability */
  int driver = 12060;
  bool pageable = false;            /* asynchronous copies of pageable memory: counted, not refused */
  double h2d_gbps = 24, d2h_gbps = 24;
  double copy_ns = 0, kernel_ns = 5000, call_ns = 0, poll_ns = 100;
};

/* Virtual time of one kernel: base + per_block * blocks + per_unit * the value of one integer parameter. */
struct KernelCost {
  double base = 0, per_block = 0;
  int parameter = -1;
  double per_unit = 0;
};

enum class Engine { h2d, d2h, compute, none };

/* A place in a stream that others may wait for: reached once everything before it has run. */
struct Point {
  double_stream *stream;
  uint64_t position;
  bool done = false;
  bool asked = false; /* a query has been answered with "not ready" */
  double time = 0;
};

struct Operation {
  std::string name;
  Engine engine;
  size_t bytes;
  double cost;
  std::function<CUresult()> run;
  std::shared_ptr<Point> after; /* of another stream, or null */
  std::shared_ptr<Point> reached;
  uint64_t number;    /* in order of submission */
  uint64_t work;      /* the same among copies and kernels only; 0 for the rest */
  double submitted;
};

struct double_stream {
  int number;
  std::deque<Operation> queue;
  uint64_t submitted = 0, completed = 0;
  double ready = 0; /* virtual time at which its last operation ended */
};

struct double_event {
  std::shared_ptr<Point> recorded;
  unsigned flags;
};

struct double_context {
  int retained = 0;
};

struct double_function {
  std::string name;
  const host_kernel *kernel;
  unsigned shared_limit = 48 << 10;
};

struct double_blas;

struct double_module {
  std::map<std::string, std::vector<int>> entries; /* parameter sizes by name, as the PTX text has them */
  std::map<std::string, std::unique_ptr<double_function>> functions;
};

struct HostRange {
  size_t bytes;
  bool registered;         /* else allocated by cuMemHostAlloc */
  uintptr_t alias;         /* its device address, 0 if it is not mapped */
};

struct Traced {
  std::string name;
  int stream;
  Engine engine;
  double begin, end;
  size_t bytes;
};

struct Fault {
  std::string function; /* empty: any */
  uint64_t nth;
  CUresult code;
};

struct Driver {
  std::mutex lock;
  Settings settings;
  std::mt19937 random;
  bool initialized = false;
  int epoch = 0; /* of resets: what threads keep from earlier ones is void */
  CUresult lost = CUDA_SUCCESS; /* once not 0, what every call answers */

  std::vector<Fault> faults;
  uint64_t lose_at = 0; /* number of the copy or kernel that loses the device */
  CUresult lose_code = CUDA_ERROR_ECC_UNCORRECTABLE;
  uint64_t corrupt_at = 0; /* number of the copy to the device that arrives with a wrong bit */

  double_context primary;
  std::map<uintptr_t, size_t> allocations;
  std::map<uintptr_t, HostRange> host;
  std::map<uintptr_t, uintptr_t> aliases; /* device address to host address of mapped memory */
  std::map<double_stream *, std::unique_ptr<double_stream>> streams;
  std::map<double_event *, std::unique_ptr<double_event>> events;
  std::map<double_module *, std::unique_ptr<double_module>> modules;
  std::set<double_blas *> blas;
  std::map<std::string, KernelCost> costs;

  std::map<std::string, uint64_t> calls_of;
  uint64_t calls = 0, operations = 0, work = 0, launches = 0, products = 0, pageable_copies = 0, overruns = 0;
  size_t used = 0, peak = 0, registered = 0;
  int streams_made = 0;
  double engine_free[3] = {0, 0, 0};
  std::vector<Traced> trace;
};

/* From here on what blas.cpp uses too, which is a library of its own. */
#pragma GCC visibility push(default)

extern Driver &driver;

/* What must be so for a function to be called at all. */
enum class Needs { nothing, init, context };

/*
 * Every driver function starts with one: takes the lock, counts the call, and says what must be answered in place of
 * working. A function that releases something does so in spite of an injected error or a lost device, as the caller has
 * done what it could: it asks misused() only, and ends with finish().
 */
class Call {
public:
  Call(const char *function, Needs needs);
  bool refused() const { return misuse_ || failure_; }
  bool misused() const { return misuse_; }
  CUresult answer() const { return misuse_ ? misuse_ : failure_; }
  /* The injected error if there is one, else what the work gave, else a device that was lost meanwhile. */
  CUresult finish(CUresult result = CUDA_SUCCESS) const;

private:
  std::unique_lock<std::mutex> lock_;
  CUresult misuse_ = CUDA_SUCCESS, failure_ = CUDA_SUCCESS;
};

/* Says on standard error why a call is refused. */
CUresult refuse(const char *function, const std::string &why, CUresult code = CUDA_ERROR_INVALID_VALUE);

/* scheduler.cpp */
std::shared_ptr<Point> submit(double_stream *stream, Operation operation);
void complete(std::shared_ptr<Point> point);
void complete_all(double_stream *stream);
void complete_everything();
/* Whether the host sees the point as done; asking often enough makes it so. */
bool query(const std::shared_ptr<Point> &point);
double host_clock();
void host_clock_at_least(double time);

/* memory.cpp */
bool inside_allocation(uintptr_t address, size_t bytes);
bool inside_host_range(uintptr_t address, size_t bytes);
/* Where the host reaches a device address, 0 if it lies in nothing that is allocated or mapped. */
uintptr_t reachable(uintptr_t device_address);
bool is_device_address(uintptr_t address);
bool is_mapped_by_the_process(uintptr_t address, size_t bytes);
void forget_memory();

/* ptx.cpp */
CUresult parse_ptx(const char *text, const Settings &settings, std::map<std::string, std::vector<int>> &entries);

#pragma GCC visibility pop

/* kernels.cpp */
bool load_host_kernels(const std::string &path, std::string &problem);
const host_kernel *find_host_kernel(const std::string &name);
/* Runs it on the calling thread; a fault inside becomes an error. */
CUresult run_host_kernel(const host_kernel &kernel, std::vector<void *> &params, unsigned grid[3], unsigned block[3],
                         unsigned shared_bytes, uint64_t seed);
