// A descriptor watched for input on the libuv loop.
#pragma once

#include <napi.h>
#include <uv.h>

#include <functional>

#include "file_descriptor.h"

namespace ipsecctl {

class LoopPoll {
 public:
  // Takes the descriptor over and calls `on_readable` on the loop whenever it has input.
  LoopPoll(Napi::Env env, FileDescriptor fd, std::function<void()> on_readable);
  LoopPoll(const LoopPoll&) = delete;
  LoopPoll& operator=(const LoopPoll&) = delete;
  ~LoopPoll() { Close(); }

  int fd() const;
  bool open() const { return handle_ != nullptr; }

  // Whether the watch alone keeps the process alive; it does at first.
  void KeepAlive(bool keep);

  // Nothing is called any more after this, and the descriptor is closed.
  void Close();

 private:
  struct Handle;
  Handle* handle_;
};

}  // namespace ipsecctl
