// OpenSSL's bignums as owners that clear what they held, and its failures as exceptions.
#pragma once

#include <openssl/bn.h>

#include <memory>
#include <new>
#include <stdexcept>

namespace ipsecctl {

struct ClearFree {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, ClearFree>;
using Context = std::unique_ptr<BN_CTX, ClearFree>;

template <typename T>
T* Checked(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

inline void Check(int success) {
  if (success != 1) throw std::runtime_error("the bignum arithmetic of OpenSSL failed");
}

}  // namespace ipsecctl
