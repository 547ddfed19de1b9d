// Netlink messages: written into one growing buffer, read without trusting a length in them.
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "wiping.h"

namespace ipsecctl {

using Bytes = std::span<const std::uint8_t>;

// The `T` at the start of `bytes`; what is missing at the end reads as zero, so that a kernel with a
// shorter structure than our header's is understood as well.
template <typename T>
T Load(Bytes bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof(T), bytes.size()));
  return value;
}

// Several requests one behind the other, ready for one or few send() calls.
class MessageBuilder {
 public:
  struct Message {
    std::size_t offset;
    std::size_t length;
    // Whether the kernel answers success with a message of its own instead of an acknowledgement.
    bool has_reply;
  };

  void Begin(std::uint16_t type, std::uint16_t flags = 0, bool has_reply = false) {
    messages_.push_back({buffer_.size(), 0, has_reply});
    if (has_reply) ++replies_;
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    Append(&header, sizeof header);
  }

  template <typename T>
  void Body(const T& value) {
    Append(&value, sizeof value);
  }

  template <typename T>
  void Attribute(std::uint16_t type, const T& value) {
    Attribute(type, &value, sizeof value);
  }

  void Attribute(std::uint16_t type, const void* head, std::size_t head_length, Bytes tail = {}) {
    nlattr attribute{};
    attribute.nla_type = type;
    attribute.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + head_length + tail.size());
    Append(&attribute, sizeof attribute);
    buffer_.insert(buffer_.end(), static_cast<const std::uint8_t*>(head),
                   static_cast<const std::uint8_t*>(head) + head_length);
    Append(tail.data(), tail.size());
  }

  void End() {
    Message& message = messages_.back();
    message.length = buffer_.size() - message.offset;
    auto header = Load<nlmsghdr>(Bytes(buffer_).subspan(message.offset));
    header.nlmsg_len = static_cast<std::uint32_t>(message.length);
    std::memcpy(buffer_.data() + message.offset, &header, sizeof header);
  }

  // Gives message `index` what is decided when it is sent: its sequence number, the sender by which
  // notifications name who caused them, and more flags.
  void Stamp(std::size_t index, std::uint32_t sequence, std::uint32_t port_id,
             std::uint16_t flags = 0) {
    std::uint8_t* start = buffer_.data() + messages_[index].offset;
    auto header = Load<nlmsghdr>({start, sizeof(nlmsghdr)});
    header.nlmsg_seq = sequence;
    header.nlmsg_pid = port_id;
    header.nlmsg_flags |= flags;
    std::memcpy(start, &header, sizeof header);
  }

  // Starts anew in the same memory.
  void Clear() {
    buffer_.clear();
    messages_.clear();
    replies_ = 0;
  }

  const std::uint8_t* data() const { return buffer_.data(); }
  std::size_t bytes() const { return buffer_.size(); }
  // How many of the messages have a reply.
  std::size_t replies() const { return replies_; }
  const std::vector<Message>& messages() const { return messages_; }

 private:
  void Append(const void* data, std::size_t length) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    buffer_.insert(buffer_.end(), bytes, bytes + length);
    buffer_.resize((buffer_.size() + NLMSG_ALIGNTO - 1) & ~std::size_t{NLMSG_ALIGNTO - 1}, 0);
  }

  WipingVector<std::uint8_t> buffer_;
  std::vector<Message> messages_;
  std::size_t replies_ = 0;
};

// Calls `visit(type, value)` for every whole attribute in `bytes`.
template <typename Visit>
void ForEachAttribute(Bytes bytes, Visit&& visit) {
  while (bytes.size() >= NLA_HDRLEN) {
    const auto header = Load<nlattr>(bytes);
    if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes.size()) return;
    visit(static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK),
          bytes.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN));
    bytes = bytes.subspan(std::min<std::size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  }
}

// Calls `visit(header, body)` for every whole message in a received buffer.
template <typename Visit>
void ForEachMessage(Bytes bytes, Visit&& visit) {
  while (bytes.size() >= NLMSG_HDRLEN) {
    const auto header = Load<nlmsghdr>(bytes);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > bytes.size()) return;
    visit(header, bytes.subspan(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN));
    bytes = bytes.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
  }
}

// What follows the fixed part `T` of a message body: its attributes.
template <typename T>
Bytes AttributesAfter(Bytes body) {
  return body.subspan(std::min<std::size_t>(NLMSG_ALIGN(sizeof(T)), body.size()));
}

}  // namespace ipsecctl
