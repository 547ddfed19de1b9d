// A cipher with its key taken in once: for each packet only the vector changes, and nothing is
// allocated.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "algorithms.h"
#include "packet.h"

namespace ipsecctl::userspace {

// For one direction, and for one thread at a time.
class Cipher {
 public:
  // `key`: the key, then the salt if the algorithm has one. Throws std::invalid_argument for
  // another length, std::runtime_error when OpenSSL does not have the algorithm or no memory.
  Cipher(const EncryptionAlgorithm& algorithm, Bytes key, bool encrypts);
  ~Cipher();
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;

  // Encrypts or decrypts in place, whole blocks. `iv`: iv_bytes of the algorithm. False on an error
  // of OpenSSL. For null and CBC.
  bool Crypt(std::span<std::uint8_t> data, const std::uint8_t* iv) noexcept;

  // Encrypts in place and writes the check value over `header` and the data. For an AEAD, as Open()
  // is.
  bool Seal(Bytes header, std::span<std::uint8_t> data, const std::uint8_t* iv,
            std::uint8_t* icv) noexcept;

  // Decrypts in place; false when the check value is not that of `header` and the data.
  bool Open(Bytes header, std::span<std::uint8_t> data, const std::uint8_t* iv,
            const std::uint8_t* icv) noexcept;

 private:
  struct Free {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };

  bool BeginChain() noexcept;
  void ReplacePredecessor(std::uint8_t* first, const std::uint8_t* iv) const noexcept;
  OSSL_PARAM IcvParameter(std::uint8_t* icv) const noexcept;
  bool Begin(const std::uint8_t* iv, Bytes header, const OSSL_PARAM* parameters) noexcept;
  bool Update(std::span<std::uint8_t> data) noexcept;

  const EncryptionAlgorithm& algorithm_;
  bool encrypts_;
  // Empty for null.
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
  // Salt and vector (RFC 4106 4, RFC 7634 2).
  std::array<std::uint8_t, 12> nonce_{};
  // CBC: the last block of ciphertext that the context has seen.
  std::array<std::uint8_t, kMaximumIvBytes> chain_{};
};

}  // namespace ipsecctl::userspace
