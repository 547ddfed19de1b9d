#include "cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>

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
    // A context without padding asks for it anew with every vector, so an AEAD, which has none,
    // stays.
    if (algorithm.kind == CipherKind::kCbc) {
      ready = ready && EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1 && BeginChain();
    }
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

// To OpenSSL all packets are one, in whose chain each first block follows the last one of the
// packet before: to tell it the vector would cost as much as decrypting several hundred bytes. A
// block is combined with what goes before it by exclusive or, so putting the vector in that one's
// place takes one more.
bool Cipher::Crypt(std::span<std::uint8_t> data, const std::uint8_t* iv) noexcept {
  if (algorithm_.kind == CipherKind::kNull) return true;
  const std::size_t block = algorithm_.block_bytes;
  if (data.size() < block) return false;
  std::array<std::uint8_t, kMaximumIvBytes> last{};
  if (encrypts_) {
    ReplacePredecessor(data.data(), iv);
  } else {
    std::memcpy(last.data(), data.data() + data.size() - block, block);
  }
  if (!Update(data)) {
    ERR_clear_error();
    BeginChain();
    return false;
  }
  if (encrypts_) {
    std::memcpy(last.data(), data.data() + data.size() - block, block);
  } else {
    ReplacePredecessor(data.data(), iv);
  }
  chain_ = last;
  return true;
}

bool Cipher::BeginChain() noexcept {
  chain_.fill(0);
  return EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, chain_.data(), encrypts_, nullptr) ==
         1;
}

void Cipher::ReplacePredecessor(std::uint8_t* first, const std::uint8_t* iv) const noexcept {
  for (std::size_t i = 0; i < algorithm_.block_bytes; ++i) {
    first[i] = static_cast<std::uint8_t>(first[i] ^ chain_[i] ^ iv[i]);
  }
}

bool Cipher::Seal(Bytes header, std::span<std::uint8_t> data, const std::uint8_t* iv,
                  std::uint8_t* icv) noexcept {
  int written = 0;
  OSSL_PARAM parameters[] = {IcvParameter(icv), OSSL_PARAM_construct_end()};
  return Begin(iv, header, nullptr) && Update(data) &&
         EVP_CipherFinal_ex(context_.get(), icv, &written) == 1 &&
         EVP_CIPHER_CTX_get_params(context_.get(), parameters) == 1;
}

bool Cipher::Open(Bytes header, std::span<std::uint8_t> data, const std::uint8_t* iv,
                  const std::uint8_t* icv) noexcept {
  // Some ciphers want a place to write to even where the last step writes nothing.
  std::array<std::uint8_t, kMaximumIvBytes> rest;
  int written = 0;
  const OSSL_PARAM parameters[] = {IcvParameter(const_cast<std::uint8_t*>(icv)),
                                   OSSL_PARAM_construct_end()};
  const bool opened = Begin(iv, header, parameters) && Update(data) &&
                      EVP_CipherFinal_ex(context_.get(), rest.data(), &written) == 1;
  // A wrong check value is an error to OpenSSL, and would be taken for one of somebody else's
  // calls.
  if (!opened) ERR_clear_error();
  return opened;
}

// Parameters, where the functions of old would look up what their numbers are now called.
OSSL_PARAM Cipher::IcvParameter(std::uint8_t* icv) const noexcept {
  return OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, icv, algorithm_.icv_bytes);
}

bool Cipher::Begin(const std::uint8_t* iv, Bytes header, const OSSL_PARAM* parameters) noexcept {
  std::memcpy(nonce_.data() + algorithm_.salt_bytes, iv, algorithm_.iv_bytes);
  int written = 0;
  return EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce_.data(), encrypts_,
                            parameters) == 1 &&
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
