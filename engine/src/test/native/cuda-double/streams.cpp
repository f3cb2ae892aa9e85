/* Streams and events. */
#include "double.h"

namespace {

bool exists(CUstream stream) { return driver.streams.count(stream) != 0; }
bool exists(CUevent event) { return driver.events.count(event) != 0; }

Operation mark(const char *name) {
  Operation op;
  op.name = name;
  op.engine = Engine::none;
  op.bytes = 0;
  op.cost = 0;
  return op;
}

} // namespace

CUDA_API cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int) {
  Call call("cuStreamCreateWithPriority", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (flags != CU_STREAM_NON_BLOCKING) {
    return refuse("cuStreamCreateWithPriority", "only non-blocking streams are served");
  }
  auto made = std::make_unique<double_stream>();
  made->number = ++driver.streams_made;
  *stream = made.get();
  driver.streams[*stream] = std::move(made);
  return CUDA_SUCCESS;
}

CUDA_API cuStreamCreate(CUstream *stream, unsigned flags) { return cuStreamCreateWithPriority(stream, flags, 0); }

CUDA_API cuStreamDestroy_v2(CUstream stream) {
  Call call("cuStreamDestroy", Needs::context);
  if (call.misused()) {
    return call.answer();
  }
  if (!exists(stream)) {
    return refuse("cuStreamDestroy", "no such stream; was it destroyed before?", CUDA_ERROR_INVALID_HANDLE);
  }
  complete_all(stream);
  driver.streams.erase(stream);
  return call.finish();
}

CUDA_API cuStreamSynchronize(CUstream stream) {
  Call call("cuStreamSynchronize", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!exists(stream)) {
    return refuse("cuStreamSynchronize", "no such stream", CUDA_ERROR_INVALID_HANDLE);
  }
  complete_all(stream);
  return call.finish();
}

CUDA_API cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  Call call("cuStreamWaitEvent", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!exists(stream) || !exists(event)) {
    return refuse("cuStreamWaitEvent", "no such stream or event", CUDA_ERROR_INVALID_HANDLE);
  }
  if (event->recorded) {
    Operation op = mark("wait");
    op.after = event->recorded;
    submit(stream, std::move(op));
  }
  return call.finish();
}

CUDA_API cuEventCreate(CUevent *event, unsigned flags) {
  Call call("cuEventCreate", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  auto made = std::make_unique<double_event>();
  made->flags = flags;
  *event = made.get();
  driver.events[*event] = std::move(made);
  return CUDA_SUCCESS;
}

CUDA_API cuEventDestroy_v2(CUevent event) {
  Call call("cuEventDestroy", Needs::context);
  if (call.misused()) {
    return call.answer();
  }
  if (driver.events.erase(event) == 0) {
    return refuse("cuEventDestroy", "no such event; was it destroyed before?", CUDA_ERROR_INVALID_HANDLE);
  }
  return call.finish();
}

CUDA_API cuEventRecord(CUevent event, CUstream stream) {
  Call call("cuEventRecord", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!exists(stream) || !exists(event)) {
    return refuse("cuEventRecord", "no such stream or event", CUDA_ERROR_INVALID_HANDLE);
  }
  event->recorded = submit(stream, mark("event"));
  return call.finish();
}

CUDA_API cuEventSynchronize(CUevent event) {
  Call call("cuEventSynchronize", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!exists(event)) {
    return refuse("cuEventSynchronize", "no such event", CUDA_ERROR_INVALID_HANDLE);
  }
  if (event->recorded) {
    complete(event->recorded);
  }
  return call.finish();
}

CUDA_API cuEventQuery(CUevent event) {
  Call call("cuEventQuery", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!exists(event)) {
    return refuse("cuEventQuery", "no such event", CUDA_ERROR_INVALID_HANDLE);
  }
  bool done = !event->recorded || query(event->recorded);
  return call.finish(done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY);
}

CUDA_API cuEventElapsedTime(float *milliseconds, CUevent from, CUevent to) {
  Call call("cuEventElapsedTime", Needs::context);
  if (call.refused()) {
    return call.answer();
  }
  if (!exists(from) || !exists(to) || (from->flags | to->flags) & CU_EVENT_DISABLE_TIMING || !from->recorded ||
      !to->recorded) {
    return refuse("cuEventElapsedTime", "both events must keep times and be recorded", CUDA_ERROR_INVALID_HANDLE);
  }
  if (!from->recorded->done || !to->recorded->done) {
    return CUDA_ERROR_NOT_READY;
  }
  *milliseconds = static_cast<float>((to->recorded->time - from->recorded->time) / 1e6);
  return CUDA_SUCCESS;
}
