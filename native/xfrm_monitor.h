// The class XfrmMonitor of the addon: the kernel's notifications on the event loop.
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportXfrmMonitor(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
