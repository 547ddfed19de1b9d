/*
 * Lets user-mode-linux 6.1 run on processors whose extended register state is larger than it knows.
 *
 * UML keeps 2696 bytes of XSAVE state a process. Where the processor has AMX the host's state is about
 * 11 KB, and the host refuses to write back less than all of it (PTRACE_SETREGSET: EFAULT), so the guest's
 * init dies. Preloaded into linux.uml, this completes each write with the tail the process already has.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

typedef long (*ptrace_call)(int request, pid_t pid, void *address, void *data);

/* Static: the caller runs on a small stack of its own. linux.uml has one thread that traces. */
static unsigned char whole_state[64 * 1024] __attribute__((aligned(64)));

static ptrace_call real_ptrace;

__attribute__((constructor)) static void find_real_ptrace(void) {
  real_ptrace = (ptrace_call)dlsym(RTLD_NEXT, "ptrace");
}

static long write_registers(pid_t pid, const struct iovec *given) {
  struct iovec whole = {.iov_base = whole_state, .iov_len = sizeof whole_state};
  long result = real_ptrace(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
  if (result < 0 || whole.iov_len <= given->iov_len)
    return real_ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, (void *)given);
  memcpy(whole_state, given->iov_base, given->iov_len);
  return real_ptrace(PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);
  if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) return write_registers(pid, data);
  return real_ptrace(request, pid, address, data);
}
