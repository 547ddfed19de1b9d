#include "ah.h"

#include <array>
#include <cstring>

#include "ah_header_image.h"
#include "big_endian.h"

namespace ipsecctl::userspace {
namespace {

// Next header, length, reserved, SPI, sequence number (RFC 4302 2).
constexpr std::size_t kAhFixedBytes = 12;

// In words of 32 bits, less 2 (RFC 4302 2.2).
std::uint8_t LengthField(std::size_t ah_bytes) {
  return static_cast<std::uint8_t>(ah_bytes / 4 - 2);
}

void WriteAh(const Sa& sa, std::uint8_t next_header, std::uint32_t sequence_number,
             std::uint8_t* at) {
  std::memset(at, 0, AhBytes(sa));
  at[0] = next_header;
  at[1] = LengthField(AhBytes(sa));
  Store32(at + 4, sa.settings().spi);
  Store32(at + 8, sequence_number);
}

}  // namespace

std::size_t AhBytes(const Sa& sa) { return kAhFixedBytes + sa.icv_bytes(); }

Outcome EncapsulateAh(Sa& sa, const Sending& sending, Packet& packet) {
  const SaSettings& settings = sa.settings();
  const auto header = ReadPacket(packet);
  if (!header) return Outcome::kMalformed;
  const bool tunnel = settings.mode == Mode::kTunnel;
  if (!tunnel && header->is_fragment()) return Outcome::kFragment;
  const std::size_t head = AhBytes(sa) + (tunnel ? kIpv4HeaderBytes : 0);
  if (packet.size() + head > kIpv4MaximumBytes) return Outcome::kTooLong;
  if (head > packet.head_room()) return Outcome::kNoRoom;
  AhHeaderImage image;
  // Asked before a number is taken; the header that is signed is made below.
  if (!tunnel && !image.Take(packet.bytes().first(header->header_bytes()), Traveller::kDeparting)) {
    return Outcome::kMalformed;
  }
  if (!sa.Judge(sending.now)) return Outcome::kExpired;
  std::uint32_t sequence_number = 0;
  if (!sa.TakeSequenceNumber(sequence_number)) return Outcome::kSequenceExhausted;

  DepartingHeader outer(settings, sending, *header, packet);
  const std::size_t payload_bytes = packet.size();
  packet.GrowFront(AhBytes(sa));
  WriteAh(sa, outer.next_header(), sequence_number, packet.data());
  if (!outer.Put(kProtocolAh, packet)) return Outcome::kNoRoom;

  const std::size_t header_bytes = outer.bytes();
  if (!image.Take(packet.bytes().first(header_bytes), Traveller::kDeparting)) {
    return Outcome::kMalformed;
  }
  std::uint8_t* const icv = packet.data() + header_bytes + kAhFixedBytes;
  sa.Sign({image.bytes(), packet.bytes().subspan(header_bytes)}, icv);
  sa.Count(payload_bytes, sending.now);
  return Outcome::kOk;
}

Outcome DecapsulateAh(Sa& sa, std::uint64_t now, Packet& packet) {
  const auto header = ReadPacket(packet);
  if (!header) return Outcome::kMalformed;
  if (header->is_fragment()) return Outcome::kFragment;
  if (header->protocol() != kProtocolAh) return Outcome::kWrongSa;
  const std::size_t header_bytes = header->header_bytes();
  const std::size_t ah_bytes = AhBytes(sa);
  if (packet.size() < header_bytes + ah_bytes) return Outcome::kTooShort;
  std::uint8_t* const ah = packet.data() + header_bytes;
  if (ah[1] != LengthField(ah_bytes)) return Outcome::kMalformed;
  if (Load32(ah + 4) != sa.settings().spi) return Outcome::kWrongSa;
  AhHeaderImage image;
  if (!image.Take(packet.bytes().first(header_bytes), Traveller::kArrived)) {
    return Outcome::kMalformed;
  }
  if (!sa.Judge(now)) return Outcome::kExpired;
  const std::uint32_t sequence_number = Load32(ah + 8);
  if (!sa.IsNew(sequence_number)) return Outcome::kReplayed;

  std::array<std::uint8_t, kMaximumIcvBytes> icv;
  std::memcpy(icv.data(), ah + kAhFixedBytes, sa.icv_bytes());
  std::memset(ah + kAhFixedBytes, 0, sa.icv_bytes());
  if (!sa.Verify({image.bytes(), packet.bytes().subspan(header_bytes)}, icv.data())) {
    sa.CountIntegrityError();
    return Outcome::kBadIcv;
  }
  sa.Remember(sequence_number);

  const std::uint8_t next_header = ah[0];
  HeldHeader held;
  held.Take(*header, packet);
  packet.ShrinkFront(ah_bytes);
  sa.Count(packet.size(), now);
  return Deliver(sa.settings().mode, next_header, held, packet);
}

}  // namespace ipsecctl::userspace
