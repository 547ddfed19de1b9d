// The class XfrmSocket of the addon: requests and listings, each one synchronous call.
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportXfrmSocket(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
