#include "xfrm_monitor.h"

#include <linux/filter.h>
#include <linux/xfrm.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>

#include "errors.h"
#include "loop_poll.h"
#include "netlink_socket.h"
#include "words.h"
#include "xfrm_codec.h"

namespace ipsecctl {
namespace {

// Work for one turn of the event loop; what is left makes the descriptor readable again at once.
constexpr int kDatagramsPerTurn = 128;

// Lets through only what DecodeEvent() knows, and no echo of what the request socket `own_port`
// itself did: installing ten thousand SAs must not overrun the socket that watches.
void AttachFilter(int fd, std::uint32_t own_port) {
  // The filter machine loads in network order; netlink headers are in host order.
  const auto type = [](std::uint16_t value) { return std::uint32_t{htons(value)}; };
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_ACQUIRE), 9, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_EXPIRE), 8, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_DELSA), 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_FLUSHSA), 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_UPDPOLICY), 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_DELPOLICY), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, type(XFRM_MSG_FLUSHPOLICY), 0, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_pid)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(own_port), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, ~0U),
  };
  const sock_fprog filter{.len = std::size(program), .filter = const_cast<sock_filter*>(program)};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    throw SystemError(errno, "setsockopt(SO_ATTACH_FILTER)");
  }
}

class XfrmMonitor : public Napi::ObjectWrap<XfrmMonitor> {
 public:
  // new XfrmMonitor(ownPort, receiveBytes, (events: Uint32Array) => void)
  explicit XfrmMonitor(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<XfrmMonitor>(info), context_(info.Env(), "ipsecctl:xfrm") {
    const Napi::Env env = info.Env();
    if (!info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsFunction()) {
      throw Napi::TypeError::New(env, "XfrmMonitor takes a port id, a size and a function");
    }
    callback_ = Napi::Persistent(info[2].As<Napi::Function>());
    Guarded(env, [&] {
      NetlinkSocket socket(
          NETLINK_XFRM,
          {XFRMNLGRP_ACQUIRE, XFRMNLGRP_EXPIRE, XFRMNLGRP_SA, XFRMNLGRP_POLICY},
          info[1].As<Napi::Number>().Int32Value());
      AttachFilter(socket.fd(), info[0].As<Napi::Number>().Uint32Value());
      poll_ = std::make_unique<LoopPoll>(env, socket.Release(), [this] { OnReadable(); });
    });
    // The object lives as long as it may call back, whether or not JavaScript keeps it.
    Ref();
  }

  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "XfrmMonitor",
                       {
                           InstanceMethod<&XfrmMonitor::KeepAlive>("keepAlive"),
                           InstanceMethod<&XfrmMonitor::Close>("close"),
                       });
  }

 private:
  void OnReadable() {
    const Napi::Env env = Env();
    Napi::HandleScope scope(env);
    const Napi::Object self = Value();
    WordWriter events;
    for (int i = 0; i < kDatagramsPerTurn; ++i) {
      const ssize_t length = ReceiveNow(poll_->fd(), buffer_.data(), buffer_.size());
      if (length < 0 && errno == ENOBUFS) {
        events.U32(static_cast<std::uint32_t>(EventKind::kOverrun));
        continue;
      }
      if (length < 0) break;
      ForEachMessage({buffer_.data(), static_cast<std::size_t>(length)},
                     [&](const nlmsghdr& header, Bytes body) { DecodeEvent(header, body, events); });
    }
    if (events.size() == 0) return;
    auto words = Napi::Uint32Array::New(env, events.size());
    std::memcpy(words.Data(), events.data(), events.size() * sizeof(std::uint32_t));
    try {
      callback_.MakeCallback(self, {words}, context_);
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env, error.Value());
    }
  }

  void KeepAlive(const Napi::CallbackInfo& info) {
    if (poll_) poll_->KeepAlive(info[0].ToBoolean());
  }

  void Close(const Napi::CallbackInfo&) {
    if (!poll_ || !poll_->open()) return;
    poll_->Close();
    callback_.Reset();
    Unref();
  }

  std::array<std::uint8_t, 32 * 1024> buffer_;
  Napi::AsyncContext context_;
  Napi::FunctionReference callback_;
  std::unique_ptr<LoopPoll> poll_;
};

}  // namespace

void ExportXfrmMonitor(Napi::Env env, Napi::Object exports) {
  exports.Set("XfrmMonitor", XfrmMonitor::Define(env));
}

}  // namespace ipsecctl
