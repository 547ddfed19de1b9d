#include "dh_binding.h"

#include <functional>
#include <stdexcept>
#include <utility>

#include "dh.h"
#include "errors.h"

namespace ipsecctl {
namespace {

// What a calculation brings: for a generated key both values, for a derived secret the first.
struct Answer {
  WipingVector<std::uint8_t> first;
  WipingVector<std::uint8_t> second;
};
using Job = std::function<Answer()>;
// Makes the JavaScript value of an answer, on the thread of JavaScript.
using Render = Napi::Value (*)(Napi::Env env, const Answer& answer);

Napi::Uint8Array ToBytes(Napi::Env env, const WipingVector<std::uint8_t>& bytes) {
  auto result = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), result.Data());
  return result;
}

Napi::Value RenderPair(Napi::Env env, const Answer& answer) {
  auto pair = Napi::Object::New(env);
  pair.Set("privateKey", ToBytes(env, answer.first));
  pair.Set("publicValue", ToBytes(env, answer.second));
  return pair;
}

Napi::Value RenderSecret(Napi::Env env, const Answer& answer) {
  if (answer.first.empty()) return env.Undefined();
  return ToBytes(env, answer.first);
}

const DhGroup& GroupArgument(const Napi::CallbackInfo& info) {
  const DhGroup* group = nullptr;
  if (info[0].IsNumber()) group = DhGroup::OfBits(info[0].As<Napi::Number>().Uint32Value());
  if (group == nullptr) throw Napi::TypeError::New(info.Env(), "no MODP group of that size");
  return *group;
}

WipingVector<std::uint8_t> BytesArgument(const Napi::CallbackInfo& info, std::size_t index) {
  if (info[index].IsTypedArray()) {
    const auto bytes = info[index].As<Napi::Uint8Array>();
    if (bytes.TypedArrayType() == napi_uint8_array) {
      return {bytes.Data(), bytes.Data() + bytes.ElementLength()};
    }
  }
  throw Napi::TypeError::New(info.Env(), "a Uint8Array is wanted");
}

Job GenerateJob(const Napi::CallbackInfo& info) {
  const DhGroup& group = GroupArgument(info);
  const unsigned bits = info[1].IsNumber() ? info[1].As<Napi::Number>().Uint32Value() : 0;
  if (bits < 128 || bits % 8 != 0 || bits > group.public_bytes() * 8 - 8) {
    throw Napi::TypeError::New(info.Env(), "bad length of the private exponent");
  }
  return [&group, bits] {
    DhKeyPair pair = group.Generate(bits);
    return Answer{std::move(pair.private_key), std::move(pair.public_value)};
  };
}

Job DeriveJob(const Napi::CallbackInfo& info) {
  const DhGroup& group = GroupArgument(info);
  auto private_key = BytesArgument(info, 1);
  if (private_key.empty() || private_key.size() > group.public_bytes()) {
    throw Napi::TypeError::New(info.Env(), "bad length of the private exponent");
  }
  auto peer_public = BytesArgument(info, 2);
  return [&group, private_key = std::move(private_key), peer_public = std::move(peer_public)] {
    return Answer{group.Derive(private_key, peer_public), {}};
  };
}

Napi::Value RunNow(const Napi::CallbackInfo& info, const Job& job, Render render) {
  try {
    return render(info.Env(), job());
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

// Runs a job on libuv's thread pool and settles a promise with its answer.
class JobWorker : public Napi::AsyncWorker {
 public:
  JobWorker(Napi::Env env, Job job, Render render)
      : Napi::AsyncWorker(env, "ipsecctl:dh"),
        deferred_(Napi::Promise::Deferred::New(env)),
        job_(std::move(job)),
        render_(render) {}

  Napi::Promise Start() {
    Queue();
    return deferred_.Promise();
  }

 protected:
  // An exception thrown here becomes OnError().
  void Execute() override { answer_ = job_(); }
  void OnOK() override { deferred_.Resolve(render_(Env(), answer_)); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred deferred_;
  Job job_;
  Render render_;
  Answer answer_;
};

// dhGenerate(primeBits, exponentBits): { privateKey, publicValue }
Napi::Value Generate(const Napi::CallbackInfo& info) {
  return RunNow(info, GenerateJob(info), RenderPair);
}

// dhGenerateAsync(primeBits, exponentBits): Promise<{ privateKey, publicValue }>
Napi::Value GenerateAsync(const Napi::CallbackInfo& info) {
  return (new JobWorker(info.Env(), GenerateJob(info), RenderPair))->Start();
}

// dhDerive(primeBits, privateKey, peerPublic): the secret, or undefined for a value not allowed
Napi::Value Derive(const Napi::CallbackInfo& info) {
  return RunNow(info, DeriveJob(info), RenderSecret);
}

// dhDeriveAsync(primeBits, privateKey, peerPublic): Promise of the same
Napi::Value DeriveAsync(const Napi::CallbackInfo& info) {
  return (new JobWorker(info.Env(), DeriveJob(info), RenderSecret))->Start();
}

}  // namespace

void ExportDh(Napi::Env env, Napi::Object exports) {
  exports.Set("dhGenerate", Napi::Function::New<Generate>(env, "dhGenerate"));
  exports.Set("dhGenerateAsync", Napi::Function::New<GenerateAsync>(env, "dhGenerateAsync"));
  exports.Set("dhDerive", Napi::Function::New<Derive>(env, "dhDerive"));
  exports.Set("dhDeriveAsync", Napi::Function::New<DeriveAsync>(env, "dhDeriveAsync"));
}

}  // namespace ipsecctl
