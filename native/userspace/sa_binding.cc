#include "sa_binding.h"

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "transform.h"

namespace ipsecctl {
namespace {

using namespace userspace;

// In the order of Outcome; the last is kFailed.
constexpr const char* kOutcomeNames[] = {
    "ok",       "tooShort",   "malformed", "fragment",          "wrongSa", "expired", "replayed",
    "badIcv",   "badPadding", "dummy",     "sequenceExhausted", "noRoom",  "tooLong", "failed",
};
static_assert(std::size(kOutcomeNames) == static_cast<std::size_t>(Outcome::kFailed) + 1);

// A chosen vector in the place of a random one.
class GivenIv final : public RandomSource {
 public:
  explicit GivenIv(Bytes iv) : iv_(iv) {}
  bool Fill(std::uint8_t* out, std::size_t count) noexcept override {
    if (count != iv_.size()) return false;
    std::memcpy(out, iv_.data(), count);
    return true;
  }

 private:
  Bytes iv_;
};

double NumberOf(const Napi::Value& value) {
  if (!value.IsNumber()) throw std::invalid_argument("a number is wanted");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= 9007199254740991.0)) {
    throw std::invalid_argument("a number from 0 to 2^53 - 1 is wanted");
  }
  return number;
}

template <typename Integer>
Integer IntegerOf(const Napi::Value& value) {
  const double number = NumberOf(value);
  if (number > static_cast<double>(std::numeric_limits<Integer>::max())) {
    throw std::invalid_argument("a number is too large for what it stands for");
  }
  return static_cast<Integer>(number);
}

Bytes BytesOf(const Napi::Value& value) {
  if (value.IsTypedArray()) {
    const auto bytes = value.As<Napi::Uint8Array>();
    if (bytes.TypedArrayType() == napi_uint8_array) return {bytes.Data(), bytes.ElementLength()};
  }
  throw std::invalid_argument("a Uint8Array is wanted");
}

template <typename Enum, std::size_t count>
Enum OneOf(const Napi::Value& value, const char* const (&names)[count]) {
  const std::string name = value.ToString().Utf8Value();
  for (std::size_t i = 0; i < count; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
  }
  throw std::invalid_argument("a setting of the SA has an unknown value: " + name);
}

constexpr const char* kProtocolNames[] = {"esp", "ah"};
constexpr const char* kDirectionNames[] = {"in", "out"};
constexpr const char* kModeNames[] = {"transport", "tunnel"};
constexpr const char* kDontFragmentNames[] = {"clear", "inherit", "set"};

SaSettings SettingsOf(const Napi::Object& object) {
  SaSettings settings;
  settings.protocol = OneOf<Protocol>(object.Get("protocol"), kProtocolNames);
  settings.direction = OneOf<Direction>(object.Get("direction"), kDirectionNames);
  settings.mode = OneOf<Mode>(object.Get("mode"), kModeNames);
  settings.dont_fragment = OneOf<DontFragment>(object.Get("dontFragment"), kDontFragmentNames);
  settings.spi = IntegerOf<std::uint32_t>(object.Get("spi"));
  settings.source = IntegerOf<std::uint32_t>(object.Get("source"));
  settings.destination = IntegerOf<std::uint32_t>(object.Get("destination"));
  settings.replay_window = IntegerOf<std::uint32_t>(object.Get("replayWindow"));
  settings.add_time = IntegerOf<std::uint64_t>(object.Get("addTime"));
  settings.sequence_number = IntegerOf<std::uint32_t>(object.Get("sequenceNumber"));
  const auto lifetime = object.Get("lifetime").ToObject();
  settings.lifetime = {
      .soft_seconds = IntegerOf<std::uint64_t>(lifetime.Get("softSeconds")),
      .hard_seconds = IntegerOf<std::uint64_t>(lifetime.Get("hardSeconds")),
      .soft_bytes = IntegerOf<std::uint64_t>(lifetime.Get("softBytes")),
      .hard_bytes = IntegerOf<std::uint64_t>(lifetime.Get("hardBytes")),
  };
  const auto udp = object.Get("udp");
  if (udp.IsObject()) {
    const auto ports = udp.ToObject();
    settings.udp = UdpPorts{IntegerOf<std::uint16_t>(ports.Get("source")),
                            IntegerOf<std::uint16_t>(ports.Get("destination"))};
  }
  const auto encryption = object.Get("encryption");
  if (!encryption.IsUndefined()) {
    settings.encryption = FindEncryption(encryption.ToString().Utf8Value());
    if (settings.encryption == nullptr) throw std::invalid_argument("unknown encryption algorithm");
  }
  settings.integrity = FindIntegrity(object.Get("integrity").ToString().Utf8Value());
  if (settings.integrity == nullptr) throw std::invalid_argument("unknown integrity algorithm");
  return settings;
}

class UserspaceSa : public Napi::ObjectWrap<UserspaceSa> {
 public:
  explicit UserspaceSa(const Napi::CallbackInfo& info) : Napi::ObjectWrap<UserspaceSa>(info) {
    Reporting(info.Env(), [&] {
      if (!info[0].IsObject()) throw std::invalid_argument("an object of settings is wanted");
      const auto object = info[0].ToObject();
      sa_.emplace(SettingsOf(object), BytesOf(object.Get("encryptionKey")),
                  BytesOf(object.Get("integrityKey")));
    });
  }

  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "UserspaceSa",
                       {
                           InstanceMethod<&UserspaceSa::Encapsulate>("encapsulate"),
                           InstanceMethod<&UserspaceSa::Decapsulate>("decapsulate"),
                           InstanceMethod<&UserspaceSa::Judge>("judge"),
                           InstanceMethod<&UserspaceSa::TakeExpiry>("takeExpiry"),
                           InstanceMethod<&UserspaceSa::Counters>("counters"),
                       });
  }

 private:
  // encapsulate(packet, now, identification, timeToLive, iv?): the packet, or the name of an
  // outcome
  Napi::Value Encapsulate(const Napi::CallbackInfo& info) {
    return Reporting(info.Env(), [&] {
      Packet packet = Copy(BytesOf(info[0]), kHeadRoom, kTailRoom);
      std::optional<GivenIv> given;
      if (!info[4].IsUndefined()) given.emplace(BytesOf(info[4]));
      RandomSource& random = given ? static_cast<RandomSource&>(*given) : pool_;
      const Sending sending{IntegerOf<std::uint64_t>(info[1]), IntegerOf<std::uint16_t>(info[2]),
                            IntegerOf<std::uint8_t>(info[3]), random};
      return Result(info.Env(), userspace::Encapsulate(*sa_, sending, packet), packet);
    });
  }

  // decapsulate(packet, now): the packet, or the name of an outcome
  Napi::Value Decapsulate(const Napi::CallbackInfo& info) {
    return Reporting(info.Env(), [&] {
      Packet packet = Copy(BytesOf(info[0]), 0, 0);
      const auto now = IntegerOf<std::uint64_t>(info[1]);
      return Result(info.Env(), userspace::Decapsulate(*sa_, now, packet), packet);
    });
  }

  // judge(now): false when the SA is past a hard limit
  Napi::Value Judge(const Napi::CallbackInfo& info) {
    return Reporting(info.Env(), [&]() -> Napi::Value {
      return Napi::Boolean::New(info.Env(), sa_->Judge(IntegerOf<std::uint64_t>(info[0])));
    });
  }

  // takeExpiry(): "soft" or "hard", once each, else undefined
  Napi::Value TakeExpiry(const Napi::CallbackInfo& info) {
    switch (sa_->TakeExpiry()) {
      case Expiry::kSoft:
        return Napi::String::New(info.Env(), "soft");
      case Expiry::kHard:
        return Napi::String::New(info.Env(), "hard");
      case Expiry::kNone:
        break;
    }
    return info.Env().Undefined();
  }

  Napi::Value Counters(const Napi::CallbackInfo& info) {
    const SaCounters& counters = sa_->counters();
    auto result = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, std::uint64_t value) {
      result.Set(name, Napi::Number::New(info.Env(), static_cast<double>(value)));
    };
    set("packets", counters.packets);
    set("bytes", counters.bytes);
    set("firstUse", counters.first_use);
    set("lastUse", counters.last_use);
    set("replayErrors", counters.replay_errors);
    set("integrityErrors", counters.integrity_errors);
    return result;
  }

  Packet Copy(Bytes bytes, std::size_t head, std::size_t tail) {
    scratch_.assign(head + bytes.size() + tail, 0);
    if (!bytes.empty()) std::memcpy(scratch_.data() + head, bytes.data(), bytes.size());
    return Packet(scratch_, head, bytes.size());
  }

  static Napi::Value Result(Napi::Env env, Outcome outcome, const Packet& packet) {
    if (outcome != Outcome::kOk) {
      return Napi::String::New(env, kOutcomeNames[static_cast<std::size_t>(outcome)]);
    }
    auto result = Napi::Uint8Array::New(env, packet.size());
    std::copy(packet.bytes().begin(), packet.bytes().end(), result.Data());
    return result;
  }

  template <typename Body>
  static auto Reporting(Napi::Env env, Body&& body) -> decltype(body()) {
    try {
      return body();
    } catch (const std::invalid_argument& error) {
      throw Napi::TypeError::New(env, error.what());
    } catch (const std::runtime_error& error) {
      throw Napi::Error::New(env, error.what());
    }
  }

  std::optional<Sa> sa_;
  RandomPool pool_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace

void ExportUserspaceSa(Napi::Env env, Napi::Object exports) {
  exports.Set("UserspaceSa", UserspaceSa::Define(env));
}

}  // namespace ipsecctl
