/*
 * Preloaded into an IKE daemon: its requests that add, change or remove SAs and policies reach the kernel
 * as NLMSG_NOOP, which every kernel acknowledges and does nothing about. So daemons can be compared on a
 * machine whose kernel has no ESP, each doing all of its own work and none of the kernel's. SPIs are
 * reserved by the kernel; where an SA would take the place of its reservation, the reservation goes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Which descriptors are XFRM sockets: looking it up at every datagram would be measured too. */
static unsigned char xfrm_sockets[4096];

static int is_xfrm(int fd) {
  return fd >= 0 && (size_t)fd < sizeof xfrm_sockets && xfrm_sockets[fd];
}

typedef int (*socket_call)(int, int, int);

int socket(int domain, int type, int protocol) {
  static socket_call next;
  if (next == NULL) next = (socket_call)dlsym(RTLD_NEXT, "socket");
  const int fd = next(domain, type, protocol);
  if (fd >= 0 && (size_t)fd < sizeof xfrm_sockets) {
    xfrm_sockets[fd] = domain == AF_NETLINK && protocol == NETLINK_XFRM;
  }
  return fd;
}

static int is_change(unsigned type) {
  switch (type) {
    case XFRM_MSG_NEWSA:
    case XFRM_MSG_DELSA:
    case XFRM_MSG_NEWPOLICY:
    case XFRM_MSG_DELPOLICY:
    case XFRM_MSG_UPDPOLICY:
      return 1;
    default:
      return 0;
  }
}

/* Writes XFRM_MSG_DELSA for the reservation that an XFRM_MSG_UPDSA would complete; returns its length. */
static size_t remove_reservation(const struct nlmsghdr *update, char *out) {
  const struct xfrm_usersa_info *sa = NLMSG_DATA(update);
  struct nlmsghdr *header = (struct nlmsghdr *)out;
  struct xfrm_usersa_id *id = NLMSG_DATA(header);
  memset(out, 0, NLMSG_SPACE(sizeof *id));
  *header = *update;
  header->nlmsg_type = XFRM_MSG_DELSA;
  header->nlmsg_len = NLMSG_LENGTH(sizeof *id);
  id->daddr = sa->id.daddr;
  id->spi = sa->id.spi;
  id->family = sa->family;
  id->proto = sa->id.proto;
  return NLMSG_SPACE(sizeof *id);
}

/* Copies the messages as the kernel is to see them; returns their length, which is no larger. */
static size_t neutralize(const char *data, size_t size, char *out) {
  size_t written = 0;
  const struct nlmsghdr *header = (const struct nlmsghdr *)data;
  for (int left = (int)size; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == XFRM_MSG_UPDSA) {
      written += remove_reservation(header, out + written);
      continue;
    }
    struct nlmsghdr *copy = (struct nlmsghdr *)(out + written);
    memcpy(copy, header, header->nlmsg_len);
    if (is_change(header->nlmsg_type)) copy->nlmsg_type = NLMSG_NOOP;
    written += NLMSG_ALIGN(header->nlmsg_len);
  }
  return written;
}

typedef ssize_t (*sendto_call)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
               socklen_t to_size) {
  static sendto_call next;
  if (next == NULL) next = (sendto_call)dlsym(RTLD_NEXT, "sendto");
  if (!is_xfrm(fd)) return next(fd, data, size, flags, to, to_size);
  char *copy = malloc(NLMSG_ALIGN(size));
  const size_t copied = neutralize(data, size, copy);
  const ssize_t sent = next(fd, copy, copied, flags, to, to_size);
  free(copy);
  return sent < 0 ? sent : (ssize_t)size;
}

ssize_t send(int fd, const void *data, size_t size, int flags) {
  return sendto(fd, data, size, flags, NULL, 0);
}
