#include "crypto_box.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "errors.h"

namespace ipsecctl {
namespace {

struct Free {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

void Check(bool success) {
  if (!success) throw std::runtime_error("the cryptography of OpenSSL failed");
}

// An algorithm looked up once; its contexts are used again and again.
struct Digest {
  explicit Digest(const std::string& name)
      : md(EVP_MD_fetch(nullptr, name.c_str(), nullptr)), hash(EVP_MD_CTX_new()) {
    Check(md && hash);
    EVP_MAC* hmac_algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    Check(hmac_algorithm != nullptr);
    hmac.reset(EVP_MAC_CTX_new(hmac_algorithm));
    EVP_MAC_free(hmac_algorithm);
    Check(hmac != nullptr);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(name.c_str()), 0),
        OSSL_PARAM_construct_end()};
    Check(EVP_MAC_CTX_set_params(hmac.get(), parameters) == 1);
  }

  Owned<EVP_MD> md;
  Owned<EVP_MD_CTX> hash;
  Owned<EVP_MAC_CTX> hmac;
};

struct Cipher {
  explicit Cipher(const std::string& name)
      : algorithm(EVP_CIPHER_fetch(nullptr, name.c_str(), nullptr)),
        context(EVP_CIPHER_CTX_new()) {
    Check(algorithm && context);
    key_bytes = static_cast<std::size_t>(EVP_CIPHER_get_key_length(algorithm.get()));
    iv_bytes = static_cast<std::size_t>(EVP_CIPHER_get_iv_length(algorithm.get()));
    block_bytes = static_cast<std::size_t>(EVP_CIPHER_get_block_size(algorithm.get()));
  }

  Owned<EVP_CIPHER> algorithm;
  Owned<EVP_CIPHER_CTX> context;
  std::size_t key_bytes = 0;
  std::size_t iv_bytes = 0;
  std::size_t block_bytes = 0;
};

// Operands and results pass through one piece of memory that both sides see: to hand JavaScript's own
// arrays over, or to make objects of Node for every call, costs more than the cryptography itself.
class CryptoBox : public Napi::ObjectWrap<CryptoBox> {
 public:
  // new CryptoBox(digestNames, cipherNames, bytes); names are OpenSSL's, and known by their index
  explicit CryptoBox(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CryptoBox>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsArray() || !info[1].IsArray() || !info[2].IsNumber()) {
      throw Napi::TypeError::New(env, "CryptoBox takes two lists of names and a size");
    }
    Reporting(env, [&] {
      for (const auto& name : Names(info[0])) digests_.emplace_back(name);
      for (const auto& name : Names(info[1])) ciphers_.emplace_back(name);
    });
    size_ = info[2].As<Napi::Number>().Uint32Value();
    auto memory = Napi::Uint8Array::New(env, size_);
    bytes_ = memory.Data();
    memory_ = Napi::Persistent(memory.As<Napi::Object>());
  }

  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "CryptoBox",
                       {
                           InstanceMethod<&CryptoBox::Hash>("hash"),
                           InstanceMethod<&CryptoBox::Hmac>("hmac"),
                           InstanceMethod<&CryptoBox::Encrypt>("encrypt"),
                           InstanceMethod<&CryptoBox::Decrypt>("decrypt"),
                           InstanceAccessor<&CryptoBox::Memory>("memory"),
                       });
  }

 private:
  Napi::Value Memory(const Napi::CallbackInfo&) { return memory_.Value(); }

  // hash(digest, bytes): the data lies at the beginning, and then the digest does.
  void Hash(const Napi::CallbackInfo& info) {
    Reporting(info.Env(), [&] {
      const Digest& digest = digests_.at(Number(info, 0));
      const std::size_t bytes = Fitting(Number(info, 1));
      Check(EVP_DigestInit_ex2(digest.hash.get(), digest.md.get(), nullptr) == 1);
      Check(EVP_DigestUpdate(digest.hash.get(), bytes_, bytes) == 1);
      Check(EVP_DigestFinal_ex(digest.hash.get(), bytes_, nullptr) == 1);
    });
  }

  // hmac(digest, keyBytes, dataBytes): key and data lie at the beginning, and then the tag does.
  void Hmac(const Napi::CallbackInfo& info) {
    Reporting(info.Env(), [&] {
      const Digest& digest = digests_.at(Number(info, 0));
      const std::size_t key = Fitting(Number(info, 1));
      const std::size_t data = Fitting(key + Number(info, 2)) - key;
      EVP_MAC_CTX* context = digest.hmac.get();
      std::size_t written = 0;
      Check(EVP_MAC_init(context, bytes_, key, nullptr) == 1);
      Check(EVP_MAC_update(context, bytes_ + key, data) == 1);
      Check(EVP_MAC_final(context, bytes_, &written, size_) == 1);
    });
  }

  // encrypt(cipher, dataBytes): key, vector and data lie at the beginning; the result takes the place
  // of the data. No padding: the data is a whole number of blocks.
  void Encrypt(const Napi::CallbackInfo& info) { Crypt(info, 1); }
  void Decrypt(const Napi::CallbackInfo& info) { Crypt(info, 0); }

  void Crypt(const Napi::CallbackInfo& info, int encrypt) {
    Reporting(info.Env(), [&] {
      const Cipher& cipher = ciphers_.at(Number(info, 0));
      const std::size_t start = cipher.key_bytes + cipher.iv_bytes;
      const std::size_t data = Fitting(start + Number(info, 1)) - start;
      if (data % cipher.block_bytes != 0) {
        throw std::invalid_argument("the data is no whole number of blocks");
      }
      EVP_CIPHER_CTX* context = cipher.context.get();
      Check(EVP_CipherInit_ex2(context, cipher.algorithm.get(), bytes_, bytes_ + cipher.key_bytes,
                               encrypt, nullptr) == 1);
      EVP_CIPHER_CTX_set_padding(context, 0);
      int written = 0;
      Check(EVP_CipherUpdate(context, bytes_ + start, &written, bytes_ + start,
                             static_cast<int>(data)) == 1);
    });
  }

  static std::size_t Number(const Napi::CallbackInfo& info, std::size_t index) {
    if (!info[index].IsNumber()) throw std::invalid_argument("a number is wanted");
    return info[index].As<Napi::Number>().Uint32Value();
  }

  std::size_t Fitting(std::size_t bytes) const {
    if (bytes > size_) throw std::out_of_range("more bytes than the memory has");
    return bytes;
  }

  static std::vector<std::string> Names(const Napi::Value& list) {
    const auto array = list.As<Napi::Array>();
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      names.push_back(Napi::Value(array[i]).ToString().Utf8Value());
    }
    return names;
  }

  template <typename Body>
  static void Reporting(Napi::Env env, Body&& body) {
    try {
      body();
    } catch (const std::exception& error) {
      throw Napi::Error::New(env, error.what());
    }
  }

  std::vector<Digest> digests_;
  std::vector<Cipher> ciphers_;
  Napi::ObjectReference memory_;
  std::uint8_t* bytes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

void ExportCryptoBox(Napi::Env env, Napi::Object exports) {
  exports.Set("CryptoBox", CryptoBox::Define(env));
}

}  // namespace ipsecctl
