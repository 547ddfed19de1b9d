// The records that cross between JavaScript and C++: sequences of 32-bit words in host byte order.
// A 64-bit number is two words, low one first; bytes are their count, then themselves, padded with
// zeros to whole words. lib/host/dataplane/words.ts is the other side.
//
// Records instead of objects because ten thousand objects of twenty properties cost more to take
// apart through Node-API than the kernel needs to install them.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "errors.h"
#include "wiping.h"

namespace ipsecctl {

class WordReader {
 public:
  WordReader(const std::uint32_t* words, std::size_t count) : next_(words), end_(words + count) {}

  std::uint32_t U32() {
    if (next_ == end_) throw RecordError("a request record ends too early");
    return *next_++;
  }

  std::uint64_t U64() {
    const std::uint64_t low = U32();
    return low | (static_cast<std::uint64_t>(U32()) << 32);
  }

  std::span<const std::uint8_t> Bytes() {
    const std::size_t length = U32();
    const std::size_t words = (length + 3) / 4;
    if (words > static_cast<std::size_t>(end_ - next_)) {
      throw RecordError("a request record ends within its bytes");
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(next_);
    next_ += words;
    return {bytes, length};
  }

  std::string_view Text() {
    const auto bytes = Bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  bool AtEnd() const { return next_ == end_; }

 private:
  const std::uint32_t* next_;
  const std::uint32_t* end_;
};

class WordWriter {
 public:
  void U32(std::uint32_t value) { words_.push_back(value); }

  void U64(std::uint64_t value) {
    U32(static_cast<std::uint32_t>(value));
    U32(static_cast<std::uint32_t>(value >> 32));
  }

  void Bytes(const void* data, std::size_t length) {
    U32(static_cast<std::uint32_t>(length));
    const std::size_t start = words_.size();
    words_.resize(start + (length + 3) / 4, 0);
    if (length > 0) std::memcpy(words_.data() + start, data, length);
  }

  void Text(std::string_view text) { Bytes(text.data(), text.size()); }

  // Overwrites a word written earlier, such as a count that was not known yet.
  void Patch(std::size_t index, std::uint32_t value) { words_.at(index) = value; }

  std::size_t size() const { return words_.size(); }
  const std::uint32_t* data() const { return words_.data(); }

 private:
  WipingVector<std::uint32_t> words_;
};

}  // namespace ipsecctl
