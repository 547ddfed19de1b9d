#include "udp_socket.h"

#include <arpa/inet.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "errors.h"
#include "loop_poll.h"

namespace ipsecctl {
namespace {

// Work for one turn of the event loop; what is left makes the descriptor readable again at once.
constexpr int kDatagramsPerTurn = 64;
constexpr std::size_t kLargestDatagram = 65535;
constexpr int kReceiveBytes = 1024 * 1024;

sockaddr_in ToSockaddr(std::uint32_t address, std::uint32_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address);
  result.sin_port = htons(static_cast<std::uint16_t>(port));
  return result;
}

// Exempts this socket's own packets from all policies, in both directions; false where that is not
// allowed. Not fatal: policies for the port do the same for everybody (spec E-19).
bool BypassPolicies(int fd) {
  for (const int direction : {XFRM_POLICY_IN, XFRM_POLICY_OUT}) {
    xfrm_userpolicy_info policy{};
    policy.sel.family = AF_INET;
    policy.dir = static_cast<std::uint8_t>(direction);
    policy.action = XFRM_POLICY_ALLOW;
    if (setsockopt(fd, IPPROTO_IP, IP_XFRM_POLICY, &policy, sizeof policy) != 0) return false;
  }
  return true;
}

// Lets the kernel take ESP in UDP out of the stream (RFC 3948) and leave IKE to us.
void EncapsulateEsp(int fd) {
  const int kind = UDP_ENCAP_ESPINUDP;
  if (setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &kind, sizeof kind) != 0) {
    throw SystemError(errno, "setsockopt(UDP_ENCAP)");
  }
}

FileDescriptor OpenSocket(std::uint32_t address, std::uint32_t port) {
  FileDescriptor fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!fd.valid()) throw SystemError(errno, "socket");
  // IKE has no other way past a small MTU than fragments: never set DF.
  const int discover = IP_PMTUDISC_DONT;
  if (setsockopt(fd.get(), IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover) != 0) {
    throw SystemError(errno, "setsockopt(IP_MTU_DISCOVER)");
  }
  // Above net.core.rmem_max only with CAP_NET_ADMIN; a smaller buffer is no error.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBytes, sizeof kReceiveBytes) != 0) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  }
  const sockaddr_in local = ToSockaddr(address, port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
    throw SystemError(errno, "bind");
  }
  return fd;
}

class UdpSocket : public Napi::ObjectWrap<UdpSocket> {
 public:
  // new UdpSocket(address, port, bypassPolicy, encapsulateEsp,
  //               (bytes: Uint8Array, remoteAddress, remotePort) => void,
  //               (errno) => void); addresses are numbers
  explicit UdpSocket(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<UdpSocket>(info), context_(info.Env(), "ipsecctl:udp") {
    const Napi::Env env = info.Env();
    if (!info[0].IsNumber() || !info[1].IsNumber() || !info[4].IsFunction() ||
        !info[5].IsFunction()) {
      throw Napi::TypeError::New(env, "UdpSocket takes an address, a port and two functions");
    }
    on_datagram_ = Napi::Persistent(info[4].As<Napi::Function>());
    on_error_ = Napi::Persistent(info[5].As<Napi::Function>());
    Guarded(env, [&] {
      FileDescriptor fd = OpenSocket(info[0].As<Napi::Number>().Uint32Value(),
                                     info[1].As<Napi::Number>().Uint32Value());
      bypasses_policies_ = info[2].ToBoolean() && BypassPolicies(fd.get());
      if (info[3].ToBoolean()) EncapsulateEsp(fd.get());
      sockaddr_in bound{};
      socklen_t length = sizeof bound;
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &length);
      port_ = ntohs(bound.sin_port);
      poll_ = std::make_unique<LoopPoll>(env, std::move(fd), [this] { OnReadable(); });
    });
    // The object lives as long as it may call back, whether or not JavaScript keeps it.
    Ref();
  }

  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "UdpSocket",
                       {
                           InstanceMethod<&UdpSocket::Send>("send"),
                           InstanceMethod<&UdpSocket::KeepAlive>("keepAlive"),
                           InstanceMethod<&UdpSocket::Close>("close"),
                           InstanceAccessor<&UdpSocket::Port>("port"),
                           InstanceAccessor<&UdpSocket::BypassesPolicies>("bypassesPolicies"),
                       });
  }

 private:
  void OnReadable() {
    const Napi::Env env = Env();
    Napi::HandleScope scope(env);
    const Napi::Object self = Value();
    // A callback may close the socket, which ends the turn.
    for (int i = 0; i < kDatagramsPerTurn && poll_->open(); ++i) {
      sockaddr_in remote{};
      socklen_t length = sizeof remote;
      const ssize_t received = recvfrom(poll_->fd(), buffer_.data(), buffer_.size(), 0,
                                        reinterpret_cast<sockaddr*>(&remote), &length);
      Napi::HandleScope datagram_scope(env);
      if (received < 0) {
        if (errno == EAGAIN) return;
        if (errno != EINTR) Call(self, on_error_, {Napi::Number::New(env, errno)});
        continue;
      }
      auto bytes = Napi::Uint8Array::New(env, static_cast<std::size_t>(received));
      if (received > 0) {
        std::memcpy(bytes.Data(), buffer_.data(), static_cast<std::size_t>(received));
      }
      Call(self, on_datagram_,
           {bytes, Napi::Number::New(env, ntohl(remote.sin_addr.s_addr)),
            Napi::Number::New(env, ntohs(remote.sin_port))});
    }
  }

  void Call(const Napi::Object& self, const Napi::FunctionReference& function,
            std::initializer_list<napi_value> arguments) {
    try {
      function.MakeCallback(self, arguments, context_);
    } catch (const Napi::Error& error) {
      napi_fatal_exception(Env(), error.Value());
    }
  }

  // send(address, port, bytes): 0, or the errno of a datagram that did not leave
  Napi::Value Send(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsTypedArray()) {
      throw Napi::TypeError::New(env, "send takes an address, a port and a Uint8Array");
    }
    if (!poll_->open()) return Napi::Number::New(env, EBADF);
    const sockaddr_in remote = ToSockaddr(info[0].As<Napi::Number>().Uint32Value(),
                                          info[1].As<Napi::Number>().Uint32Value());
    const auto bytes = info[2].As<Napi::Uint8Array>();
    ssize_t sent = 0;
    do {
      sent = sendto(poll_->fd(), bytes.Data(), bytes.ByteLength(), 0,
                    reinterpret_cast<const sockaddr*>(&remote), sizeof remote);
    } while (sent < 0 && errno == EINTR);
    return Napi::Number::New(env, sent < 0 ? errno : 0);
  }

  void KeepAlive(const Napi::CallbackInfo& info) { poll_->KeepAlive(info[0].ToBoolean()); }

  void Close(const Napi::CallbackInfo&) {
    if (!poll_->open()) return;
    poll_->Close();
    on_datagram_.Reset();
    on_error_.Reset();
    Unref();
  }

  Napi::Value Port(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), port_); }

  Napi::Value BypassesPolicies(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), bypasses_policies_);
  }

  std::array<std::uint8_t, kLargestDatagram> buffer_;
  std::uint16_t port_ = 0;
  bool bypasses_policies_ = false;
  Napi::AsyncContext context_;
  Napi::FunctionReference on_datagram_;
  Napi::FunctionReference on_error_;
  std::unique_ptr<LoopPoll> poll_;
};

}  // namespace

void ExportUdpSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("UdpSocket", UdpSocket::Define(env));
}

}  // namespace ipsecctl
