// What became of a packet. The packet path throws nothing: whatever arrives is somebody else's
// doing.
#pragma once

#include <cstdint>

namespace ipsecctl::userspace {

// After anything but kOk the contents of the packet are not specified, and it is dropped.
enum class Outcome : std::uint8_t {
  kOk,
  // Ends before its headers, or before what they promise.
  kTooShort,
  // No IPv4 packet, or header fields that contradict each other.
  kMalformed,
  // Must be put together first (RFC 4303 3.3.4 and 3.4.1, RFC 4302 3.3.4 and 3.4.1).
  kFragment,
  // The packet's protocol, SPI or mode is not the SA's, or the SA serves the other direction.
  kWrongSa,
  // The SA is past a hard limit.
  kExpired,
  // A number seen before, or left of the window.
  kReplayed,
  kBadIcv,
  kBadPadding,
  // Rightly protected, and to be thrown away: next header 59 (RFC 4303 2.6).
  kDummy,
  // 2^32 - 1 packets were sent by the SA (RFC 4303 3.3.3).
  kSequenceExhausted,
  // The buffer is too small around the packet.
  kNoRoom,
  // It would be longer than an IPv4 packet can be.
  kTooLong,
  // No randomness, or an error within OpenSSL.
  kFailed,
};

}  // namespace ipsecctl::userspace
