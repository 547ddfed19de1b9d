// Memory that is overwritten before it is given back: for buffers that hold keys.
#pragma once

#include <openssl/crypto.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace ipsecctl {

template <typename T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }

  // A growing vector passes here too, so that no half-grown copy is left behind.
  void deallocate(T* pointer, std::size_t count) {
    OPENSSL_cleanse(pointer, count * sizeof(T));
    std::allocator<T>().deallocate(pointer, count);
  }

  template <typename U>
  bool operator==(const WipingAllocator<U>&) const {
    return true;
  }
};

template <typename T>
using WipingVector = std::vector<T, WipingAllocator<T>>;

}  // namespace ipsecctl
