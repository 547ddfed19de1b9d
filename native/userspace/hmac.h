// HMAC (RFC 2104) with its key taken in once.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "algorithms.h"
#include "packet.h"

namespace ipsecctl::userspace {

// Long enough for every hash.
using Digest = std::array<std::uint8_t, 64>;

class Hmac {
 public:
  virtual ~Hmac() = default;

  // Over the parts as if they were one. Writes the whole HMAC; bytes of the digest beyond it stay.
  virtual void Compute(std::initializer_list<Bytes> parts, Digest& digest) const noexcept = 0;

  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

 protected:
  Hmac() = default;
};

// Nullptr for HashKind::kNone.
std::unique_ptr<Hmac> MakeHmac(HashKind hash, Bytes key);

}  // namespace ipsecctl::userspace
