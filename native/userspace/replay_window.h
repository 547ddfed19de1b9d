// The receiver's memory of sequence numbers: RFC 4303 3.4.3, kept as RFC 6479 has it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ipsecctl::userspace {

// A ring of words in which a new highest number clears whole words, and nothing is ever shifted.
class ReplayWindow {
 public:
  // `size` in packets; 0 = everything is new.
  explicit ReplayWindow(std::size_t size)
      : size_(size),
        // One word more than the window has, for the highest number seldom ends its own.
        words_(size == 0 ? 0 : std::bit_ceil((size + 63) / 64 + 1)) {}

  // Whether a packet of that number may come: to ask before its integrity is checked.
  bool IsNew(std::uint32_t number) const {
    if (size_ == 0) return true;
    // The first packet of an SA has 1 (RFC 4303 3.3.3).
    if (number == 0) return false;
    if (number > highest_) return true;
    if (highest_ - number >= size_) return false;
    return (words_[Place(number)] & Bit(number)) == 0;
  }

  // Notes a number that is new, once the packet has been proved to be the peer's.
  void Remember(std::uint32_t number) {
    if (size_ == 0) return;
    if (number > highest_) {
      const std::size_t step = (number >> 6) - (highest_ >> 6);
      const std::size_t stale = step < words_.size() ? step : words_.size();
      for (std::size_t i = 1; i <= stale; ++i) words_[((highest_ >> 6) + i) & Mask()] = 0;
      highest_ = number;
    }
    words_[Place(number)] |= Bit(number);
  }

 private:
  std::size_t Mask() const { return words_.size() - 1; }
  std::size_t Place(std::uint32_t number) const { return (number >> 6) & Mask(); }
  static std::uint64_t Bit(std::uint32_t number) { return std::uint64_t{1} << (number & 63); }

  std::size_t size_;
  std::vector<std::uint64_t> words_;
  std::uint32_t highest_ = 0;
};

}  // namespace ipsecctl::userspace
