// Whether this process may leave a core dump, which would hold its keys and secrets.
#pragma once

#include <napi.h>
#include <sys/prctl.h>

#include <cerrno>

#include "errors.h"

namespace ipsecctl {

// disableCoreDumps(): also closes the memory to other processes of the same user
inline void DisableCoreDumps(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [] {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) throw SystemError(errno, "prctl(PR_SET_DUMPABLE)");
  });
}

inline void ExportCoreDumps(Napi::Env env, Napi::Object exports) {
  exports.Set("disableCoreDumps", Napi::Function::New<DisableCoreDumps>(env, "disableCoreDumps"));
}

}  // namespace ipsecctl
