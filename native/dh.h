// Diffie-Hellman over the MODP groups of RFC 2409 and RFC 3526, on the bignum arithmetic of OpenSSL.
//
// Not on its EVP or DH layers: those test the primes of modp768 and modp1024 for primality on every
// use, or check a peer's value with a second exponentiation by q. The groups are safe primes and
// every private key serves one exchange only, so 1 < y < p - 1 is the check that is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wiping.h"

namespace ipsecctl {

struct DhKeyPair {
  WipingVector<std::uint8_t> private_key;
  WipingVector<std::uint8_t> public_value;
};

class DhGroup {
 public:
  // The group whose prime has so many bits, or nullptr. Safe to call from any thread.
  static const DhGroup* OfBits(unsigned prime_bits);

  std::size_t public_bytes() const;

  // A fresh key. Throws std::runtime_error when there is no randomness or no memory.
  DhKeyPair Generate(unsigned exponent_bits) const;

  // The shared secret, of public_bytes(); empty when the group does not allow the peer's value.
  WipingVector<std::uint8_t> Derive(std::span<const std::uint8_t> private_key,
                                    std::span<const std::uint8_t> peer_public) const;

  DhGroup(const DhGroup&) = delete;
  DhGroup& operator=(const DhGroup&) = delete;

 private:
  struct Numbers;
  explicit DhGroup(Numbers* numbers) : numbers_(numbers) {}

  // Never freed: groups live as long as the process, in a table of eight.
  const Numbers* numbers_;
};

}  // namespace ipsecctl
