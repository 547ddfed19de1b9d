#include "nft_counters.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <string>
#include <vector>

#include "errors.h"
#include "netlink_socket.h"

namespace ipsecctl {
namespace {

constexpr int kReceiveBytes = 1024 * 1024;

struct Counter {
  std::string name;
  std::uint64_t packets = 0;
};

std::string TextOf(Bytes value) {
  const auto end = std::find(value.begin(), value.end(), 0);
  return {value.begin(), end};
}

std::uint64_t PacketsOf(Bytes data) {
  std::uint64_t packets = 0;
  ForEachAttribute(data, [&](std::uint16_t type, Bytes value) {
    if (type == NFTA_COUNTER_PACKETS) packets = be64toh(Load<std::uint64_t>(value));
  });
  return packets;
}

Counter CounterOf(Bytes body) {
  Counter counter;
  ForEachAttribute(AttributesAfter<nfgenmsg>(body), [&](std::uint16_t type, Bytes value) {
    if (type == NFTA_OBJ_NAME) counter.name = TextOf(value);
    if (type == NFTA_OBJ_DATA) counter.packets = PacketsOf(value);
  });
  return counter;
}

std::vector<Counter> CountersOf(const std::string& table) {
  NetlinkSocket socket(NETLINK_NETFILTER, {}, kReceiveBytes);
  std::vector<Counter> counters;
  socket.Dump(
      (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETOBJ,
      [&](const nlmsghdr&, Bytes body) { counters.push_back(CounterOf(body)); },
      [&] { counters.clear(); },
      [&](MessageBuilder& request) {
        request.Body(nfgenmsg{.nfgen_family = NFPROTO_IPV4, .version = NFNETLINK_V0, .res_id = 0});
        request.Attribute(NFTA_OBJ_TABLE, table.c_str(), table.size() + 1);
        request.Attribute(NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
      });
  return counters;
}

// nftCounters(table: string): (string | number)[]
// Name and packets of each counter, one behind the other; nothing when there is no such table.
Napi::Value NftCounters(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString()) throw Napi::TypeError::New(env, "nftCounters takes a table's name");
  return Guarded(env, [&]() -> Napi::Value {
    const auto counters = CountersOf(info[0].As<Napi::String>().Utf8Value());
    auto list = Napi::Array::New(env, counters.size() * 2);
    std::uint32_t index = 0;
    for (const Counter& counter : counters) {
      list.Set(index++, counter.name);
      list.Set(index++, static_cast<double>(counter.packets));
    }
    return list;
  });
}

}  // namespace

void ExportNftCounters(Napi::Env env, Napi::Object exports) {
  exports.Set("nftCounters", Napi::Function::New<NftCounters>(env, "nftCounters"));
}

}  // namespace ipsecctl
