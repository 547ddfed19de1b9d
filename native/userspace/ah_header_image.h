// The IPv4 header as AH's check value covers it (RFC 4302 3.3.3.1.1): what may change under way is
// zero, and what is known to change is as it arrives.
#pragma once

#include <array>
#include <cstdint>

#include "ipv4_header.h"
#include "packet.h"

namespace ipsecctl::userspace {

enum class Traveller : std::uint8_t {
  // Not yet sent: a source route will have brought it to the last address of the route.
  kDeparting,
  kArrived,
};

class AhHeaderImage {
 public:
  // `header`: a whole one, with its options. False when the options cannot be told apart, so that
  // nothing can be said about what is mutable.
  bool Take(Bytes header, Traveller traveller);

  // Valid after Take().
  Bytes bytes() const { return {bytes_.data(), size_}; }

 private:
  bool ClearOptions(Traveller traveller);

  std::array<std::uint8_t, kIpv4MaximumHeaderBytes> bytes_;
  std::size_t size_ = 0;
};

}  // namespace ipsecctl::userspace
