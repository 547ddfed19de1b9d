#include "xfrm_socket.h"

#include <linux/xfrm.h>

#include <cstring>
#include <memory>

#include "errors.h"
#include "netlink_socket.h"
#include "words.h"
#include "xfrm_codec.h"

namespace ipsecctl {
namespace {

// Room for the answers of one batch; with less, batches are smaller.
constexpr int kReceiveBytes = 2 * 1024 * 1024;

Napi::Value ToUint32Array(Napi::Env env, const WordWriter& words) {
  auto result = Napi::Uint32Array::New(env, words.size());
  if (words.size() > 0) {
    std::memcpy(result.Data(), words.data(), words.size() * sizeof(std::uint32_t));
  }
  return result;
}

// Appends one request to the batch.
void EncodeRequest(RequestKind kind, WordReader& record, MessageBuilder& batch) {
  switch (kind) {
    case RequestKind::kAllocateSpi:
      return EncodeAllocateSpi(record, batch);
    case RequestKind::kAddSa:
    case RequestKind::kUpdateSa:
      return EncodeSa(kind, record, batch);
    case RequestKind::kDeleteSa:
    case RequestKind::kGetSa:
      return EncodeSaId(kind, record, batch);
    case RequestKind::kAddPolicy:
    case RequestKind::kUpdatePolicy:
      return EncodePolicy(kind, record, batch);
    case RequestKind::kDeletePolicy:
      return EncodePolicyKey(record, batch);
    case RequestKind::kSetHashThresholds:
      return EncodeHashThresholds(record, batch);
  }
  throw RecordError("unknown kind of request");
}

// Appends "errno, text" and, on success, what the kind of request brings back.
void EncodeOutcome(RequestKind kind, const Outcome& outcome, WordWriter& out) {
  out.U32(static_cast<std::uint32_t>(outcome.error));
  if (outcome.error != 0) {
    out.Text(outcome.detail);
  } else if (kind == RequestKind::kAllocateSpi) {
    out.U32(DecodeSpi(outcome.reply));
  } else if (kind == RequestKind::kGetSa) {
    const std::size_t found_at = out.size();
    out.U32(0);
    if (DecodeSa(outcome.reply, out)) out.Patch(found_at, 1);
  }
}

class XfrmSocket : public Napi::ObjectWrap<XfrmSocket> {
 public:
  explicit XfrmSocket(const Napi::CallbackInfo& info) : Napi::ObjectWrap<XfrmSocket>(info) {
    Guarded(info.Env(), [&] {
      socket_ = std::make_unique<NetlinkSocket>(NETLINK_XFRM, std::vector<unsigned>{},
                                                 kReceiveBytes);
    });
  }

  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "XfrmSocket",
                       {
                           InstanceMethod<&XfrmSocket::Execute>("execute"),
                           InstanceMethod<&XfrmSocket::DumpSas>("dumpSas"),
                           InstanceMethod<&XfrmSocket::DumpPolicies>("dumpPolicies"),
                           InstanceMethod<&XfrmSocket::Close>("close"),
                           InstanceAccessor<&XfrmSocket::PortId>("portId"),
                       });
  }

 private:
  // execute(words: Uint32Array, length: number): Uint32Array
  // The first `length` words are request records; the answer has one outcome for each, in order.
  Napi::Value Execute(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsTypedArray() || !info[1].IsNumber()) {
      throw Napi::TypeError::New(env, "execute takes a Uint32Array and a length");
    }
    const auto words = info[0].As<Napi::Uint32Array>();
    const std::size_t length = info[1].As<Napi::Number>().Uint32Value();
    return Guarded(env, [&]() -> Napi::Value {
      if (words.TypedArrayType() != napi_uint32_array || length > words.ElementLength()) {
        throw RecordError("execute takes a Uint32Array and a length within it");
      }
      WordReader reader(words.Data(), length);
      MessageBuilder batch;
      std::vector<RequestKind> kinds;
      WordWriter out;
      // Batch by batch in the same memory: it stays in the cache, and it holds keys only once.
      while (!reader.AtEnd()) {
        batch.Clear();
        kinds.clear();
        while (!reader.AtEnd() && Socket().HasRoom(batch)) {
          kinds.push_back(static_cast<RequestKind>(reader.U32()));
          EncodeRequest(kinds.back(), reader, batch);
        }
        const auto outcomes = Socket().Execute(batch);
        for (std::size_t i = 0; i < outcomes.size(); ++i) EncodeOutcome(kinds[i], outcomes[i], out);
      }
      return ToUint32Array(env, out);
    });
  }

  Napi::Value DumpSas(const Napi::CallbackInfo& info) {
    return Dump(info.Env(), XFRM_MSG_GETSA, &DecodeSa);
  }

  Napi::Value DumpPolicies(const Napi::CallbackInfo& info) {
    return Dump(info.Env(), XFRM_MSG_GETPOLICY, &DecodePolicy);
  }

  // Count of entries left out because records cannot express them, then the records.
  Napi::Value Dump(Napi::Env env, std::uint16_t type, bool (*decode)(Bytes, WordWriter&)) {
    return Guarded(env, [&]() -> Napi::Value {
      WordWriter out;
      std::uint32_t left_out = 0;
      const auto restart = [&] {
        out = WordWriter();
        out.U32(0);
        left_out = 0;
      };
      restart();
      Socket().Dump(
          type,
          [&](const nlmsghdr&, Bytes body) {
            if (!decode(body, out)) ++left_out;
          },
          restart);
      out.Patch(0, left_out);
      return ToUint32Array(env, out);
    });
  }

  void Close(const Napi::CallbackInfo&) { socket_.reset(); }

  Napi::Value PortId(const Napi::CallbackInfo& info) {
    return Guarded(info.Env(), [&] { return Napi::Number::New(info.Env(), Socket().port_id()); });
  }

  NetlinkSocket& Socket() {
    if (!socket_) throw SystemError(EBADF, "NETLINK_XFRM", "the socket is closed");
    return *socket_;
  }

  std::unique_ptr<NetlinkSocket> socket_;
};

}  // namespace

void ExportXfrmSocket(Napi::Env env, Napi::Object exports) {
  exports.Set("XfrmSocket", XfrmSocket::Define(env));
}

}  // namespace ipsecctl
