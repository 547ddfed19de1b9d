#include "algorithms.h"

namespace ipsecctl::userspace {
namespace {

constexpr EncryptionAlgorithm kEncryptions[] = {
    // RFC 2410.
    {"null", CipherKind::kNull, nullptr, 0, 0, 0, 4, 0},
    // RFC 2405. OpenSSL 3 has single DES in its legacy provider only, and Node has none: three
    // equal keys make triple DES the same thing.
    {"des", CipherKind::kCbc, "DES-EDE3-CBC", 8, 0, 8, 8, 0},
    // RFC 2451.
    {"3des", CipherKind::kCbc, "DES-EDE3-CBC", 24, 0, 8, 8, 0},
    // RFC 3602.
    {"aes-128", CipherKind::kCbc, "AES-128-CBC", 16, 0, 16, 16, 0},
    {"aes-192", CipherKind::kCbc, "AES-192-CBC", 24, 0, 16, 16, 0},
    {"aes-256", CipherKind::kCbc, "AES-256-CBC", 32, 0, 16, 16, 0},
    // RFC 4106, with the check value of 16 bytes.
    {"aes-128-gcm", CipherKind::kAead, "AES-128-GCM", 16, 4, 8, 4, 16},
    {"aes-256-gcm", CipherKind::kAead, "AES-256-GCM", 32, 4, 8, 4, 16},
    // RFC 7634.
    {"chacha20-poly1305", CipherKind::kAead, "ChaCha20-Poly1305", 32, 4, 8, 4, 16},
};

constexpr IntegrityAlgorithm kIntegrities[] = {
    // What goes with an AEAD, which has its own.
    {"none", HashKind::kNone, 0, 0},
    {"null", HashKind::kNone, 0, 0},
    // RFC 2403, RFC 2404: 96 bits.
    {"md5", HashKind::kMd5, 16, 12},
    {"sha1", HashKind::kSha1, 20, 12},
    // RFC 4868: half of the hash.
    {"sha256", HashKind::kSha256, 32, 16},
    {"sha384", HashKind::kSha384, 48, 24},
    {"sha512", HashKind::kSha512, 64, 32},
};

template <typename Row, std::size_t count>
const Row* Find(const Row (&rows)[count], std::string_view name) {
  for (const Row& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

const EncryptionAlgorithm* FindEncryption(std::string_view name) {
  return Find(kEncryptions, name);
}

const IntegrityAlgorithm* FindIntegrity(std::string_view name) { return Find(kIntegrities, name); }

}  // namespace ipsecctl::userspace
