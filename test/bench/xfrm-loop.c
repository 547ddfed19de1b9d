/*
 * The limit the addon is measured against: a plain loop that builds XFRM messages in place and sends
 * them 64 at a time, the last one acknowledged. "xfrm-loop sa|policy COUNT" installs COUNT entries and
 * prints the seconds that took; "xfrm-loop flush" removes all entries.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kBatch = 64, kMessageBytes = 1024 };

static int netlink_fd;
static unsigned char buffer[kBatch * kMessageBytes];

static void *append(unsigned char **end, const void *data, size_t length) {
  unsigned char *start = *end;
  memcpy(start, data, length);
  *end += NLMSG_ALIGN(length);
  return start;
}

static void append_attribute(unsigned char **end, unsigned short type, const void *data,
                             size_t length) {
  struct nlattr attribute = {.nla_len = (unsigned short)(NLA_HDRLEN + length), .nla_type = type};
  append(end, &attribute, sizeof attribute);
  append(end, data, length);
}

/* Different peers and scattered reqids, as the addon's side of the bench has them. */
static unsigned peer_of(unsigned number) { return htonl(0x0a000000U + number); }
static unsigned reqid_of(unsigned number) { return 0x49000000U + ((number * 0x9e3779U) & 0xffffffU); }

static void append_sa(unsigned char **end, unsigned number) {
  struct xfrm_usersa_info info = {.family = AF_INET, .mode = XFRM_MODE_TUNNEL, .replay_window = 32};
  info.id.proto = IPPROTO_ESP;
  info.id.spi = htonl(0x10000 + number);
  info.id.daddr.a4 = peer_of(number);
  info.saddr.a4 = htonl(0xc0000201U);
  info.reqid = reqid_of(number);
  info.lft.soft_byte_limit = info.lft.hard_byte_limit = XFRM_INF;
  info.lft.soft_packet_limit = info.lft.hard_packet_limit = XFRM_INF;
  append(end, &info, sizeof info);
  struct {
    struct xfrm_algo_auth head;
    unsigned char key[20];
  } integrity = {.head = {.alg_name = "hmac(sha1)", .alg_key_len = 160, .alg_trunc_len = 96}};
  append_attribute(end, XFRMA_ALG_AUTH_TRUNC, &integrity, sizeof integrity);
  struct {
    struct xfrm_algo head;
    unsigned char key[16];
  } encryption = {.head = {.alg_name = "cbc(aes)", .alg_key_len = 128}};
  append_attribute(end, XFRMA_ALG_CRYPT, &encryption, sizeof encryption);
}

static void append_policy(unsigned char **end, unsigned number) {
  struct xfrm_userpolicy_info info = {.dir = XFRM_POLICY_OUT, .priority = 1000};
  info.sel.family = AF_INET;
  info.sel.saddr.a4 = htonl(0xc0000201U);
  info.sel.daddr.a4 = peer_of(number);
  info.sel.prefixlen_s = info.sel.prefixlen_d = 32;
  info.lft.soft_byte_limit = info.lft.hard_byte_limit = XFRM_INF;
  info.lft.soft_packet_limit = info.lft.hard_packet_limit = XFRM_INF;
  append(end, &info, sizeof info);
  struct xfrm_user_tmpl entry = {.family = AF_INET, .mode = XFRM_MODE_TUNNEL};
  entry.id.proto = IPPROTO_ESP;
  entry.id.daddr.a4 = peer_of(number);
  entry.saddr.a4 = htonl(0xc0000201U);
  entry.reqid = reqid_of(number);
  entry.aalgos = entry.ealgos = entry.calgos = ~0U;
  append_attribute(end, XFRMA_TMPL, &entry, sizeof entry);
}

static void send_and_wait(size_t length) {
  if (send(netlink_fd, buffer, length, 0) != (ssize_t)length) exit(2);
  unsigned char reply[8192];
  const ssize_t received = recv(netlink_fd, reply, sizeof reply, 0);
  const struct nlmsghdr *header = (const struct nlmsghdr *)reply;
  const struct nlmsgerr *error = (const struct nlmsgerr *)(reply + NLMSG_HDRLEN);
  if (received < (ssize_t)NLMSG_HDRLEN || header->nlmsg_type != NLMSG_ERROR || error->error != 0) {
    fprintf(stderr, "refused: %s\n", strerror(-error->error));
    exit(3);
  }
}

static void install(int is_sa, unsigned count) {
  for (unsigned number = 0; number < count;) {
    unsigned char *end = buffer;
    for (unsigned i = 0; i < kBatch && number < count; ++i, ++number) {
      struct nlmsghdr header = {.nlmsg_type = is_sa ? XFRM_MSG_NEWSA : XFRM_MSG_NEWPOLICY,
                                .nlmsg_flags = NLM_F_REQUEST};
      if (i + 1 == kBatch || number + 1 == count) header.nlmsg_flags |= NLM_F_ACK;
      struct nlmsghdr *start = append(&end, &header, sizeof header);
      is_sa ? append_sa(&end, number) : append_policy(&end, number);
      start->nlmsg_len = (unsigned)(end - (unsigned char *)start);
    }
    send_and_wait((size_t)(end - buffer));
  }
}

static void flush_all(void) {
  struct {
    struct nlmsghdr header;
    struct xfrm_usersa_flush body;
  } message = {.header = {.nlmsg_len = sizeof message, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
  message.header.nlmsg_type = XFRM_MSG_FLUSHSA;
  memcpy(buffer, &message, sizeof message);
  send_and_wait(sizeof message);
  message.header.nlmsg_type = XFRM_MSG_FLUSHPOLICY;
  message.header.nlmsg_len = NLMSG_HDRLEN;
  memcpy(buffer, &message, NLMSG_HDRLEN);
  send_and_wait(NLMSG_HDRLEN);
}

int main(int argc, char **argv) {
  netlink_fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  if (netlink_fd < 0 || argc < 2) return 1;
  if (strcmp(argv[1], "flush") == 0) {
    flush_all();
    return 0;
  }
  if (argc < 3) return 1;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  install(strcmp(argv[1], "sa") == 0, (unsigned)atoi(argv[2]));
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("%.6f\n", (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
  return 0;
}
