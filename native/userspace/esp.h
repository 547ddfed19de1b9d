// ESP (RFC 4303) over IPv4, in place: encapsulation and decapsulation of one packet by one SA.
#pragma once

#include <cstddef>
#include <cstdint>

#include "outcome.h"
#include "outer_header.h"
#include "packet.h"
#include "sa.h"

namespace ipsecctl::userspace {

// What ESP puts before a payload of some length, and behind it.
struct EspRoom {
  // SPI, sequence number, vector.
  std::size_t head;
  std::size_t padding;
  // Padding, pad length, next header, check value.
  std::size_t tail;
};
EspRoom EspRoomFor(const Sa& sa, std::size_t payload_bytes);

// ESP alone, for senders whose socket makes the headers around it, as UDP sockets do: the packet is
// the payload, and then what goes behind the IP or UDP header. Judges, numbers and counts.
Outcome SealEsp(Sa& sa, std::uint8_t next_header, const Sending& sending, Packet& packet);

// The reverse: the packet begins with the SPI, and then is the payload, which may be empty. Looks
// at everything but what the payload is.
Outcome OpenEsp(Sa& sa, std::uint64_t now, Packet& packet, std::uint8_t& next_header);

// A whole IPv4 packet to a whole IPv4 packet; bytes beyond its total length are cut off. With the
// ports of RFC 3948 the ESP header stands behind a UDP one.
Outcome EncapsulateEsp(Sa& sa, const Sending& sending, Packet& packet);

// The caller has found the SA by the packet's addresses, and does not look at what was within until
// it has compared that with the SA's policy.
Outcome DecapsulateEsp(Sa& sa, std::uint64_t now, Packet& packet);

}  // namespace ipsecctl::userspace
