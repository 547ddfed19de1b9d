// The class UdpSocket of the addon: what node:dgram lacks for IKE.
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportUdpSocket(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
