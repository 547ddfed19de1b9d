// Hashes, HMAC and CBC ciphers for JavaScript at the price of a function call.
#pragma once

#include <napi.h>

namespace ipsecctl {

void ExportCryptoBox(Napi::Env env, Napi::Object exports);

}  // namespace ipsecctl
