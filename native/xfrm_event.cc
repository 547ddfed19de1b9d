// Notifications of the kernel (acquire, expire, deletions) to event records.
#include <algorithm>
#include <array>
#include <span>

#include "xfrm_codec.h"

namespace ipsecctl {
namespace {

void EventSaId(const xfrm_usersa_info& info, WordWriter& out) {
  out.U32(ntohl(info.id.spi));
  out.U32(info.id.proto);
  out.U32(FromXfrmAddress(info.saddr));
  out.U32(FromXfrmAddress(info.id.daddr));
  out.U32(info.reqid);
}

// The kernel's XFRM_MAX_DEPTH, which linux/xfrm.h does not tell.
constexpr std::size_t kMaxTemplates = 6;

struct Wanted {
  std::uint32_t protocol;
  xfrm_address_t source;
  xfrm_address_t destination;
  std::uint32_t reqid;
};

// Nested templates belong to several policies of the tables, each with a reqid of its own, and the
// kernel does not say which of them lacks its SA: protocol and addresses of the one in want may fit
// others as well. So every reqid is told, innermost first.
void DecodeAcquire(Bytes body, WordWriter& out) {
  const auto acquire = Load<xfrm_user_acquire>(body);
  if (acquire.policy.sel.family != AF_INET) return;
  std::array<Wanted, kMaxTemplates> wanted;
  std::size_t count = 0;
  ForEachAttribute(AttributesAfter<xfrm_user_acquire>(body), [&](std::uint16_t type, Bytes value) {
    if (type != XFRMA_TMPL) return;
    for (; value.size() >= sizeof(xfrm_user_tmpl); value = value.subspan(sizeof(xfrm_user_tmpl))) {
      const auto entry = Load<xfrm_user_tmpl>(value);
      const auto end = wanted.begin() + count;
      const auto has_reqid = [&](const Wanted& other) { return other.reqid == entry.reqid; };
      if (count == wanted.size() || std::find_if(wanted.begin(), end, has_reqid) != end) continue;
      // Templates in transport mode may leave the addresses to the packet.
      const bool has_ends = entry.saddr.a4 != 0 && entry.id.daddr.a4 != 0;
      wanted[count++] = {entry.id.proto, has_ends ? entry.saddr : acquire.saddr,
                         has_ends ? entry.id.daddr : acquire.id.daddr, entry.reqid};
    }
  });
  for (const Wanted& each : std::span<const Wanted>(wanted).first(count)) {
    out.U32(static_cast<std::uint32_t>(EventKind::kAcquire));
    out.U32(each.protocol);
    out.U32(FromXfrmAddress(each.source));
    out.U32(FromXfrmAddress(each.destination));
    out.U32(each.reqid);
  }
}

void DecodeExpire(Bytes body, WordWriter& out) {
  const auto expire = Load<xfrm_user_expire>(body);
  if (expire.state.family != AF_INET) return;
  out.U32(static_cast<std::uint32_t>(EventKind::kExpire));
  EventSaId(expire.state, out);
  out.U32(expire.hard != 0 ? 1 : 0);
}

void DecodeSaDeleted(Bytes body, WordWriter& out) {
  // The body names the SA only; the SA itself, with its reqid, comes as an attribute.
  ForEachAttribute(AttributesAfter<xfrm_usersa_id>(body), [&](std::uint16_t type, Bytes value) {
    if (type != XFRMA_SA) return;
    const auto info = Load<xfrm_usersa_info>(value);
    if (info.family != AF_INET) return;
    out.U32(static_cast<std::uint32_t>(EventKind::kSaDeleted));
    EventSaId(info, out);
  });
}

void DecodePolicyChanged(const xfrm_selector& selector, std::uint32_t direction, WordWriter& out) {
  if (selector.family != AF_INET || selector.ifindex != 0) return;
  out.U32(static_cast<std::uint32_t>(EventKind::kPolicyChanged));
  out.U32(direction);
  DecodeSelector(selector, out);
}

void DecodePolicyDeleted(Bytes body, WordWriter& out) {
  ForEachAttribute(AttributesAfter<xfrm_userpolicy_id>(body), [&](std::uint16_t type, Bytes value) {
    if (type != XFRMA_POLICY) return;
    const auto info = Load<xfrm_userpolicy_info>(value);
    DecodePolicyChanged(info.sel, info.dir, out);
  });
}

}  // namespace

void DecodeEvent(const nlmsghdr& header, Bytes body, WordWriter& out) {
  switch (header.nlmsg_type) {
    case XFRM_MSG_ACQUIRE:
      DecodeAcquire(body, out);
      break;
    case XFRM_MSG_EXPIRE:
      DecodeExpire(body, out);
      break;
    case XFRM_MSG_DELSA:
      DecodeSaDeleted(body, out);
      break;
    case XFRM_MSG_FLUSHSA: {
      const std::uint32_t protocol = Load<xfrm_usersa_flush>(body).proto;
      out.U32(static_cast<std::uint32_t>(EventKind::kSasFlushed));
      out.U32(protocol == IPPROTO_ESP || protocol == IPPROTO_AH ? protocol : 0);
      break;
    }
    case XFRM_MSG_UPDPOLICY: {
      const auto info = Load<xfrm_userpolicy_info>(body);
      DecodePolicyChanged(info.sel, info.dir, out);
      break;
    }
    case XFRM_MSG_DELPOLICY:
      DecodePolicyDeleted(body, out);
      break;
    case XFRM_MSG_FLUSHPOLICY:
      out.U32(static_cast<std::uint32_t>(EventKind::kPoliciesFlushed));
      break;
    default:
      break;
  }
}

}  // namespace ipsecctl
