// The IPv4 header that a protected packet leaves with, and what of it a decapsulated packet takes
// over.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

#include "ipv4_header.h"
#include "outcome.h"
#include "random_source.h"
#include "sa.h"

namespace ipsecctl::userspace {

// What the sender of a packet adds to what the SA says.
struct Sending {
  // Seconds, of the SA's clock.
  std::uint64_t now;
  // Of the header that is put around the packet. A header that may be fragmented under way needs
  // one that the two ends have not had lately (RFC 6864 4.2).
  std::uint16_t identification;
  // The host's.
  std::uint8_t time_to_live;
  RandomSource& random;
};

// An IP header taken off while what follows it is worked on.
struct HeldHeader {
  std::array<std::uint8_t, kIpv4MaximumHeaderBytes> bytes;
  std::size_t size = 0;

  void Take(const Ipv4Header& header, Packet& packet) {
    size = header.header_bytes();
    std::memcpy(bytes.data(), packet.data(), size);
    packet.ShrinkFront(size);
  }

  // Puts it before the packet, with what has changed: protocol, length, checksum. The room has been
  // there before.
  bool PutBack(std::uint8_t protocol, Packet& packet) {
    if (!packet.GrowFront(size)) return false;
    std::memcpy(packet.data(), bytes.data(), size);
    Ipv4Header header(packet.data());
    header.set_protocol(protocol);
    header.set_total_bytes(packet.size());
    header.UpdateChecksum();
    return true;
  }
};

// DF of the only header of transport mode. A packet that had DF may have any identification,
// so one that loses it gets a proper one (RFC 6864 4.1).
inline void ApplyDontFragment(DontFragment wanted, std::uint16_t identification,
                              Ipv4Header header) {
  if (wanted == DontFragment::kInherit) return;
  const bool set = wanted == DontFragment::kSet;
  if (header.dont_fragment() && !set) header.set_identification(identification);
  header.set_dont_fragment(set);
}

// The fields of an inner header that the outer one depends on, read before it is encrypted.
struct InnerTraits {
  std::uint8_t type_of_service;
  bool dont_fragment;
};

// Puts the header of tunnel mode before the packet (RFC 4301 5.1.2.1). False without the room.
inline bool PutTunnelHeader(const SaSettings& sa, const InnerTraits& inner, const Sending& sending,
                            std::uint8_t protocol, Packet& packet) {
  if (!packet.GrowFront(kIpv4HeaderBytes)) return false;
  std::uint8_t* at = packet.data();
  std::memset(at, 0, kIpv4HeaderBytes);
  at[0] = 0x45;
  at[1] = inner.type_of_service;
  at[8] = sending.time_to_live;
  Store32(at + 12, sa.source);
  Store32(at + 16, sa.destination);
  Ipv4Header header(at);
  header.set_total_bytes(packet.size());
  header.set_identification(sending.identification);
  header.set_protocol(protocol);
  header.set_dont_fragment(sa.dont_fragment == DontFragment::kSet ||
                           (sa.dont_fragment == DontFragment::kInherit && inner.dont_fragment));
  header.UpdateChecksum();
  return true;
}

// A packet as the IP layer hands it over, cut to its total length. Nothing for what is none.
inline std::optional<Ipv4Header> ReadPacket(Packet& packet) {
  auto header = Ipv4Header::Read(packet.bytes());
  if (header) packet.CutTo(header->total_bytes());
  return header;
}

// The header that a packet leaves with: its own in transport mode, a new one in tunnel mode.
class DepartingHeader {
 public:
  // Leaves of the packet what is to be protected.
  DepartingHeader(const SaSettings& sa, const Sending& sending, const Ipv4Header& header,
                  Packet& packet)
      : sa_(sa),
        sending_(sending),
        inner_{header.type_of_service(), header.dont_fragment()},
        next_header_(tunnel() ? kProtocolIpip : header.protocol()) {
    if (tunnel()) return;
    ApplyDontFragment(sa.dont_fragment, sending.identification, header);
    held_.Take(header, packet);
  }

  std::uint8_t next_header() const { return next_header_; }
  std::size_t bytes() const { return tunnel() ? kIpv4HeaderBytes : held_.size; }

  // Before the protected packet. False without the room.
  bool Put(std::uint8_t protocol, Packet& packet) {
    return tunnel() ? PutTunnelHeader(sa_, inner_, sending_, protocol, packet)
                    : held_.PutBack(protocol, packet);
  }

 private:
  bool tunnel() const { return sa_.mode == Mode::kTunnel; }

  const SaSettings& sa_;
  const Sending& sending_;
  InnerTraits inner_;
  std::uint8_t next_header_;
  HeldHeader held_;
};

// After decapsulation in tunnel mode: cuts what is beyond the inner packet, which is padding
// against analysis of traffic (RFC 4303 2.7), and hands congestion that the outer header met on to
// an inner packet whose ends can tell (RFC 3168 9.1.1, RFC 4301 5.1.2.1). False when no IPv4 packet
// is inside.
inline bool AcceptInnerPacket(std::uint8_t outer_type_of_service, Packet& packet) {
  constexpr std::uint8_t kCongestionExperienced = 3;
  auto inner = Ipv4Header::Read(packet.bytes());
  if (!inner) return false;
  packet.CutTo(inner->total_bytes());
  const std::uint8_t field = inner->type_of_service();
  const std::uint8_t told = field & kCongestionExperienced;
  if ((outer_type_of_service & kCongestionExperienced) == kCongestionExperienced && told != 0 &&
      told != kCongestionExperienced) {
    inner->ChangeTypeOfService(field | kCongestionExperienced);
  }
  return true;
}

// What was within, once its protection is off: under the header that it came with in transport mode.
inline Outcome Deliver(Mode mode, std::uint8_t next_header, HeldHeader& held, Packet& packet) {
  if (mode == Mode::kTransport) {
    return held.PutBack(next_header, packet) ? Outcome::kOk : Outcome::kNoRoom;
  }
  if (next_header != kProtocolIpip) return Outcome::kWrongSa;
  // The second byte of a header (RFC 791 3.1).
  return AcceptInnerPacket(held.bytes[1], packet) ? Outcome::kOk : Outcome::kMalformed;
}

}  // namespace ipsecctl::userspace
