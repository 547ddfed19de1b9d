// Between the records of JavaScript (words.h) and the messages of NETLINK_XFRM. IPv4 only.
//
// Addresses in records are numbers (10.0.0.1 is 0x0a000001). Protocols, modes, directions and
// actions are the kernel's own numbers, which linux/xfrm.h keeps stable:
#pragma once

#include <linux/xfrm.h>
#include <netinet/in.h>

#include "netlink_message.h"
#include "words.h"

namespace ipsecctl {

static_assert(IPPROTO_ESP == 50 && IPPROTO_AH == 51);
static_assert(XFRM_MODE_TRANSPORT == 0 && XFRM_MODE_TUNNEL == 1);
static_assert(XFRM_POLICY_IN == 0 && XFRM_POLICY_OUT == 1 && XFRM_POLICY_FWD == 2);
static_assert(XFRM_POLICY_ALLOW == 0 && XFRM_POLICY_BLOCK == 1);

// The first word of a request record. The fields that follow stand beside each encoder.
enum class RequestKind : std::uint32_t {
  kAllocateSpi = 1,
  kAddSa = 2,
  kUpdateSa = 3,
  kDeleteSa = 4,
  kGetSa = 5,
  kAddPolicy = 6,
  kUpdatePolicy = 7,
  kDeletePolicy = 8,
  kSetHashThresholds = 9,
};

// The first word of an event record.
enum class EventKind : std::uint32_t {
  // protocol, source, destination, reqid; one record for each reqid of the policy that has no SA
  kAcquire = 1,
  // SA id, reqid, hard (0 or 1)
  kExpire = 2,
  // SA id, reqid
  kSaDeleted = 3,
  // protocol, 0 = all
  kSasFlushed = 4,
  // direction, selector
  kPolicyChanged = 5,
  kPoliciesFlushed = 6,
  kOverrun = 7,
};

// xfrm_state.cc
void EncodeAllocateSpi(WordReader& record, MessageBuilder& message);
void EncodeSa(RequestKind kind, WordReader& record, MessageBuilder& message);
void EncodeSaId(RequestKind kind, WordReader& record, MessageBuilder& message);
// Appends the SA record of a NEWSA body; false, and nothing, for an SA that records cannot express.
bool DecodeSa(Bytes body, WordWriter& out);
// The SPI in a NEWSA body.
std::uint32_t DecodeSpi(Bytes body);

// xfrm_policy.cc
void EncodePolicy(RequestKind kind, WordReader& record, MessageBuilder& message);
void EncodePolicyKey(WordReader& record, MessageBuilder& message);
void EncodeHashThresholds(WordReader& record, MessageBuilder& message);
// Appends the policy record of a NEWPOLICY body; false, and nothing, for one records cannot express.
bool DecodePolicy(Bytes body, WordWriter& out);
// Appends "source, length, destination, length, protocol, ports..." of a selector; false for one
// that is not IPv4 or is tied to an interface.
bool DecodeSelector(const xfrm_selector& selector, WordWriter& out);

// xfrm_event.cc
// Appends the event record of a notification, if it is of interest.
void DecodeEvent(const nlmsghdr& header, Bytes body, WordWriter& out);

inline xfrm_address_t ToXfrmAddress(std::uint32_t address) {
  xfrm_address_t result{};
  result.a4 = htonl(address);
  return result;
}

inline std::uint32_t FromXfrmAddress(const xfrm_address_t& address) { return ntohl(address.a4); }

}  // namespace ipsecctl
