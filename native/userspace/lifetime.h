// How long an SA lives, in seconds and in bytes (RFC 4301 4.4.2.1).
#pragma once

#include <cstdint>

namespace ipsecctl::userspace {

// 0 = no such limit. Soft asks for a successor, hard ends the SA.
struct LifetimeLimits {
  std::uint64_t soft_seconds = 0;
  std::uint64_t hard_seconds = 0;
  std::uint64_t soft_bytes = 0;
  std::uint64_t hard_bytes = 0;
};

enum class Expiry : std::uint8_t { kNone, kSoft, kHard };

class Lifetime {
 public:
  // `begin` in seconds of the clock by which Judge() is asked.
  Lifetime(const LifetimeLimits& limits, std::uint64_t begin) : limits_(limits), begin_(begin) {}

  // Judges by what was counted before the packet at hand, as Linux does: it is the packet after the
  // one that reached a limit which finds it reached. Returns false once a hard limit is.
  bool Judge(std::uint64_t now, std::uint64_t bytes) {
    // A clock that was set back makes nothing older.
    const std::uint64_t age = now > begin_ ? now - begin_ : 0;
    if (Reached(limits_.hard_seconds, age) || Reached(limits_.hard_bytes, bytes)) {
      reached_ = Expiry::kHard;
    } else if (reached_ == Expiry::kNone &&
               (Reached(limits_.soft_seconds, age) || Reached(limits_.soft_bytes, bytes))) {
      reached_ = Expiry::kSoft;
    }
    return reached_ != Expiry::kHard;
  }

  // kNone, kSoft (dying) or kHard (dead).
  Expiry reached() const { return reached_; }

  // What was reached since the last call: soft and hard once each, and no soft one after the hard
  // one.
  Expiry TakeExpiry() {
    if (reached_ == told_) return Expiry::kNone;
    told_ = reached_;
    return reached_;
  }

 private:
  static bool Reached(std::uint64_t limit, std::uint64_t value) {
    return limit > 0 && value >= limit;
  }

  LifetimeLimits limits_;
  std::uint64_t begin_;
  Expiry reached_ = Expiry::kNone;
  Expiry told_ = Expiry::kNone;
};

}  // namespace ipsecctl::userspace
