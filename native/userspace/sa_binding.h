// One SA of the userspace data plane for JavaScript: a class whose methods take and return whole
// packets.
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportUserspaceSa(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
