// What the addon offers to lib/host/addon.ts.
#include <napi.h>

#include "core_dumps.h"
#include "crypto_box.h"
#include "dh_binding.h"
#include "nft_counters.h"
#include "udp_socket.h"
#include "userspace/sa_binding.h"
#include "xfrm_monitor.h"
#include "xfrm_socket.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ipsecctl::ExportXfrmSocket(env, exports);
  ipsecctl::ExportXfrmMonitor(env, exports);
  ipsecctl::ExportUdpSocket(env, exports);
  ipsecctl::ExportDh(env, exports);
  ipsecctl::ExportCryptoBox(env, exports);
  ipsecctl::ExportCoreDumps(env, exports);
  ipsecctl::ExportNftCounters(env, exports);
  ipsecctl::ExportUserspaceSa(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(ipsecctl, Init)
