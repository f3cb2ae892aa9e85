/*
 * The one function that is not CUDA's: a test tells the double what to be, and asks what it saw. Commands are words,
 * documented in docs/cuda.md.
 */
#include "double.h"

#include <cinttypes>
#include <jni.h>
#include <sstream>
#include <stdexcept>

namespace {

const char *const ENGINES[] = {"h2d", "d2h", "compute", "none"};

Mode mode_of(const std::string &word) {
  if (word == "eager") return Mode::eager;
  if (word == "random") return Mode::random;
  if (word == "lazy") return Mode::lazy;
  if (word == "ahead") return Mode::ahead;
  if (word == "clock") return Mode::clock;
  throw std::invalid_argument("no mode '" + word + "'");
}

void apply(const std::string &key, const std::string &value, Settings &s) {
  if (key == "devices") s.devices = std::stoi(value);
  else if (key == "mode") s.mode = mode_of(value);
  else if (key == "seed") s.seed = static_cast<unsigned>(std::stoul(value));
  else if (key == "memory") s.memory = std::stoull(value);
  else if (key == "taken") s.taken = std::stoull(value);
  else if (key == "registerable") s.registerable = std::stoull(value);
  else if (key == "capability") {
    s.major = std::stoi(value) / 10;
    s.minor = std::stoi(value) % 10;
  } else if (key == "driver") s.driver = std::stoi(value);
  else if (key == "pageable") s.pageable = value == "count";
  else if (key == "h2d") s.h2d_gbps = std::stod(value);
  else if (key == "d2h") s.d2h_gbps = std::stod(value);
  else if (key == "copy-ns") s.copy_ns = std::stod(value);
  else if (key == "kernel-ns") s.kernel_ns = std::stod(value);
  else if (key == "call-ns") s.call_ns = std::stod(value);
  else if (key == "poll-ns") s.poll_ns = std::stod(value);
  else throw std::invalid_argument("no setting '" + key + "'");
}

void read_settings(std::istringstream &words, Settings &settings) {
  for (std::string word; words >> word;) {
    size_t equals = word.find('=');
    if (equals == std::string::npos) {
      throw std::invalid_argument("a setting is key=value, not '" + word + "'");
    }
    std::string key = word.substr(0, equals), value = word.substr(equals + 1), problem;
    if (key == "kernels") {
      if (!load_host_kernels(value, problem)) {
        throw std::invalid_argument(problem);
      }
    } else {
      apply(key, value, settings);
    }
  }
}

void reset(std::istringstream &words) {
  driver.streams.clear();
  driver.events.clear();
  driver.modules.clear();
  driver.blas.clear();
  driver.costs.clear();
  driver.faults.clear();
  driver.calls_of.clear();
  driver.trace.clear();
  forget_memory();
  driver.primary = double_context{};
  driver.initialized = false;
  driver.epoch++;
  driver.lost = CUDA_SUCCESS;
  driver.lose_at = driver.corrupt_at = 0;
  driver.calls = driver.operations = driver.work = driver.launches = driver.products = driver.pageable_copies = driver.overruns = 0;
  driver.streams_made = 0;
  for (double &time : driver.engine_free) {
    time = 0;
  }
  driver.settings = Settings{};
  read_settings(words, driver.settings);
  driver.random.seed(driver.settings.seed);
}

std::string stats() {
  size_t pinned = 0, registered = 0;
  for (auto &range : driver.host) {
    (range.second.registered ? registered : pinned)++;
  }
  std::ostringstream out;
  out << "calls=" << driver.calls << " work=" << driver.work << " launches=" << driver.launches << " products=" << driver.products
      << " allocations=" << driver.allocations.size() << " bytes=" << driver.used << " peak=" << driver.peak
      << " pinned=" << pinned << " registered=" << registered << " streams=" << driver.streams.size()
      << " events=" << driver.events.size() << " modules=" << driver.modules.size()
      << " blas=" << driver.blas.size() << " contexts=" << driver.primary.retained << " pageable=" << driver.pageable_copies
      << " overruns=" << driver.overruns << " lost=" << driver.lost;
  return out.str();
}

std::string trace() {
  std::ostringstream out;
  for (const Traced &t : driver.trace) {
    if (t.engine != Engine::none) {
      out << t.name << ' ' << t.stream << ' ' << ENGINES[static_cast<int>(t.engine)] << ' '
          << static_cast<int64_t>(t.begin) << ' ' << static_cast<int64_t>(t.end) << ' ' << t.bytes << '\n';
    }
  }
  return out.str();
}

std::string obey(const std::string &command) {
  std::lock_guard<std::mutex> lock(driver.lock);
  std::istringstream words(command);
  std::string verb;
  words >> verb;
  if (verb == "reset") {
    reset(words);
  } else if (verb == "set") {
    read_settings(words, driver.settings);
  } else if (verb == "fail") {
    Fault fault;
    int code;
    words >> fault.function >> fault.nth >> code;
    fault.function = fault.function == "any" ? "" : fault.function;
    fault.code = static_cast<CUresult>(code);
    driver.faults.push_back(fault);
  } else if (verb == "lose") {
    int code;
    words >> driver.lose_at >> code;
    driver.lose_code = static_cast<CUresult>(code);
  } else if (verb == "corrupt") {
    words >> driver.corrupt_at;
  } else if (verb == "cost") {
    std::string kernel;
    KernelCost cost;
    words >> kernel >> cost.base >> cost.per_block >> cost.parameter >> cost.per_unit;
    driver.costs[kernel] = cost;
    words.clear();
  } else if (verb == "advance") {
    double time;
    words >> time;
    host_clock_at_least(host_clock() + time);
  } else if (verb == "clock") {
    return std::to_string(static_cast<int64_t>(host_clock()));
  } else if (verb == "stats") {
    return stats();
  } else if (verb == "trace") {
    return trace();
  } else {
    throw std::invalid_argument("no command '" + verb + "'");
  }
  if (words.fail() && !words.eof()) {
    throw std::invalid_argument("'" + command + "' is not understood");
  }
  return "";
}

} // namespace

extern "C" JNIEXPORT jstring JNICALL Java_io_hetegen_engine_device_cuda_CudaDouble_control(JNIEnv *env, jclass,
                                                                                           jstring command) {
  const char *text = env->GetStringUTFChars(command, nullptr);
  if (!text) {
    return nullptr;
  }
  std::string copy = text;
  env->ReleaseStringUTFChars(command, text);
  try {
    return env->NewStringUTF(obey(copy).c_str());
  } catch (const std::exception &e) {
    env->ThrowNew(env->FindClass("java/lang/IllegalArgumentException"), e.what());
    return nullptr;
  }
}
