// Times the SA layer of the userspace data plane on one core, and what bounds it: the cipher and
// the hash alone, over as many bytes, keyed once and never begun anew. Argument: milliseconds for
// each measurement. Prints a JSON array of bits of inner packets per second, medians of five rounds
// that take turns.
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "userspace/transform.h"

using namespace ipsecctl::userspace;

namespace {

constexpr std::size_t kPacketBytes = 1400;
constexpr std::size_t kBatch = 64;
constexpr int kRounds = 5;

using Buffer = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Buffer InnerPacket() {
  Buffer packet(kPacketBytes, 0x5a);
  const std::uint8_t header[] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  std::copy(std::begin(header), std::end(header), packet.begin());
  Store16(&packet[2], kPacketBytes);
  return packet;
}

Buffer Key(std::size_t bytes) {
  Buffer key(bytes);
  for (std::size_t i = 0; i < bytes; ++i) key[i] = static_cast<std::uint8_t>(i * 7 + 13);
  return key;
}

// Seals and opens batches that stay in the cache, each packet in a buffer of its own.
class Transforming {
 public:
  Transforming(const char* encryption, const char* integrity) {
    settings_.encryption = FindEncryption(encryption);
    settings_.protocol = settings_.encryption ? Protocol::kEsp : Protocol::kAh;
    settings_.integrity = FindIntegrity(integrity);
    settings_.spi = 0x1234;
    settings_.replay_window = 64;
    const auto* row = settings_.encryption;
    const Buffer cipher_key = Key(row ? row->key_bytes + row->salt_bytes : 0);
    const Buffer hash_key = Key(settings_.integrity->key_bytes);
    out_ = std::make_unique<Sa>(settings_, cipher_key, hash_key);
    settings_.direction = Direction::kInbound;
    in_ = std::make_unique<Sa>(settings_, cipher_key, hash_key);
    for (auto& buffer : buffers_) buffer.resize(kHeadRoom + kPacketBytes + kTailRoom);
  }

  void Run(double seconds, double& sealing, double& opening) {
    double spent[2] = {0, 0};
    std::size_t packets = 0;
    while (spent[0] + spent[1] < 2 * seconds) {
      std::vector<Packet> batch;
      for (auto& buffer : buffers_) {
        std::copy(inner_.begin(), inner_.end(), buffer.begin() + kHeadRoom);
        batch.emplace_back(std::span(buffer), kHeadRoom, kPacketBytes);
      }
      auto start = Clock::now();
      for (auto& packet : batch) Demand(Encapsulate(*out_, {1, 1, 64, random_}, packet));
      spent[0] += SecondsSince(start);
      start = Clock::now();
      for (auto& packet : batch) Demand(Decapsulate(*in_, 1, packet));
      spent[1] += SecondsSince(start);
      packets += kBatch;
    }
    const double bits = 8.0 * kPacketBytes * static_cast<double>(packets);
    sealing = bits / spent[0];
    opening = bits / spent[1];
  }

 private:
  static void Demand(Outcome outcome) {
    if (outcome != Outcome::kOk) std::abort();
  }

  SaSettings settings_;
  std::unique_ptr<Sa> out_;
  std::unique_ptr<Sa> in_;
  RandomPool random_;
  const Buffer inner_ = InnerPacket();
  std::array<Buffer, kBatch> buffers_;
};

// Seconds of one call.
double SecondsOf(double seconds, const std::function<void()>& call) {
  std::size_t calls = 0;
  const auto start = Clock::now();
  double spent = 0;
  while (spent < seconds) {
    for (int i = 0; i < 50; ++i) call();
    calls += 50;
    spent = SecondsSince(start);
  }
  return spent / static_cast<double>(calls);
}

// The cipher over a packet's bytes, without beginning anew.
double CipherSeconds(double seconds, const EncryptionAlgorithm* row, bool encrypts) {
  if (row == nullptr || row->openssl_name == nullptr) return 0;
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, row->openssl_name, nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const Buffer key = Key(64);
  EVP_CipherInit_ex2(context, cipher, key.data(), key.data(), encrypts, nullptr);
  EVP_CIPHER_CTX_set_padding(context, 0);
  Buffer data(kPacketBytes / 16 * 16 + 16);
  const double result = SecondsOf(seconds, [&] {
    int written = 0;
    EVP_CipherUpdate(context, data.data(), &written, data.data(), static_cast<int>(data.size()));
  });
  EVP_CIPHER_CTX_free(context);
  EVP_CIPHER_free(cipher);
  return result;
}

const char* DigestName(HashKind hash) {
  switch (hash) {
    case HashKind::kMd5:
      return "MD5";
    case HashKind::kSha1:
      return "SHA1";
    case HashKind::kSha256:
      return "SHA256";
    case HashKind::kSha384:
      return "SHA384";
    case HashKind::kSha512:
      return "SHA512";
    case HashKind::kNone:
      break;
  }
  return nullptr;
}

// The hash over a packet's bytes, without end.
double HashSeconds(double seconds, HashKind hash) {
  const char* name = DigestName(hash);
  if (name == nullptr) return 0;
  EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex2(context, digest, nullptr);
  const Buffer data(kPacketBytes / 64 * 64 + 64);
  const double result =
      SecondsOf(seconds, [&] { EVP_DigestUpdate(context, data.data(), data.size()); });
  EVP_MD_CTX_free(context);
  EVP_MD_free(digest);
  return result;
}

// A packet's HMAC as we compute it, and through EVP: one context begun anew, or a copy of a keyed
// one.
struct HmacSeconds {
  double ours, again, copied;
};

HmacSeconds TimeHmac(double seconds, HashKind hash, std::size_t bytes) {
  const Buffer key = Key(32);
  const Buffer data(bytes);
  Digest digest;
  const auto hmac = MakeHmac(hash, key);
  EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* keyed = EVP_MAC_CTX_new(algorithm);
  std::string name = DigestName(hash);
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name.data(), 0),
                                   OSSL_PARAM_construct_end()};
  EVP_MAC_init(keyed, key.data(), key.size(), parameters);
  const auto compute = [&](EVP_MAC_CTX* context) {
    std::size_t written = 0;
    EVP_MAC_update(context, data.data(), data.size());
    EVP_MAC_final(context, digest.data(), &written, digest.size());
  };
  HmacSeconds result{};
  result.ours = SecondsOf(seconds, [&] { hmac->Compute({data}, digest); });
  result.copied = SecondsOf(seconds, [&] {
    EVP_MAC_CTX* copy = EVP_MAC_CTX_dup(keyed);
    compute(copy);
    EVP_MAC_CTX_free(copy);
  });
  result.again = SecondsOf(seconds, [&] {
    EVP_MAC_init(keyed, nullptr, 0, nullptr);
    compute(keyed);
  });
  EVP_MAC_CTX_free(keyed);
  EVP_MAC_free(algorithm);
  return result;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

bool first_row = true;

void Begin() {
  std::printf("%s", first_row ? "[" : ",\n");
  first_row = false;
}

void MeasureTransform(const char* encryption, const char* integrity, double seconds) {
  Transforming transforming(encryption, integrity);
  const auto* cipher = FindEncryption(encryption);
  const HashKind hash = FindIntegrity(integrity)->hash;
  std::vector<double> values[4];
  for (int round = 0; round < kRounds; ++round) {
    double sealing = 0, opening = 0;
    transforming.Run(seconds, sealing, opening);
    const double hashing = HashSeconds(seconds, hash);
    const double bits = 8.0 * kPacketBytes;
    values[0].push_back(sealing);
    values[1].push_back(opening);
    values[2].push_back(bits / (CipherSeconds(seconds, cipher, true) + hashing));
    values[3].push_back(bits / (CipherSeconds(seconds, cipher, false) + hashing));
  }
  Begin();
  std::printf("{\"kind\":\"transform\",\"encryption\":\"%s\",\"integrity\":\"%s\"", encryption,
              integrity);
  const char* const names[] = {"seal", "open", "sealBound", "openBound"};
  for (int i = 0; i < 4; ++i) std::printf(",\"%s\":%.0f", names[i], Median(values[i]));
  std::printf("}");
}

void MeasureHmac(HashKind hash, std::size_t bytes, double seconds) {
  std::vector<double> values[3];
  for (int round = 0; round < kRounds; ++round) {
    const auto [ours, again, copied] = TimeHmac(seconds, hash, bytes);
    values[0].push_back(ours);
    values[1].push_back(again);
    values[2].push_back(copied);
  }
  Begin();
  std::printf("{\"kind\":\"hmac\",\"hash\":\"%s\",\"bytes\":%zu", DigestName(hash), bytes);
  const char* const names[] = {"ours", "again", "copied"};
  for (int i = 0; i < 3; ++i) std::printf(",\"%s\":%.4f", names[i], 1e6 * Median(values[i]));
  std::printf("}");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const double seconds = std::strtod(argv[1], nullptr) / 1000;
  const char* const transforms[][2] = {
      {"aes-128-gcm", "none"}, {"aes-256-gcm", "none"}, {"chacha20-poly1305", "none"},
      {"aes-128", "sha1"},     {"aes-256", "sha256"},   {"aes-128", "md5"},
      {"3des", "sha1"},        {"des", "md5"},          {"null", "sha1"},
      {"null", "sha512"},      {"", "sha1"},            {"", "sha256"},
  };
  for (const auto& [encryption, integrity] : transforms) {
    MeasureTransform(encryption, integrity, seconds);
  }
  for (const std::size_t bytes : {100, 1400}) {
    for (const HashKind hash : {HashKind::kMd5, HashKind::kSha1, HashKind::kSha256}) {
      MeasureHmac(hash, bytes, seconds);
    }
  }
  std::printf("]\n");
  return 0;
}
