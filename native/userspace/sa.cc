#include "sa.h"

#include <openssl/crypto.h>

#include <cstring>
#include <limits>
#include <stdexcept>

namespace ipsecctl::userspace {
namespace {

void Demand(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

// Checked before anything is built from them.
const SaSettings& Checked(const SaSettings& settings, Bytes integrity_key) {
  const EncryptionAlgorithm* const encryption = settings.encryption;
  const IntegrityAlgorithm* const integrity = settings.integrity;
  Demand(integrity != nullptr, "an SA needs an integrity algorithm");
  if (settings.protocol == Protocol::kEsp) {
    Demand(encryption != nullptr, "ESP needs an encryption algorithm");
  } else {
    Demand(encryption == nullptr, "AH encrypts nothing");
    Demand(!settings.udp, "UDP encapsulation is for ESP");
  }
  const bool aead = encryption != nullptr && encryption->kind == CipherKind::kAead;
  Demand(aead == (integrity->name == "none"),
         "integrity is `none` with an AEAD, and only with that");
  Demand(integrity->hash == HashKind::kNone || integrity_key.size() == integrity->key_bytes,
         "the integrity key has the wrong length");
  Demand(settings.replay_window <= kMaximumReplayWindow, "the replay window is too large");
  return settings;
}

}  // namespace

Sa::Sa(const SaSettings& settings, Bytes encryption_key, Bytes integrity_key)
    : settings_(Checked(settings, integrity_key)),
      hmac_(MakeHmac(settings.integrity->hash, integrity_key)),
      window_(settings.direction == Direction::kInbound ? settings.replay_window : 0),
      lifetime_(settings.lifetime, settings.add_time),
      sequence_number_(settings.sequence_number) {
  if (settings.encryption != nullptr) {
    cipher_.emplace(*settings.encryption, encryption_key,
                    settings.direction == Direction::kOutbound);
  }
}

void Sa::Sign(std::initializer_list<Bytes> parts, std::uint8_t* icv) const noexcept {
  if (hmac_ == nullptr) return;
  Digest digest;
  hmac_->Compute(parts, digest);
  std::memcpy(icv, digest.data(), settings_.integrity->icv_bytes);
}

bool Sa::Verify(std::initializer_list<Bytes> parts, const std::uint8_t* icv) const noexcept {
  if (hmac_ == nullptr) return true;
  Digest digest;
  hmac_->Compute(parts, digest);
  return CRYPTO_memcmp(digest.data(), icv, settings_.integrity->icv_bytes) == 0;
}

bool Sa::TakeSequenceNumber(std::uint32_t& number) {
  if (sequence_number_ == std::numeric_limits<std::uint32_t>::max()) return false;
  number = ++sequence_number_;
  return true;
}

bool Sa::IsNew(std::uint32_t number) {
  if (window_.IsNew(number)) return true;
  ++counters_.replay_errors;
  return false;
}

void Sa::Count(std::size_t bytes, std::uint64_t now) {
  ++counters_.packets;
  counters_.bytes += bytes;
  if (counters_.first_use == 0) counters_.first_use = now;
  counters_.last_use = now;
}

}  // namespace ipsecctl::userspace
