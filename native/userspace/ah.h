// AH (RFC 4302) over IPv4, in place: encapsulation and decapsulation of one packet by one SA.
#pragma once

#include <cstddef>
#include <cstdint>

#include "outcome.h"
#include "outer_header.h"
#include "packet.h"
#include "sa.h"

namespace ipsecctl::userspace {

// What AH puts before a payload: a multiple of 4, as RFC 4302 2.6 has it for IPv4.
std::size_t AhBytes(const Sa& sa);

// A whole IPv4 packet to a whole IPv4 packet; bytes beyond its total length are cut off.
Outcome EncapsulateAh(Sa& sa, const Sending& sending, Packet& packet);

// As DecapsulateEsp(), esp.h. In transport mode the header stays as it came, mutable fields
// included.
Outcome DecapsulateAh(Sa& sa, std::uint64_t now, Packet& packet);

}  // namespace ipsecctl::userspace
