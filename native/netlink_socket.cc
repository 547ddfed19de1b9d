#include "netlink_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "errors.h"

namespace ipsecctl {
namespace {

// One dump datagram of the kernel has at most 32 KiB; larger buffers gain nothing.
constexpr std::size_t kBufferBytes = 64 * 1024;
// Beyond this a batch costs the kernel a larger allocation and wins no time.
constexpr std::size_t kBatchBytes = 32 * 1024;
// What one queued answer may occupy of the receive buffer, counted as the kernel does: an error
// with its text, and a reply that carries an SA (allocated as a whole page and more).
constexpr std::size_t kAckBudget = 4096;
constexpr std::size_t kReplyBudget = 12 * 1024;
// Replies are queued before send() returns; only a kernel in trouble makes us wait at all.
constexpr int kReplyTimeoutMs = 5000;
constexpr int kDumpAttempts = 8;

void SetOption(int fd, int level, int option, int value, const char* name) {
  if (setsockopt(fd, level, option, &value, sizeof value) != 0) throw SystemError(errno, name);
}

// The error number and text in an NLMSG_ERROR body.
void ReadError(const nlmsghdr& header, Bytes body, Outcome& outcome) {
  const auto error = Load<nlmsgerr>(body);
  outcome.error = -error.error;
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return;
  std::size_t skip = sizeof(nlmsgerr);
  if ((header.nlmsg_flags & NLM_F_CAPPED) == 0 && error.msg.nlmsg_len > NLMSG_HDRLEN) {
    skip += error.msg.nlmsg_len - NLMSG_HDRLEN;
  }
  ForEachAttribute(body.subspan(std::min(NLMSG_ALIGN(skip), body.size())),
                   [&](std::uint16_t type, Bytes value) {
                     if (type != NLMSGERR_ATTR_MSG) return;
                     const auto end = std::find(value.begin(), value.end(), 0);
                     outcome.detail.assign(value.begin(), end);
                   });
}

}  // namespace

ssize_t ReceiveNow(int fd, std::uint8_t* buffer, std::size_t size) {
  ssize_t length = 0;
  do {
    length = recv(fd, buffer, size, MSG_DONTWAIT);
  } while (length < 0 && errno == EINTR);
  return length;
}

NetlinkSocket::NetlinkSocket(int protocol, const std::vector<unsigned>& groups, int receive_bytes)
    : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)), buffer_(kBufferBytes) {
  if (!fd_.valid()) throw SystemError(errno, "socket(AF_NETLINK)");
  SetOption(fd(), SOL_NETLINK, NETLINK_EXT_ACK, 1, "setsockopt(NETLINK_EXT_ACK)");
  SetOption(fd(), SOL_NETLINK, NETLINK_CAP_ACK, 1, "setsockopt(NETLINK_CAP_ACK)");
  // Above net.core.rmem_max only with CAP_NET_ADMIN; without it the plain option does what it can.
  if (setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof receive_bytes) != 0) {
    SetOption(fd(), SOL_SOCKET, SO_RCVBUF, receive_bytes, "setsockopt(SO_RCVBUF)");
  }
  int granted = 0;
  socklen_t length = sizeof granted;
  getsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &granted, &length);
  receive_budget_ = static_cast<std::size_t>(granted);

  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (bind(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw SystemError(errno, "bind(AF_NETLINK)");
  }
  length = sizeof address;
  if (getsockname(fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw SystemError(errno, "getsockname(AF_NETLINK)");
  }
  port_id_ = address.nl_pid;
  for (const unsigned group : groups) {
    SetOption(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, static_cast<int>(group),
              "setsockopt(NETLINK_ADD_MEMBERSHIP)");
  }
}

bool NetlinkSocket::HasRoom(const MessageBuilder& requests) const {
  const std::size_t answers = requests.messages().size() * kAckBudget +
                              requests.replies() * kReplyBudget + kReplyBudget + kAckBudget;
  return requests.messages().empty() ||
         (requests.bytes() < kBatchBytes && answers <= receive_budget_);
}

std::vector<Outcome> NetlinkSocket::Execute(MessageBuilder& requests) {
  const std::size_t count = requests.messages().size();
  std::vector<Outcome> outcomes(count);
  if (count == 0) return outcomes;
  const std::uint32_t base = sequence_ + 1;
  sequence_ += static_cast<std::uint32_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    // A failing request is always answered; so the last one's acknowledgement, which comes after
    // all other answers, tells that the silent ones succeeded.
    requests.Stamp(i, base + static_cast<std::uint32_t>(i), port_id_,
                   i + 1 == count ? NLM_F_ACK : 0);
  }
  Send(requests);
  AwaitOutcomes(requests, base, outcomes);
  return outcomes;
}

void NetlinkSocket::Send(const MessageBuilder& requests) {
  ssize_t sent = 0;
  do {
    sent = send(fd(), requests.data(), requests.bytes(), 0);
  } while (sent < 0 && errno == EINTR);
  if (sent != static_cast<ssize_t>(requests.bytes())) {
    throw SystemError(errno, "send(AF_NETLINK)");
  }
}

void NetlinkSocket::AwaitOutcomes(const MessageBuilder& requests, std::uint32_t base,
                                  std::vector<Outcome>& outcomes) {
  const std::size_t count = outcomes.size();
  std::vector<bool> answered(count, false);
  bool complete = false;
  while (!complete) {
    const Bytes received = ReceiveReply();
    if (received.empty()) {
      // The kernel had no memory for an answer. What has none yet is unknown, not successful.
      for (std::size_t i = 0; i < count; ++i) {
        if (answered[i]) continue;
        outcomes[i].error = ENOBUFS;
        outcomes[i].detail = "the kernel had no memory for its answer";
      }
      return;
    }
    ForEachMessage(received, [&](const nlmsghdr& header, Bytes body) {
      const std::uint32_t index = header.nlmsg_seq - base;
      if (index >= count) return;
      Outcome& outcome = outcomes[index];
      answered[index] = true;
      if (header.nlmsg_type == NLMSG_ERROR) {
        ReadError(header, body, outcome);
        complete = complete || index == count - 1;
      } else {
        outcome.reply_type = header.nlmsg_type;
        outcome.reply.assign(body.begin(), body.end());
      }
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!requests.messages()[i].has_reply || outcomes[i].error != 0) continue;
    if (outcomes[i].reply_type != 0) continue;
    outcomes[i].error = ENOBUFS;
    outcomes[i].detail = "the kernel's answer was lost";
  }
}

// The next datagram of answers; empty when the kernel reports that it lost some.
Bytes NetlinkSocket::ReceiveReply() {
  while (true) {
    const ssize_t length = ReceiveNow(fd(), buffer_.data(), buffer_.size());
    if (length >= 0) return {buffer_.data(), static_cast<std::size_t>(length)};
    if (errno == ENOBUFS) return {};
    if (errno != EAGAIN) throw SystemError(errno, "recv(AF_NETLINK)");
    pollfd waiting{.fd = fd(), .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kReplyTimeoutMs) == 0) throw SystemError(ETIMEDOUT, "recv(AF_NETLINK)");
  }
}

void NetlinkSocket::Dump(std::uint16_t type,
                         const std::function<void(const nlmsghdr&, Bytes)>& visit,
                         const std::function<void()>& restart,
                         const std::function<void(MessageBuilder&)>& narrow) {
  for (int attempt = 1; !DumpOnce(type, visit, narrow); ++attempt) {
    // A table that changes all the time still has to be listed: the last attempt counts as it is.
    if (attempt == kDumpAttempts) return;
    restart();
  }
}

// False when the kernel says that the table changed while it was listed.
bool NetlinkSocket::DumpOnce(std::uint16_t type,
                             const std::function<void(const nlmsghdr&, Bytes)>& visit,
                             const std::function<void(MessageBuilder&)>& narrow) {
  MessageBuilder request;
  request.Begin(type, NLM_F_DUMP);
  if (narrow) narrow(request);
  request.End();
  const std::uint32_t sequence = ++sequence_;
  request.Stamp(0, sequence, port_id_);
  Send(request);
  bool consistent = true;
  bool done = false;
  while (!done) {
    const Bytes received = ReceiveReply();
    if (received.empty()) throw SystemError(ENOBUFS, "recv(AF_NETLINK)");
    ForEachMessage(received, [&](const nlmsghdr& header, Bytes body) {
      if (header.nlmsg_seq != sequence || done) return;
      if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) consistent = false;
      if (header.nlmsg_type == NLMSG_ERROR) {
        Outcome outcome;
        ReadError(header, body, outcome);
        done = true;
        if (outcome.error != 0) throw SystemError(outcome.error, "dump", outcome.detail);
      } else if (header.nlmsg_type == NLMSG_DONE) {
        done = true;
      } else {
        visit(header, body);
      }
    });
  }
  return consistent;
}

}  // namespace ipsecctl
