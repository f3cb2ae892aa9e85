/* The host build of the kernels: finding it, and running one of it on the calling thread. */
#include "double.h"

#include <csetjmp>
#include <csignal>
#include <cstring>
#include <dlfcn.h>

namespace {

struct Library {
  const host_kernel *kernels = nullptr;
  int count = 0;
};

Library &library() {
  static Library &l = *new Library;
  return l;
}

thread_local sigjmp_buf leave_kernel;
thread_local volatile sig_atomic_t in_kernel = 0;

const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGTRAP};
struct sigaction former[64];

/* Signals outside a kernel are the JVM's, which uses SIGSEGV for its own null checks. */
void on_signal(int signal, siginfo_t *info, void *context) {
  if (in_kernel) {
    in_kernel = 0;
    siglongjmp(leave_kernel, signal);
  }
  const struct sigaction &before = former[signal];
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    sigaction(signal, &before, nullptr);
    raise(signal);
  }
}

bool install_handlers() {
  for (int signal : SIGNALS) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
    sigaction(signal, &action, &former[signal]);
  }
  return true;
}

} // namespace

bool load_host_kernels(const std::string &path, std::string &problem) {
  static const bool installed = install_handlers();
  (void)installed;
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    problem = dlerror();
    return false;
  }
  auto list = reinterpret_cast<const host_kernel *(*)(int *)>(dlsym(handle, "hetegen_host_kernels"));
  if (!list) {
    problem = path + " does not export hetegen_host_kernels";
    return false;
  }
  library().kernels = list(&library().count);
  return true;
}

const host_kernel *find_host_kernel(const std::string &name) {
  for (int i = 0; i < library().count; i++) {
    if (name == library().kernels[i].name) {
      return &library().kernels[i];
    }
  }
  return nullptr;
}

CUresult run_host_kernel(const host_kernel &kernel, std::vector<void *> &params, unsigned grid[3], unsigned block[3],
                         unsigned shared_bytes, uint64_t seed) {
  int signal = sigsetjmp(leave_kernel, 1);
  if (signal != 0) {
    bool memory = signal == SIGSEGV || signal == SIGBUS;
    return refuse(kernel.name, memory ? "memory fault" : "fault", memory ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_ERROR_LAUNCH_FAILED);
  }
  in_kernel = 1;
  kernel.launch(params.data(), grid, block, shared_bytes, seed);
  in_kernel = 0;
  return CUDA_SUCCESS;
}
