// What one SA does to one packet, whichever its protocol.
#pragma once

#include <cstdint>

#include "ah.h"
#include "esp.h"
#include "outcome.h"
#include "sa.h"

namespace ipsecctl::userspace {

// The most that Encapsulate() puts before a packet: a tunnel header, and AH with the longest check
// value; ESP with its vector behind a UDP header is shorter.
inline constexpr std::size_t kHeadRoom = kIpv4HeaderBytes + 12 + kMaximumIcvBytes;
static_assert(8 + 8 + kMaximumIvBytes <= 12 + kMaximumIcvBytes);
// And behind it: padding to a whole block, pad length and next header, a check value.
inline constexpr std::size_t kTailRoom = 15 + 2 + kMaximumIcvBytes;

// The packet is a whole IPv4 packet before and after. With kHeadRoom and kTailRoom there is room.
inline Outcome Encapsulate(Sa& sa, const Sending& sending, Packet& packet) {
  if (sa.settings().direction != Direction::kOutbound) return Outcome::kWrongSa;
  return sa.settings().protocol == Protocol::kEsp ? EncapsulateEsp(sa, sending, packet)
                                                  : EncapsulateAh(sa, sending, packet);
}

inline Outcome Decapsulate(Sa& sa, std::uint64_t now, Packet& packet) {
  if (sa.settings().direction != Direction::kInbound) return Outcome::kWrongSa;
  return sa.settings().protocol == Protocol::kEsp ? DecapsulateEsp(sa, now, packet)
                                                  : DecapsulateAh(sa, now, packet);
}

}  // namespace ipsecctl::userspace
