#include "cipher.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <cstring>
#include <stdexcept>

#include "../wiping.h"

namespace ipsecctl::userspace {
namespace {

// The key as OpenSSL wants it: single DES is triple DES with three equal keys.
WipingVector<std::uint8_t> CipherKey(Bytes key, std::size_t wanted) {
  WipingVector<std::uint8_t> result;
  result.reserve(wanted);
  while (result.size() < wanted && !key.empty()) {
    result.insert(result.end(), key.begin(), key.end());
  }
  return result;
}

}  // namespace

Cipher::Cipher(const EncryptionAlgorithm& algorithm, Bytes key, bool encrypts)
    : algorithm_(algorithm), encrypts_(encrypts) {
  if (algorithm.kind == CipherKind::kNull) return;
  if (key.size() != algorithm.key_bytes + algorithm.salt_bytes) {
    throw std::invalid_argument("the encryption key has the wrong length");
  }
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, algorithm.openssl_name, nullptr);
  context_.reset(EVP_CIPHER_CTX_new());
  bool ready = cipher != nullptr && context_ != nullptr;
  if (ready) {
    const auto wanted = static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher));
    const auto own = CipherKey(key.first(algorithm.key_bytes), wanted);
    ready = own.size() == wanted && EVP_CipherInit_ex2(context_.get(), cipher, own.data(), nullptr,
                                                       encrypts, nullptr) == 1;
    EVP_CIPHER_CTX_set_padding(context_.get(), 0);
  }
  // The context holds its own reference.
  EVP_CIPHER_free(cipher);
  if (!ready) {
    ERR_clear_error();
    throw std::runtime_error("OpenSSL cannot set up the cipher");
  }
  if (algorithm.salt_bytes > 0) {
    std::memcpy(nonce_.data(), key.data() + algorithm.key_bytes, algorithm.salt_bytes);
  }
}

Cipher::~Cipher() { OPENSSL_cleanse(nonce_.data(), nonce_.size()); }

bool Cipher::Crypt(std::span<std::uint8_t> data, const std::uint8_t* iv) noexcept {
  if (algorithm_.kind == CipherKind::kNull) return true;
  return Begin(iv, {}) && Update(data);
}

bool Cipher::Seal(Bytes header, std::span<std::uint8_t> data, const std::uint8_t* iv,
                  std::uint8_t* icv) noexcept {
  std::memcpy(nonce_.data() + algorithm_.salt_bytes, iv, algorithm_.iv_bytes);
  int written = 0;
  return Begin(nonce_.data(), header) && Update(data) &&
         EVP_CipherFinal_ex(context_.get(), icv, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG,
                             static_cast<int>(algorithm_.icv_bytes), icv) == 1;
}

bool Cipher::Open(Bytes header, std::span<std::uint8_t> data, const std::uint8_t* iv,
                  const std::uint8_t* icv) noexcept {
  std::memcpy(nonce_.data() + algorithm_.salt_bytes, iv, algorithm_.iv_bytes);
  // Some ciphers want a place to write to even where the last step writes nothing.
  std::array<std::uint8_t, kMaximumIvBytes> rest;
  int written = 0;
  const bool opened =
      Begin(nonce_.data(), header) &&
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG,
                          static_cast<int>(algorithm_.icv_bytes),
                          const_cast<std::uint8_t*>(icv)) == 1 &&
      Update(data) && EVP_CipherFinal_ex(context_.get(), rest.data(), &written) == 1;
  // A wrong check value is an error to OpenSSL, and would be taken for one of somebody else's
  // calls.
  if (!opened) ERR_clear_error();
  return opened;
}

bool Cipher::Begin(const std::uint8_t* iv, Bytes header) noexcept {
  if (EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, iv, encrypts_, nullptr) != 1) {
    return false;
  }
  int written = 0;
  return header.empty() ||
         EVP_CipherUpdate(context_.get(), nullptr, &written, header.data(),
                          static_cast<int>(header.size())) == 1;
}

bool Cipher::Update(std::span<std::uint8_t> data) noexcept {
  int written = 0;
  return EVP_CipherUpdate(context_.get(), data.data(), &written, data.data(),
                          static_cast<int>(data.size())) == 1 &&
         static_cast<std::size_t>(written) == data.size();
}

}  // namespace ipsecctl::userspace
