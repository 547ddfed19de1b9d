// Policies: records to xfrm_userpolicy_info and its templates, and back.
#include "xfrm_codec.h"

namespace ipsecctl {
namespace {

constexpr std::uint32_t kPortMask = 0xffff;

// source, prefix length, destination, prefix length, protocol,
// source port, its mask, destination port, its mask
xfrm_selector EncodeSelector(WordReader& record) {
  xfrm_selector selector{};
  selector.family = AF_INET;
  selector.saddr = ToXfrmAddress(record.U32());
  selector.prefixlen_s = static_cast<std::uint8_t>(record.U32());
  selector.daddr = ToXfrmAddress(record.U32());
  selector.prefixlen_d = static_cast<std::uint8_t>(record.U32());
  selector.proto = static_cast<std::uint8_t>(record.U32());
  selector.sport = htons(static_cast<std::uint16_t>(record.U32() & kPortMask));
  selector.sport_mask = htons(static_cast<std::uint16_t>(record.U32() & kPortMask));
  selector.dport = htons(static_cast<std::uint16_t>(record.U32() & kPortMask));
  selector.dport_mask = htons(static_cast<std::uint16_t>(record.U32() & kPortMask));
  return selector;
}

// protocol, mode, source, destination, reqid, optional (0 or 1)
xfrm_user_tmpl EncodeTemplate(WordReader& record) {
  xfrm_user_tmpl entry{};
  entry.family = AF_INET;
  entry.id.proto = static_cast<std::uint8_t>(record.U32());
  entry.mode = static_cast<std::uint8_t>(record.U32());
  entry.saddr = ToXfrmAddress(record.U32());
  entry.id.daddr = ToXfrmAddress(record.U32());
  entry.reqid = record.U32();
  entry.optional = record.U32() != 0 ? 1 : 0;
  // Which algorithms suit is settled by the SA that bears our reqid.
  entry.aalgos = entry.ealgos = entry.calgos = ~0U;
  return entry;
}

bool DecodeTemplate(const xfrm_user_tmpl& entry, WordWriter& out) {
  if (entry.family != AF_INET) return false;
  if (entry.id.proto != IPPROTO_ESP && entry.id.proto != IPPROTO_AH) return false;
  if (entry.mode != XFRM_MODE_TRANSPORT && entry.mode != XFRM_MODE_TUNNEL) return false;
  out.U32(entry.id.proto);
  out.U32(entry.mode);
  out.U32(FromXfrmAddress(entry.saddr));
  out.U32(FromXfrmAddress(entry.id.daddr));
  out.U32(entry.reqid);
  out.U32(entry.optional != 0 ? 1 : 0);
  return true;
}

}  // namespace

// direction, selector, priority, action, count of templates, templates
void EncodePolicy(RequestKind kind, WordReader& record, MessageBuilder& message) {
  xfrm_userpolicy_info info{};
  info.dir = static_cast<std::uint8_t>(record.U32());
  info.sel = EncodeSelector(record);
  info.priority = record.U32();
  info.action = static_cast<std::uint8_t>(record.U32());
  info.lft.soft_byte_limit = info.lft.hard_byte_limit = XFRM_INF;
  info.lft.soft_packet_limit = info.lft.hard_packet_limit = XFRM_INF;
  info.share = XFRM_SHARE_ANY;
  message.Begin(kind == RequestKind::kAddPolicy ? XFRM_MSG_NEWPOLICY : XFRM_MSG_UPDPOLICY);
  message.Body(info);
  // More than the kernel's limit go to the kernel as well: its refusal is worded for the user.
  const std::uint32_t count = record.U32();
  std::vector<xfrm_user_tmpl> templates;
  for (std::uint32_t i = 0; i < count; ++i) templates.push_back(EncodeTemplate(record));
  if (!templates.empty()) {
    message.Attribute(XFRMA_TMPL, templates.data(), templates.size() * sizeof(xfrm_user_tmpl));
  }
  message.End();
}

// direction, selector
void EncodePolicyKey(WordReader& record, MessageBuilder& message) {
  xfrm_userpolicy_id id{};
  id.dir = static_cast<std::uint8_t>(record.U32());
  id.sel = EncodeSelector(record);
  message.Begin(XFRM_MSG_DELPOLICY);
  message.Body(id);
  message.End();
}

// local prefix length, remote prefix length
void EncodeHashThresholds(WordReader& record, MessageBuilder& message) {
  xfrmu_spdhthresh thresholds{};
  thresholds.lbits = static_cast<std::uint8_t>(record.U32());
  thresholds.rbits = static_cast<std::uint8_t>(record.U32());
  const std::uint32_t flags = ~0U;
  message.Begin(XFRM_MSG_NEWSPDINFO);
  message.Body(flags);
  message.Attribute(XFRMA_SPD_IPV4_HTHRESH, thresholds);
  message.End();
}

bool DecodeSelector(const xfrm_selector& selector, WordWriter& out) {
  // The kernel lets family 0 stand for the family of the policy, which then has no addresses.
  if (selector.family != AF_INET && selector.family != AF_UNSPEC) return false;
  if (selector.ifindex != 0) return false;
  out.U32(FromXfrmAddress(selector.saddr));
  out.U32(selector.prefixlen_s);
  out.U32(FromXfrmAddress(selector.daddr));
  out.U32(selector.prefixlen_d);
  out.U32(selector.proto);
  out.U32(ntohs(selector.sport));
  out.U32(ntohs(selector.sport_mask));
  out.U32(ntohs(selector.dport));
  out.U32(ntohs(selector.dport_mask));
  return true;
}

// direction, selector, priority, action, count of templates, templates
bool DecodePolicy(Bytes body, WordWriter& out) {
  const auto info = Load<xfrm_userpolicy_info>(body);
  // Directions from 3 on are policies of single sockets.
  if (info.dir > XFRM_POLICY_FWD) return false;
  bool keyed_by_more = false;
  Bytes templates;
  ForEachAttribute(AttributesAfter<xfrm_userpolicy_info>(body),
                   [&](std::uint16_t type, Bytes value) {
                     switch (type) {
                       case XFRMA_TMPL: templates = value; break;
                       case XFRMA_MARK:
                         keyed_by_more = keyed_by_more || Load<xfrm_mark>(value).m != 0;
                         break;
                       case XFRMA_IF_ID:
                         keyed_by_more = keyed_by_more || Load<std::uint32_t>(value) != 0;
                         break;
                       case XFRMA_POLICY_TYPE:
                         keyed_by_more = keyed_by_more || Load<xfrm_userpolicy_type>(value).type !=
                                                              XFRM_POLICY_TYPE_MAIN;
                         break;
                       default: break;
                     }
                   });
  // A mark, an interface id or the sub type make it another key, which never meets one of ours.
  if (keyed_by_more || info.sel.ifindex != 0) return false;
  if (info.sel.family != AF_INET && info.sel.family != AF_UNSPEC) return false;
  out.U32(info.dir);
  DecodeSelector(info.sel, out);
  out.U32(info.priority);
  out.U32(info.action);
  const std::size_t count_at = out.size();
  out.U32(0);
  std::uint32_t count = 0;
  for (; templates.size() >= sizeof(xfrm_user_tmpl);
       templates = templates.subspan(sizeof(xfrm_user_tmpl))) {
    if (DecodeTemplate(Load<xfrm_user_tmpl>(templates), out)) ++count;
  }
  out.Patch(count_at, count);
  return true;
}

}  // namespace ipsecctl
