// Failed system calls as exceptions, in C++ and in JavaScript.
#pragma once

#include <napi.h>

#include <stdexcept>
#include <string>

namespace ipsecctl {

// A system call that failed for a reason outside this program.
class SystemError : public std::runtime_error {
 public:
  SystemError(int error, std::string syscall, std::string detail = {});

  int error() const { return error_; }
  const std::string& syscall() const { return syscall_; }

 private:
  int error_;
  std::string syscall_;
};

// A request that JavaScript wrote in a way the addon cannot read: a bug on our own side.
class RecordError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// The JavaScript error for `error`: an Error with `errno` (positive) and `syscall`.
Napi::Error ToJavaScript(Napi::Env env, const SystemError& error);

// Runs `body` and turns the exceptions of this addon into JavaScript ones.
template <typename Body>
auto Guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const SystemError& error) {
    throw ToJavaScript(env, error);
  } catch (const RecordError& error) {
    throw Napi::TypeError::New(env, error.what());
  }
}

}  // namespace ipsecctl
