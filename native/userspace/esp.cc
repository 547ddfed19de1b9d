#include "esp.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "big_endian.h"

namespace ipsecctl::userspace {
namespace {

// SPI and sequence number (RFC 4303 2).
constexpr std::size_t kEspHeaderBytes = 8;
// Pad length and next header.
constexpr std::size_t kTrailerBytes = 2;
constexpr std::size_t kUdpHeaderBytes = 8;

using Iv = std::array<std::uint8_t, kMaximumIvBytes>;

// A checksum of 0 is what RFC 3948 2.1 asks for.
bool PutUdpHeader(const UdpPorts& ports, Packet& packet) {
  if (!packet.GrowFront(kUdpHeaderBytes)) return false;
  std::uint8_t* at = packet.data();
  Store16(at, ports.source);
  Store16(at + 2, ports.destination);
  Store16(at + 4, static_cast<std::uint16_t>(packet.size()));
  Store16(at + 6, 0);
  return true;
}

// The source port is whatever a NAT under way made of it, so ports are not compared.
bool TakeUdpHeader(Packet& packet) {
  if (packet.size() < kUdpHeaderBytes) return false;
  if (Load16(packet.data() + 4) != packet.size()) return false;
  packet.ShrinkFront(kUdpHeaderBytes);
  return true;
}

std::uint8_t OuterProtocol(const SaSettings& settings) {
  return settings.udp ? kProtocolUdp : kProtocolEsp;
}

// The padding must be 1, 2, 3, ... (RFC 4303 2.4). How long the comparison takes tells nobody
// anything: what comes here was proved to be the peer's, where there is integrity at all.
bool TakeTrailer(Packet& packet, std::uint8_t& next_header) {
  const std::uint8_t* end = packet.data() + packet.size();
  next_header = end[-1];
  const std::size_t padding = end[-2];
  if (padding > packet.size() - kTrailerBytes) return false;
  const std::uint8_t* at = end - kTrailerBytes - padding;
  for (std::size_t i = 0; i < padding; ++i) {
    if (at[i] != i + 1) return false;
  }
  packet.CutTo(packet.size() - kTrailerBytes - padding);
  return true;
}

// An AEAD's vector must never come twice under one key, which the sequence number does not either
// (RFC 4106 3.1, RFC 7634 2); CBC's must not be foreseen.
bool ChooseIv(const Sa& sa, RandomSource& random, Iv& iv) {
  return sa.is_aead() || sa.iv_bytes() == 0 || random.Fill(iv.data(), sa.iv_bytes());
}

}  // namespace

EspRoom EspRoomFor(const Sa& sa, std::size_t payload_bytes) {
  const std::size_t block = sa.settings().encryption->block_bytes;
  const std::size_t padding = (block - (payload_bytes + kTrailerBytes) % block) % block;
  return {kEspHeaderBytes + sa.iv_bytes(), padding, padding + kTrailerBytes + sa.icv_bytes()};
}

Outcome SealEsp(Sa& sa, std::uint8_t next_header, const Sending& sending, Packet& packet) {
  const std::size_t payload_bytes = packet.size();
  const EspRoom room = EspRoomFor(sa, payload_bytes);
  if (room.head > packet.head_room() || room.tail > packet.tail_room()) return Outcome::kNoRoom;
  if (!sa.Judge(sending.now)) return Outcome::kExpired;
  Iv iv{};
  if (!ChooseIv(sa, sending.random, iv)) return Outcome::kFailed;
  std::uint32_t sequence_number = 0;
  if (!sa.TakeSequenceNumber(sequence_number)) return Outcome::kSequenceExhausted;
  if (sa.is_aead()) Store32(iv.data() + 4, sequence_number);

  packet.GrowFront(room.head);
  packet.GrowBack(room.tail);
  std::uint8_t* const start = packet.data();
  Store32(start, sa.settings().spi);
  Store32(start + 4, sequence_number);
  std::memcpy(start + kEspHeaderBytes, iv.data(), sa.iv_bytes());
  std::uint8_t* trailer = start + room.head + payload_bytes;
  for (std::size_t i = 0; i < room.padding; ++i) *trailer++ = static_cast<std::uint8_t>(i + 1);
  *trailer++ = static_cast<std::uint8_t>(room.padding);
  *trailer++ = next_header;

  std::uint8_t* const icv = trailer;
  const std::span<std::uint8_t> data(start + room.head, icv);
  if (sa.is_aead()) {
    if (!sa.cipher().Seal({start, kEspHeaderBytes}, data, iv.data(), icv)) return Outcome::kFailed;
  } else {
    if (!sa.cipher().Crypt(data, iv.data())) return Outcome::kFailed;
    sa.Sign({Bytes(start, icv)}, icv);
  }
  sa.Count(payload_bytes, sending.now);
  return Outcome::kOk;
}

Outcome OpenEsp(Sa& sa, std::uint64_t now, Packet& packet, std::uint8_t& next_header) {
  const std::size_t head = kEspHeaderBytes + sa.iv_bytes();
  const std::size_t icv_bytes = sa.icv_bytes();
  if (packet.size() < head + kTrailerBytes + icv_bytes) return Outcome::kTooShort;
  std::uint8_t* const start = packet.data();
  std::uint8_t* const icv = start + packet.size() - icv_bytes;
  const std::span<std::uint8_t> data(start + head, icv);
  if (data.size() % sa.settings().encryption->block_bytes != 0) return Outcome::kMalformed;
  if (Load32(start) != sa.settings().spi) return Outcome::kWrongSa;
  if (!sa.Judge(now)) return Outcome::kExpired;
  const std::uint32_t sequence_number = Load32(start + 4);
  if (!sa.IsNew(sequence_number)) return Outcome::kReplayed;

  Iv iv{};
  std::memcpy(iv.data(), start + kEspHeaderBytes, sa.iv_bytes());
  const bool genuine = sa.is_aead()
                           ? sa.cipher().Open({start, kEspHeaderBytes}, data, iv.data(), icv)
                           : sa.Verify({Bytes(start, icv)}, icv);
  if (!genuine) {
    sa.CountIntegrityError();
    return Outcome::kBadIcv;
  }
  sa.Remember(sequence_number);
  if (!sa.is_aead() && !sa.cipher().Crypt(data, iv.data())) return Outcome::kFailed;
  packet.ShrinkFront(head);
  packet.CutTo(data.size());
  if (!TakeTrailer(packet, next_header)) return Outcome::kBadPadding;
  sa.Count(packet.size(), now);
  return Outcome::kOk;
}

Outcome EncapsulateEsp(Sa& sa, const Sending& sending, Packet& packet) {
  const SaSettings& settings = sa.settings();
  const auto header = ReadPacket(packet);
  if (!header) return Outcome::kMalformed;
  const bool tunnel = settings.mode == Mode::kTunnel;
  if (!tunnel && header->is_fragment()) return Outcome::kFragment;

  // All room is asked for before anything is changed, so that a refused packet takes no sequence
  // number.
  const std::size_t payload_bytes = packet.size() - (tunnel ? 0 : header->header_bytes());
  const EspRoom room = EspRoomFor(sa, payload_bytes);
  const std::size_t head = room.head + (settings.udp ? kUdpHeaderBytes : 0) +
                           (tunnel ? kIpv4HeaderBytes : 0);
  if (packet.size() + head + room.tail > kIpv4MaximumBytes) return Outcome::kTooLong;
  if (head > packet.head_room() || room.tail > packet.tail_room()) return Outcome::kNoRoom;

  DepartingHeader outer(settings, sending, *header, packet);
  const Outcome outcome = SealEsp(sa, outer.next_header(), sending, packet);
  if (outcome != Outcome::kOk) return outcome;
  if (settings.udp && !PutUdpHeader(*settings.udp, packet)) return Outcome::kNoRoom;
  return outer.Put(OuterProtocol(settings), packet) ? Outcome::kOk : Outcome::kNoRoom;
}

Outcome DecapsulateEsp(Sa& sa, std::uint64_t now, Packet& packet) {
  const SaSettings& settings = sa.settings();
  const auto header = ReadPacket(packet);
  if (!header) return Outcome::kMalformed;
  if (header->is_fragment()) return Outcome::kFragment;
  if (header->protocol() != OuterProtocol(settings)) return Outcome::kWrongSa;

  HeldHeader held;
  held.Take(*header, packet);
  if (settings.udp && !TakeUdpHeader(packet)) return Outcome::kMalformed;
  std::uint8_t next_header = 0;
  const Outcome outcome = OpenEsp(sa, now, packet, next_header);
  if (outcome != Outcome::kOk) return outcome;
  if (next_header == kProtocolNone) return Outcome::kDummy;
  return Deliver(settings.mode, next_header, held, packet);
}

}  // namespace ipsecctl::userspace
