#include "errors.h"

#include <cstring>
#include <utility>

namespace ipsecctl {

SystemError::SystemError(int error, std::string syscall, std::string detail)
    : std::runtime_error(syscall + ": " + (detail.empty() ? std::strerror(error) : detail)),
      error_(error),
      syscall_(std::move(syscall)) {}

Napi::Error ToJavaScript(Napi::Env env, const SystemError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("errno", Napi::Number::New(env, error.error()));
  result.Set("syscall", Napi::String::New(env, error.syscall()));
  return result;
}

}  // namespace ipsecctl
