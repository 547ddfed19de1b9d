// A netlink socket: batched requests whose every outcome is known, dumps, multicast reading.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "file_descriptor.h"
#include "netlink_message.h"

namespace ipsecctl {

// What became of one request.
struct Outcome {
  // A positive errno, 0 for success.
  int error = 0;
  // The kernel's own words (extended acknowledgement), or empty.
  std::string detail;
  // The reply's type and body, for requests that have one.
  std::uint16_t reply_type = 0;
  WipingVector<std::uint8_t> reply;
};

class NetlinkSocket {
 public:
  // Opens a socket of `protocol` (NETLINK_XFRM, NETLINK_NETFILTER) in the network namespace of the calling
  // thread and joins the multicast groups whose numbers are given. `receive_bytes` is what the kernel may
  // queue for it.
  NetlinkSocket(int protocol, const std::vector<unsigned>& groups, int receive_bytes);

  int fd() const { return fd_.get(); }
  // Hands the descriptor to an event loop; only Receive() can be used afterwards.
  FileDescriptor Release() { return std::move(fd_); }

  // The kernel's number for this socket: notifications name the socket that caused them by it.
  std::uint32_t port_id() const { return port_id_; }

  // Whether one more request may join a batch. The kernel throws answers away silently when the
  // receive buffer is full, which would read as success: so a batch never has more than fit.
  bool HasRoom(const MessageBuilder& requests) const;

  // Sends the requests in order, all at once, and waits for all outcomes; one for each request.
  std::vector<Outcome> Execute(MessageBuilder& requests);

  // Lists a whole table. `visit` may be called for entries of a listing that is then started anew
  // because the table changed; `restart` is called before that. `narrow` adds to the request what tells
  // the wanted entries from others.
  void Dump(std::uint16_t type, const std::function<void(const nlmsghdr&, Bytes)>& visit,
            const std::function<void()>& restart,
            const std::function<void(MessageBuilder&)>& narrow = {});

 private:
  void Send(const MessageBuilder& requests);
  void AwaitOutcomes(const MessageBuilder& requests, std::uint32_t base,
                     std::vector<Outcome>& outcomes);
  bool DumpOnce(std::uint16_t type, const std::function<void(const nlmsghdr&, Bytes)>& visit,
                const std::function<void(MessageBuilder&)>& narrow);
  Bytes ReceiveReply();

  FileDescriptor fd_;
  std::uint32_t port_id_ = 0;
  std::uint32_t sequence_ = 0;
  std::size_t receive_budget_ = 0;
  WipingVector<std::uint8_t> buffer_;
};

// Reads one datagram without waiting: its length, or -1 with errno set.
ssize_t ReceiveNow(int fd, std::uint8_t* buffer, std::size_t size);

}  // namespace ipsecctl
