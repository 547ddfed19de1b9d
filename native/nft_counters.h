// Reads the named counters of one nftables table (family ip), where policies count their packets (spec E-40).
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportNftCounters(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
