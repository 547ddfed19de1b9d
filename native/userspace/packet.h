// A packet in a buffer with room before and behind it, where headers and trailers come and go in
// place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ipsecctl::userspace {

using Bytes = std::span<const std::uint8_t>;

// Does not own the buffer. No method reaches beyond it.
class Packet {
 public:
  // A range that is not within the buffer is cut to it.
  Packet(std::span<std::uint8_t> buffer, std::size_t start, std::size_t length)
      : buffer_(buffer),
        start_(std::min(start, buffer.size())),
        size_(std::min(length, buffer.size() - start_)) {}

  std::uint8_t* data() const { return buffer_.data() + start_; }
  std::size_t size() const { return size_; }
  std::span<std::uint8_t> bytes() const { return buffer_.subspan(start_, size_); }
  std::size_t head_room() const { return start_; }
  std::size_t tail_room() const { return buffer_.size() - start_ - size_; }

  // False, and nothing changed, without the room. New bytes hold what the buffer held.
  bool GrowFront(std::size_t count) {
    if (count > head_room()) return false;
    start_ -= count;
    size_ += count;
    return true;
  }

  bool GrowBack(std::size_t count) {
    if (count > tail_room()) return false;
    size_ += count;
    return true;
  }

  // At most all of it goes.
  void ShrinkFront(std::size_t count) {
    const std::size_t gone = std::min(count, size_);
    start_ += gone;
    size_ -= gone;
  }

  // Cuts the end off; a longer length than it has changes nothing.
  void CutTo(std::size_t length) { size_ = std::min(length, size_); }

 private:
  std::span<std::uint8_t> buffer_;
  std::size_t start_;
  std::size_t size_;
};

}  // namespace ipsecctl::userspace
