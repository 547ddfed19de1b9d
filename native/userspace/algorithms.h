// Every algorithm of the userspace data plane once. Names are those of
// lib/core/crypto/algorithms.ts, and of the same kind where that has none yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ipsecctl::userspace {

enum class CipherKind : std::uint8_t { kNull, kCbc, kAead };

struct EncryptionAlgorithm {
  std::string_view name;
  CipherKind kind;
  // As EVP_CIPHER_fetch knows it; nullptr for null.
  const char* openssl_name;
  std::size_t key_bytes;
  // What follows the key in the keying material and goes before the vector in the nonce.
  std::size_t salt_bytes;
  // On the wire.
  std::size_t iv_bytes;
  // What the ciphertext's length is a multiple of (RFC 4303 2.4: at least 4).
  std::size_t block_bytes;
  // Of the cipher itself; 0 unless it is an AEAD.
  std::size_t icv_bytes;
};

enum class HashKind : std::uint8_t { kNone, kMd5, kSha1, kSha256, kSha384, kSha512 };

struct IntegrityAlgorithm {
  std::string_view name;
  HashKind hash;
  // Exact; a null algorithm takes any key and ignores it.
  std::size_t key_bytes;
  // On the wire, the beginning of the HMAC.
  std::size_t icv_bytes;
};

inline constexpr std::size_t kMaximumIvBytes = 16;
inline constexpr std::size_t kMaximumIcvBytes = 32;

// Nullptr for a name that is not known. The rows live as long as the process.
const EncryptionAlgorithm* FindEncryption(std::string_view name);
const IntegrityAlgorithm* FindIntegrity(std::string_view name);

}  // namespace ipsecctl::userspace
