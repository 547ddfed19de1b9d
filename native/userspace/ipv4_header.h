// The IPv4 header at the beginning of a packet (RFC 791 3.1), checked once and then read freely.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "big_endian.h"
#include "packet.h"

namespace ipsecctl::userspace {

inline constexpr std::size_t kIpv4HeaderBytes = 20;
inline constexpr std::size_t kIpv4MaximumHeaderBytes = 60;
inline constexpr std::size_t kIpv4MaximumBytes = 0xffff;

inline constexpr std::uint8_t kProtocolIpip = 4;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolEsp = 50;
inline constexpr std::uint8_t kProtocolAh = 51;
// RFC 4303 2.6: nothing follows, the packet is a dummy.
inline constexpr std::uint8_t kProtocolNone = 59;

// RFC 1071: the complement of the sum of 16-bit words. `bytes` is even, as a header's length is.
inline std::uint16_t HeaderChecksum(const std::uint8_t* at, std::size_t bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes; i += 2) sum += Load16(at + i);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

class Ipv4Header {
 public:
  // Nothing unless version 4, a whole header, and a total length within the bytes. The checksum is
  // not looked at: who hands packets over has had them from an IP layer that did.
  static std::optional<Ipv4Header> Read(std::span<std::uint8_t> packet) {
    if (packet.size() < kIpv4HeaderBytes || packet[0] >> 4 != 4) return std::nullopt;
    const Ipv4Header header(packet.data());
    if (header.header_bytes() < kIpv4HeaderBytes) return std::nullopt;
    if (header.total_bytes() < header.header_bytes()) return std::nullopt;
    if (header.total_bytes() > packet.size()) return std::nullopt;
    return header;
  }

  // The bytes must hold a whole header, as one that was read, or written by ourselves.
  explicit Ipv4Header(std::uint8_t* at) : at_(at) {}

  // 20 to 60, in steps of 4.
  std::size_t header_bytes() const { return (at_[0] & 0x0f) * 4u; }
  std::size_t total_bytes() const { return Load16(at_ + 2); }
  std::uint8_t type_of_service() const { return at_[1]; }
  std::uint8_t protocol() const { return at_[9]; }
  bool dont_fragment() const { return (at_[6] & kDontFragment) != 0; }
  // One of several fragments, the first one included.
  bool is_fragment() const { return (Load16(at_ + 6) & 0x3fff) != 0; }

  void set_total_bytes(std::size_t bytes) { Store16(at_ + 2, static_cast<std::uint16_t>(bytes)); }
  void set_identification(std::uint16_t value) { Store16(at_ + 4, value); }
  void set_protocol(std::uint8_t protocol) { at_[9] = protocol; }
  void set_dont_fragment(bool set) {
    at_[6] = static_cast<std::uint8_t>((at_[6] & ~kDontFragment) | (set ? kDontFragment : 0));
  }

  // Changes one field and the checksum by as much, so that a wrong checksum stays wrong (RFC 1624).
  void ChangeTypeOfService(std::uint8_t value) {
    const std::uint16_t before = Load16(at_);
    at_[1] = value;
    std::uint32_t sum = static_cast<std::uint16_t>(~Load16(at_ + 10));
    sum += static_cast<std::uint16_t>(~before);
    sum += Load16(at_);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    Store16(at_ + 10, static_cast<std::uint16_t>(~sum));
  }

  void UpdateChecksum() {
    Store16(at_ + 10, 0);
    Store16(at_ + 10, HeaderChecksum(at_, header_bytes()));
  }

 private:
  static constexpr std::uint8_t kDontFragment = 0x40;

  std::uint8_t* at_;
};

}  // namespace ipsecctl::userspace
