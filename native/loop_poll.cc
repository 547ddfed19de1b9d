#include "loop_poll.h"

#include <utility>

#include "errors.h"

namespace ipsecctl {

// What libuv may still touch after Close() returned; it frees itself in the close callback.
struct LoopPoll::Handle {
  uv_poll_t poll{};
  FileDescriptor fd;
  std::function<void()> on_readable;
  LoopPoll* owner = nullptr;
  napi_async_cleanup_hook_handle cleanup = nullptr;

  void Start() {
    uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* readable, int status, int) {
      auto* self = static_cast<Handle*>(readable->data);
      self->on_readable();
      // For libuv an error of the socket (ENOBUFS) ends the watch; reading has cleared it.
      if (status < 0 && self->owner != nullptr) self->Start();
    });
  }

  // `on_readable` may be what is running now, so it lives until libuv calls back.
  void Close() {
    uv_poll_stop(&poll);
    uv_close(reinterpret_cast<uv_handle_t*>(&poll), [](uv_handle_t* closed) {
      auto* self = static_cast<Handle*>(closed->data);
      if (self->cleanup != nullptr) napi_remove_async_cleanup_hook(self->cleanup);
      delete self;
    });
    // libuv does not watch the descriptor any more; its port is free for others from here on.
    fd.reset();
  }
};

LoopPoll::LoopPoll(Napi::Env env, FileDescriptor fd, std::function<void()> on_readable)
    : handle_(new Handle{.fd = std::move(fd), .on_readable = std::move(on_readable)}) {
  handle_->owner = this;
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  if (const int status = uv_poll_init(loop, &handle_->poll, handle_->fd.get()); status != 0) {
    delete std::exchange(handle_, nullptr);
    throw SystemError(-status, "uv_poll_init");
  }
  handle_->poll.data = handle_;
  handle_->Start();
  // A worker thread that ends must not leave an open handle on its loop.
  napi_add_async_cleanup_hook(
      env,
      [](napi_async_cleanup_hook_handle, void* data) {
        auto* self = static_cast<Handle*>(data);
        if (self->owner != nullptr) self->owner->Close();
      },
      handle_, &handle_->cleanup);
}

int LoopPoll::fd() const { return handle_ == nullptr ? -1 : handle_->fd.get(); }

void LoopPoll::KeepAlive(bool keep) {
  if (handle_ == nullptr) return;
  auto* handle = reinterpret_cast<uv_handle_t*>(&handle_->poll);
  keep ? uv_ref(handle) : uv_unref(handle);
}

void LoopPoll::Close() {
  if (Handle* handle = std::exchange(handle_, nullptr); handle != nullptr) {
    handle->owner = nullptr;
    handle->Close();
  }
}

}  // namespace ipsecctl
