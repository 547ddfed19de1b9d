// One IPsec SA (RFC 4301 4.1) as the packets of its direction find it: keys, sequence numbers,
// replay window, lifetime and counters. What is done to a packet is in esp.h and ah.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "algorithms.h"
#include "cipher.h"
#include "hmac.h"
#include "lifetime.h"
#include "outcome.h"
#include "packet.h"
#include "replay_window.h"

namespace ipsecctl::userspace {

enum class Protocol : std::uint8_t { kEsp, kAh };
enum class Mode : std::uint8_t { kTransport, kTunnel };
enum class Direction : std::uint8_t { kInbound, kOutbound };
// The DF bit of the packet that leaves.
enum class DontFragment : std::uint8_t { kClear, kInherit, kSet };

// The ports around ESP in UDP (RFC 3948 2.1).
struct UdpPorts {
  std::uint16_t source;
  std::uint16_t destination;
};

inline constexpr std::size_t kMaximumReplayWindow = 1 << 16;

struct SaSettings {
  Protocol protocol = Protocol::kEsp;
  Direction direction = Direction::kOutbound;
  Mode mode = Mode::kTunnel;
  std::uint32_t spi = 0;
  // 10.0.0.1 is 0x0a000001.
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  // Nullptr for AH.
  const EncryptionAlgorithm* encryption = nullptr;
  // Never nullptr: `none` for an AEAD.
  const IntegrityAlgorithm* integrity = nullptr;
  // In packets, up to kMaximumReplayWindow; 0 = no check.
  std::size_t replay_window = 0;
  DontFragment dont_fragment = DontFragment::kClear;
  // ESP only.
  std::optional<UdpPorts> udp;
  LifetimeLimits lifetime;
  // Seconds, of the clock that every packet brings along.
  std::uint64_t add_time = 0;
  // The number that was used last: 0 for a new SA.
  std::uint32_t sequence_number = 0;
};

struct SaCounters {
  std::uint64_t packets = 0;
  // Lengths of what the transform was given, or gave back: the whole packet in tunnel mode, what
  // follows the IP header in transport mode, as Linux counts (E-32).
  std::uint64_t bytes = 0;
  // Seconds; 0 = never.
  std::uint64_t first_use = 0;
  std::uint64_t last_use = 0;
  std::uint64_t replay_errors = 0;
  std::uint64_t integrity_errors = 0;
};

// For one thread at a time.
class Sa {
 public:
  // The keys are taken in, and no copy of them is kept but in the ciphers' own, wiped, form. Throws
  // std::invalid_argument for settings or keys that do not go together, std::runtime_error when
  // OpenSSL cannot serve.
  Sa(const SaSettings& settings, Bytes encryption_key, Bytes integrity_key);

  const SaSettings& settings() const { return settings_; }
  const SaCounters& counters() const { return counters_; }

  // False once the SA is past a hard limit. Packets are judged by the transforms; an idle SA is by
  // this.
  bool Judge(std::uint64_t now) { return lifetime_.Judge(now, counters_.bytes); }
  // What was reached since the last call, once each.
  Expiry TakeExpiry() { return lifetime_.TakeExpiry(); }
  bool is_dying() const { return lifetime_.reached() != Expiry::kNone; }

  // The rest is for the transforms.

  bool is_aead() const {
    return settings_.encryption != nullptr && settings_.encryption->kind == CipherKind::kAead;
  }
  std::size_t iv_bytes() const { return settings_.encryption->iv_bytes; }
  // On the wire; 0 without integrity.
  std::size_t icv_bytes() const {
    return is_aead() ? settings_.encryption->icv_bytes : settings_.integrity->icv_bytes;
  }
  // ESP only.
  Cipher& cipher() { return *cipher_; }

  // Writes icv_bytes() of the HMAC over the parts; nothing without integrity.
  void Sign(std::initializer_list<Bytes> parts, std::uint8_t* icv) const noexcept;
  // Whether those bytes are the HMAC over the parts, in constant time.
  bool Verify(std::initializer_list<Bytes> parts, const std::uint8_t* icv) const noexcept;

  // The number of the next packet, 1 first. It never begins anew: nothing after 2^32 - 1.
  bool TakeSequenceNumber(std::uint32_t& number);

  // False, and counted, for a number that was there before or is too old.
  bool IsNew(std::uint32_t number);
  void Remember(std::uint32_t number) { window_.Remember(number); }

  void Count(std::size_t bytes, std::uint64_t now);
  void CountIntegrityError() { ++counters_.integrity_errors; }

 private:
  SaSettings settings_;
  // Empty for AH.
  std::optional<Cipher> cipher_;
  // Nullptr without integrity of its own.
  std::unique_ptr<Hmac> hmac_;
  ReplayWindow window_;
  Lifetime lifetime_;
  SaCounters counters_;
  std::uint32_t sequence_number_;
};

}  // namespace ipsecctl::userspace
