// The Diffie-Hellman functions of the addon, on the calling thread and on the thread pool.
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportDh(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
