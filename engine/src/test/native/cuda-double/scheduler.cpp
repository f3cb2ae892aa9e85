/*
 * Streams are queues, and no thread of the double drains them: an operation runs inside some call of the host, when the
 * mode says so. That makes every mode deterministic for a host with one thread.
 *
 *   eager   at once, when it is submitted
 *   random  some time between its submission and the wait for it, by the seed
 *   lazy    only when something that waits needs it, as late as the rules of CUDA allow
 *   ahead   copies as early as the rules of CUDA allow, kernels as late
 *   clock   in the order of virtual time: three engines (copies in, copies out, kernels), each first come, first served
 */
#include "double.h"

#include <algorithm>
#include <cmath>

namespace {

struct Clock {
  int epoch = -1;
  double now = 0;
};

thread_local Clock clock_of_thread;

Clock &this_clock() {
  if (clock_of_thread.epoch != driver.epoch) {
    clock_of_thread = Clock{driver.epoch, 0};
  }
  return clock_of_thread;
}

bool runnable(const double_stream &stream) {
  return !stream.queue.empty() && (!stream.queue.front().after || stream.queue.front().after->done);
}

/* When the head of a runnable stream may start, its engine apart. */
double ready_time(const double_stream &stream) {
  const Operation &head = stream.queue.front();
  double time = std::max(head.submitted, stream.ready);
  return head.after ? std::max(time, head.after->time) : time;
}

void run_head(double_stream &stream) {
  double begin = ready_time(stream);
  Operation op = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (op.engine != Engine::none) {
    double &engine_free = driver.engine_free[static_cast<int>(op.engine)];
    begin = std::max(begin, engine_free);
    engine_free = begin + op.cost;
  }
  stream.ready = begin + op.cost;
  if (op.work != 0 && op.work == driver.lose_at && driver.lost == CUDA_SUCCESS) {
    driver.lost = driver.lose_code;
  }
  if (driver.lost == CUDA_SUCCESS && op.run) {
    driver.lost = op.run();
    driver.trace.push_back({op.name, stream.number, op.engine, begin, stream.ready, op.bytes});
  }
  stream.completed++;
  op.reached->done = true;
  op.reached->time = stream.ready;
}

std::vector<double_stream *> runnable_streams() {
  std::vector<double_stream *> found;
  for (auto &entry : driver.streams) {
    if (runnable(*entry.first)) {
      found.push_back(entry.first);
    }
  }
  /* By age of the stream, not by address: the same seed gives the same run. */
  std::sort(found.begin(), found.end(), [](auto *a, auto *b) { return a->number < b->number; });
  return found;
}

/* Runs an operation by chance. */
bool run_any() {
  std::vector<double_stream *> streams = runnable_streams();
  if (streams.empty()) {
    return false;
  }
  run_head(*streams[driver.random() % streams.size()]);
  return true;
}

/* Mostly nothing, so that operations of several streams pile up. */
void run_some() {
  if (driver.random() % 4 == 0) {
    for (unsigned left = 1 + driver.random() % 4; left > 0 && run_any(); left--) {
    }
  }
}

/* Runs the operation that starts first in virtual time, unless that is later than the limit. */
bool run_first(double limit) {
  double_stream *first = nullptr;
  for (double_stream *stream : runnable_streams()) {
    if (!first || ready_time(*stream) < ready_time(*first) ||
        (ready_time(*stream) == ready_time(*first) && stream->queue.front().number < first->queue.front().number)) {
      first = stream;
    }
  }
  if (!first || ready_time(*first) > limit) {
    return false;
  }
  run_head(*first);
  return true;
}

void run_until_now() {
  while (run_first(this_clock().now)) {
  }
}

/* In mode ahead: runs everything that does not wait for a kernel. */
void run_copies() {
  for (bool ran = driver.settings.mode == Mode::ahead; ran;) {
    ran = false;
    for (double_stream *stream : runnable_streams()) {
      if (stream->queue.front().engine != Engine::compute) {
        run_head(*stream);
        ran = true;
      }
    }
  }
}

/* Runs what the point needs and, but for copies that run ahead, nothing else. */
void run_needed(const Point &point) {
  double_stream &stream = *point.stream;
  while (stream.completed < point.position) {
    if (runnable(stream)) {
      run_head(stream);
      run_copies();
    } else {
      run_needed(*std::shared_ptr<Point>(stream.queue.front().after));
    }
  }
}

} // namespace

double host_clock() { return this_clock().now; }

void host_clock_at_least(double time) { this_clock().now = std::max(this_clock().now, time); }

std::shared_ptr<Point> submit(double_stream *stream, Operation op) {
  op.number = ++driver.operations;
  op.work = op.engine == Engine::none ? 0 : ++driver.work;
  op.submitted = this_clock().now;
  op.reached = std::make_shared<Point>();
  op.reached->stream = stream;
  op.reached->position = ++stream->submitted;
  std::shared_ptr<Point> reached = op.reached;
  stream->queue.push_back(std::move(op));
  switch (driver.settings.mode) {
  case Mode::eager:
    complete(reached);
    break;
  case Mode::random:
    run_some();
    break;
  case Mode::lazy:
    break;
  case Mode::ahead:
    run_copies();
    break;
  case Mode::clock:
    run_until_now();
    break;
  }
  return reached;
}

void complete(std::shared_ptr<Point> point) {
  switch (driver.settings.mode) {
  case Mode::eager:
  case Mode::lazy:
  case Mode::ahead:
    run_needed(*point);
    break;
  case Mode::random:
    if (driver.random() % 2 == 0) {
      run_needed(*point);
    }
    while (!point->done && run_any()) {
    }
    break;
  case Mode::clock:
    while (!point->done && run_first(INFINITY)) {
    }
    host_clock_at_least(point->time);
    break;
  }
}

void complete_all(double_stream *stream) {
  if (!stream->queue.empty()) {
    complete(stream->queue.back().reached);
  }
  if (driver.settings.mode == Mode::clock) {
    host_clock_at_least(stream->ready);
  }
}

void complete_everything() {
  for (auto &entry : driver.streams) {
    complete_all(entry.first);
  }
}

bool query(const std::shared_ptr<Point> &point) {
  switch (driver.settings.mode) {
  case Mode::eager:
    return true;
  case Mode::random:
    run_some();
    return point->done;
  case Mode::lazy:
  case Mode::ahead:
    if (!point->done && point->asked) {
      complete(point);
    }
    point->asked = true;
    return point->done;
  case Mode::clock:
    host_clock_at_least(host_clock() + driver.settings.poll_ns);
    run_until_now();
    return point->done && point->time <= host_clock();
  }
  return true;
}
