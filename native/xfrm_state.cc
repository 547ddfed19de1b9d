// SAs: records to xfrm_usersa_info and its attributes, and back.
#include <cstring>
#include <string_view>

#include "xfrm_codec.h"

namespace ipsecctl {
namespace {

// Seconds of 0 mean "no limit" to the kernel; for bytes it has a number of its own.
std::uint64_t ByteLimit(std::uint64_t bytes) { return bytes == 0 ? XFRM_INF : bytes; }
std::uint64_t FromByteLimit(std::uint64_t bytes) { return bytes == XFRM_INF ? 0 : bytes; }

void CopyName(std::string_view name, char (&target)[64]) {
  if (name.empty() || name.size() >= sizeof target) throw RecordError("bad algorithm name");
  std::memcpy(target, name.data(), name.size());
}

// The name and key of an algorithm attribute, `key_offset` bytes into it.
template <typename Algorithm>
void DecodeAlgorithm(Bytes value, std::size_t key_offset, WordWriter& out) {
  const auto algorithm = Load<Algorithm>(value);
  out.Text({algorithm.alg_name, strnlen(algorithm.alg_name, sizeof algorithm.alg_name)});
  const std::size_t available = value.size() > key_offset ? value.size() - key_offset : 0;
  const std::size_t length = std::min<std::size_t>((algorithm.alg_key_len + 7) / 8, available);
  out.Bytes(value.data() + (value.size() - available), length);
}

void EmptyAlgorithm(WordWriter& out) {
  out.Text({});
  out.Bytes(nullptr, 0);
}

}  // namespace

// protocol, mode, source, destination, reqid, first SPI, last SPI
void EncodeAllocateSpi(WordReader& record, MessageBuilder& message) {
  xfrm_userspi_info info{};
  info.info.family = AF_INET;
  info.info.id.proto = static_cast<std::uint8_t>(record.U32());
  info.info.mode = static_cast<std::uint8_t>(record.U32());
  info.info.saddr = ToXfrmAddress(record.U32());
  info.info.id.daddr = ToXfrmAddress(record.U32());
  info.info.reqid = record.U32();
  info.min = record.U32();
  info.max = record.U32();
  message.Begin(XFRM_MSG_ALLOCSPI, 0, /*has_reply=*/true);
  message.Body(info);
  message.End();
}

// SPI, protocol, mode, source, destination, reqid, replay window, 1 for an outer header without DF,
// soft seconds (64 bits), hard seconds, soft bytes, hard bytes,
// integrity name (text), ICV length in bits, integrity key (bytes),
// encryption name (text, empty for AH), encryption key (bytes)
void EncodeSa(RequestKind kind, WordReader& record, MessageBuilder& message) {
  xfrm_usersa_info info{};
  info.family = AF_INET;
  info.id.spi = htonl(record.U32());
  info.id.proto = static_cast<std::uint8_t>(record.U32());
  info.mode = static_cast<std::uint8_t>(record.U32());
  info.saddr = ToXfrmAddress(record.U32());
  info.id.daddr = ToXfrmAddress(record.U32());
  info.reqid = record.U32();
  const std::uint32_t replay_window = record.U32();
  if (record.U32() != 0) info.flags |= XFRM_STATE_NOPMTUDISC;
  info.lft.soft_add_expires_seconds = record.U64();
  info.lft.hard_add_expires_seconds = record.U64();
  info.lft.soft_byte_limit = ByteLimit(record.U64());
  info.lft.hard_byte_limit = ByteLimit(record.U64());
  info.lft.soft_packet_limit = XFRM_INF;
  info.lft.hard_packet_limit = XFRM_INF;
  // Windows beyond the 32 packets of the fixed field live in an attribute.
  if (replay_window <= 32) info.replay_window = static_cast<std::uint8_t>(replay_window);

  message.Begin(kind == RequestKind::kAddSa ? XFRM_MSG_NEWSA : XFRM_MSG_UPDSA);
  message.Body(info);

  xfrm_algo_auth integrity{};
  CopyName(record.Text(), integrity.alg_name);
  integrity.alg_trunc_len = record.U32();
  const Bytes integrity_key = record.Bytes();
  integrity.alg_key_len = static_cast<std::uint32_t>(integrity_key.size() * 8);
  message.Attribute(XFRMA_ALG_AUTH_TRUNC, &integrity, sizeof integrity, integrity_key);

  const auto encryption_name = record.Text();
  const Bytes encryption_key = record.Bytes();
  if (!encryption_name.empty()) {
    xfrm_algo encryption{};
    CopyName(encryption_name, encryption.alg_name);
    encryption.alg_key_len = static_cast<std::uint32_t>(encryption_key.size() * 8);
    message.Attribute(XFRMA_ALG_CRYPT, &encryption, sizeof encryption, encryption_key);
  }
  if (replay_window > 32) {
    xfrm_replay_state_esn replay{};
    replay.bmp_len = (replay_window + 31) / 32;
    replay.replay_window = replay_window;
    if (replay.bmp_len * sizeof(std::uint32_t) > XFRMA_REPLAY_ESN_MAX / 8) {
      throw RecordError("replay window too large");
    }
    const std::uint8_t bitmap[XFRMA_REPLAY_ESN_MAX / 8] = {};
    message.Attribute(XFRMA_REPLAY_ESN_VAL, &replay, sizeof replay,
                      {bitmap, replay.bmp_len * sizeof(std::uint32_t)});
  }
  message.End();
}

// SPI, protocol, source, destination
void EncodeSaId(RequestKind kind, WordReader& record, MessageBuilder& message) {
  xfrm_usersa_id id{};
  id.family = AF_INET;
  id.spi = htonl(record.U32());
  id.proto = static_cast<std::uint8_t>(record.U32());
  const auto source = ToXfrmAddress(record.U32());
  id.daddr = ToXfrmAddress(record.U32());
  const bool get = kind == RequestKind::kGetSa;
  message.Begin(get ? XFRM_MSG_GETSA : XFRM_MSG_DELSA, 0, /*has_reply=*/get);
  message.Body(id);
  message.Attribute(XFRMA_SRCADDR, source);
  message.End();
}

// SPI, protocol, mode, source, destination, reqid, replay window, 1 for an outer header without DF,
// soft seconds (64 bits), hard seconds, soft bytes, hard bytes,
// bytes, packets, add time, use time, replay errors (32 bits), integrity errors (32 bits),
// integrity name (text) and key (bytes), encryption name and key, combined mode name and key;
// all names are empty in a larval SA.
bool DecodeSa(Bytes body, WordWriter& out) {
  const auto info = Load<xfrm_usersa_info>(body);
  if (info.family != AF_INET) return false;
  if (info.id.proto != IPPROTO_ESP && info.id.proto != IPPROTO_AH) return false;
  if (info.mode != XFRM_MODE_TRANSPORT && info.mode != XFRM_MODE_TUNNEL) return false;

  std::uint32_t replay_window = info.replay_window;
  Bytes integrity, integrity_truncated, encryption, combined;
  ForEachAttribute(AttributesAfter<xfrm_usersa_info>(body), [&](std::uint16_t type, Bytes value) {
    switch (type) {
      case XFRMA_ALG_AUTH: integrity = value; break;
      case XFRMA_ALG_AUTH_TRUNC: integrity_truncated = value; break;
      case XFRMA_ALG_CRYPT: encryption = value; break;
      case XFRMA_ALG_AEAD: combined = value; break;
      case XFRMA_REPLAY_ESN_VAL:
        replay_window = Load<xfrm_replay_state_esn>(value).replay_window;
        break;
      default: break;
    }
  });

  out.U32(ntohl(info.id.spi));
  out.U32(info.id.proto);
  out.U32(info.mode);
  out.U32(FromXfrmAddress(info.saddr));
  out.U32(FromXfrmAddress(info.id.daddr));
  out.U32(info.reqid);
  out.U32(replay_window);
  out.U32((info.flags & XFRM_STATE_NOPMTUDISC) != 0 ? 1 : 0);
  out.U64(info.lft.soft_add_expires_seconds);
  out.U64(info.lft.hard_add_expires_seconds);
  out.U64(FromByteLimit(info.lft.soft_byte_limit));
  out.U64(FromByteLimit(info.lft.hard_byte_limit));
  out.U64(info.curlft.bytes);
  out.U64(info.curlft.packets);
  out.U64(info.curlft.add_time);
  out.U64(info.curlft.use_time);
  out.U32(info.stats.replay);
  out.U32(info.stats.integrity_failed);
  if (!integrity_truncated.empty()) {
    DecodeAlgorithm<xfrm_algo_auth>(integrity_truncated, sizeof(xfrm_algo_auth), out);
  } else if (!integrity.empty()) {
    DecodeAlgorithm<xfrm_algo>(integrity, sizeof(xfrm_algo), out);
  } else {
    EmptyAlgorithm(out);
  }
  if (!encryption.empty()) {
    DecodeAlgorithm<xfrm_algo>(encryption, sizeof(xfrm_algo), out);
  } else {
    EmptyAlgorithm(out);
  }
  if (!combined.empty()) {
    DecodeAlgorithm<xfrm_algo_aead>(combined, sizeof(xfrm_algo_aead), out);
  } else {
    EmptyAlgorithm(out);
  }
  return true;
}

std::uint32_t DecodeSpi(Bytes body) { return ntohl(Load<xfrm_usersa_info>(body).id.spi); }

}  // namespace ipsecctl
