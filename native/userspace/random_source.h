// Where initialization vectors come from. Passed in, so that tests can choose them.
#pragma once

#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ipsecctl::userspace {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Unpredictable bytes, as CBC needs them (RFC 3602 3). False when there are none.
  virtual bool Fill(std::uint8_t* out, std::size_t count) noexcept = 0;
};

// OpenSSL's, fetched by the page: a call for each packet would cost as much as a cipher does. For
// one thread.
class RandomPool final : public RandomSource {
 public:
  bool Fill(std::uint8_t* out, std::size_t count) noexcept override {
    if (count > pool_.size()) return RAND_bytes(out, static_cast<int>(count)) == 1;
    if (count > pool_.size() - used_) {
      if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1) return false;
      used_ = 0;
    }
    std::memcpy(out, pool_.data() + used_, count);
    used_ += count;
    return true;
  }

 private:
  std::array<std::uint8_t, 4096> pool_;
  // All of it, so that the first call fills it.
  std::size_t used_ = 4096;
};

}  // namespace ipsecctl::userspace
