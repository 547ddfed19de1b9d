// Feeds the SA layer hostile packets, each in a buffer of exactly its size, for the sanitizers to
// watch. Arguments: seed, packets. Prints how often each outcome came; exits with 1 when a packet
// comes out that did not go in, or does not come out unharmed, or when a good one took memory.
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "userspace/transform.h"

using namespace ipsecctl::userspace;

namespace {

// Of C++ and of OpenSSL, since the beginning.
std::size_t allocations = 0;

void* Allocate(std::size_t size, const char*, int) {
  ++allocations;
  return std::malloc(size);
}

void* Reallocate(void* memory, std::size_t size, const char*, int) {
  ++allocations;
  return std::realloc(memory, size);
}

void Release(void* memory, const char*, int) { std::free(memory); }

}  // namespace

// Not inlined, or the compiler sees malloc and free behind new and delete, and takes them for a
// mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using Buffer = std::vector<std::uint8_t>;

std::mt19937_64 dice;

std::size_t Below(std::size_t limit) { return limit == 0 ? 0 : dice() % limit; }

// Vectors of the seed as well, so that a run can be repeated.
class Dice final : public RandomSource {
 public:
  bool Fill(std::uint8_t* out, std::size_t count) noexcept override {
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(dice());
    return true;
  }
};

struct Pair {
  bool authenticates;
  std::unique_ptr<Sa> out;
  std::unique_ptr<Sa> in;
  // Sealed by `out` and never shown to `in`.
  std::vector<Buffer> unseen;
};

Buffer Key(std::size_t bytes) {
  Buffer key(bytes);
  for (auto& byte : key) byte = static_cast<std::uint8_t>(dice());
  return key;
}

Pair Open(SaSettings settings) {
  const auto* encryption = settings.encryption;
  const Buffer cipher_key = Key(encryption ? encryption->key_bytes + encryption->salt_bytes : 0);
  const Buffer hash_key = Key(settings.integrity->key_bytes);
  settings.direction = Direction::kOutbound;
  auto out = std::make_unique<Sa>(settings, cipher_key, hash_key);
  settings.direction = Direction::kInbound;
  auto in = std::make_unique<Sa>(settings, cipher_key, hash_key);
  return {settings.integrity->name != "null", std::move(out), std::move(in), {}};
}

std::vector<Pair> AllPairs() {
  std::vector<Pair> pairs;
  const char* const integrities[] = {"none", "null", "md5", "sha1", "sha256", "sha384", "sha512"};
  const char* const encryptions[] = {"",        "null",        "des",         "3des",
                                     "aes-128", "aes-192",     "aes-256",     "aes-128-gcm",
                                     "aes-256-gcm", "chacha20-poly1305"};
  for (const char* encryption : encryptions) {
    for (const char* integrity : integrities) {
      for (const Mode mode : {Mode::kTransport, Mode::kTunnel}) {
        for (const bool udp : {false, true}) {
          SaSettings settings;
          settings.encryption = FindEncryption(encryption);
          settings.protocol = settings.encryption ? Protocol::kEsp : Protocol::kAh;
          settings.integrity = FindIntegrity(integrity);
          settings.mode = mode;
          settings.spi = 0x1000 + static_cast<std::uint32_t>(pairs.size());
          settings.replay_window = 4096;
          settings.dont_fragment = static_cast<DontFragment>(pairs.size() % 3);
          if (udp) settings.udp = UdpPorts{4500, 4500};
          try {
            pairs.push_back(Open(settings));
          } catch (const std::invalid_argument&) {
            // A combination that is refused.
          }
        }
      }
    }
  }
  return pairs;
}

// Mostly whole IPv4 packets, with options as they come.
Buffer RandomPacket() {
  const std::size_t header = 20 + 4 * (Below(3) == 0 ? Below(11) : 0);
  Buffer packet(header + Below(Below(4) == 0 ? 1481 : 100));
  for (auto& byte : packet) byte = static_cast<std::uint8_t>(dice());
  packet[0] = static_cast<std::uint8_t>(0x40 + header / 4);
  Store16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  if (Below(8) != 0) Store16(&packet[6], static_cast<std::uint16_t>(Below(2) << 14));
  return packet;
}

void Damage(Buffer& packet) {
  const std::size_t times = 1 + Below(3);
  for (std::size_t i = 0; i < times && !packet.empty(); ++i) {
    const std::size_t at = Below(3) == 0 ? Below(std::min<std::size_t>(packet.size(), 64))
                                         : Below(packet.size());
    switch (Below(6)) {
      case 0:
        packet[at] ^= static_cast<std::uint8_t>(1u << Below(8));
        break;
      case 1:
        packet[at] = static_cast<std::uint8_t>(dice());
        break;
      case 2:
        packet.resize(at);
        break;
      case 3:
        packet.insert(packet.begin() + static_cast<std::ptrdiff_t>(at), 1 + Below(40),
                      static_cast<std::uint8_t>(dice()));
        break;
      case 4:
        packet.erase(packet.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 5:
        packet.resize(packet.size() + Below(40));
        break;
    }
  }
  // Nothing else gets behind the check of the length.
  if (packet.size() >= 4 && Below(3) != 0) {
    Store16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  }
}

// A copy whose ends are those of the allocation.
struct Tight {
  Tight(const Buffer& bytes, std::size_t head, std::size_t tail)
      : size(head + bytes.size() + tail),
        memory(new std::uint8_t[size]),
        packet({memory.get(), size}, head, bytes.size()) {
    std::memset(memory.get(), 0xcc, size);
    if (!bytes.empty()) std::memcpy(memory.get() + head, bytes.data(), bytes.size());
  }

  Buffer bytes() const { return {packet.bytes().begin(), packet.bytes().end()}; }

  std::size_t size;
  std::unique_ptr<std::uint8_t[]> memory;
  Packet packet;
};

[[noreturn]] void Fail(const char* what, std::size_t pair, Outcome outcome) {
  std::printf("FAULT: %s: outcome %d, SA %zu\n", what, static_cast<int>(outcome), pair);
  std::exit(1);
}

// What of two packets must be alike: all but what a header may lose on its way.
bool Alike(const Buffer& opened, const Buffer& packet, Mode mode) {
  if (mode == Mode::kTunnel) return opened == packet;
  const std::size_t header = (packet[0] & 15) * 4u;
  return opened.size() == packet.size() &&
         std::equal(opened.begin() + static_cast<std::ptrdiff_t>(header), opened.end(),
                    packet.begin() + static_cast<std::ptrdiff_t>(header));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || CRYPTO_set_mem_functions(Allocate, Reallocate, Release) != 1) return 2;
  dice.seed(std::strtoull(argv[1], nullptr, 10));
  const std::size_t packets = std::strtoull(argv[2], nullptr, 10);
  auto pairs = AllPairs();
  Dice random;
  std::vector<std::size_t> sealing(16), opening(16);

  for (std::size_t i = 0; i < packets; ++i) {
    const std::size_t index = Below(pairs.size());
    Pair& pair = pairs[index];
    const bool tunnel = pair.out->settings().mode == Mode::kTunnel;
    Buffer packet = RandomPacket();
    if (Below(10) == 0) Damage(packet);
    // In transport mode that would be a dummy.
    if (packet.size() > 9 && packet[9] == kProtocolNone) packet[9] = kProtocolUdp;
    // Sometimes less room than it takes.
    const std::size_t head = Below(4) == 0 ? Below(kHeadRoom) : kHeadRoom;
    Tight sealed(packet, head, Below(4) == 0 ? Below(kTailRoom) : kTailRoom);
    const Sending sending{i, static_cast<std::uint16_t>(i), 64, random};
    const std::size_t before = allocations;
    const Outcome outcome = Encapsulate(*pair.out, sending, sealed.packet);
    if (outcome == Outcome::kOk && allocations != before) {
      Fail("memory was allocated", index, outcome);
    }
    ++sealing[static_cast<std::size_t>(outcome)];
    Buffer wire = outcome == Outcome::kOk ? sealed.bytes() : packet;

    Buffer hostile = wire;
    Damage(hostile);
    Tight arriving(hostile, 0, 0);
    const Outcome opened = Decapsulate(*pair.in, i, arriving.packet);
    ++opening[static_cast<std::size_t>(opened)];
    const auto untouched = [&] {
      // Behind the header, and where the header says it ends.
      const std::size_t header = (wire[0] & 15) * 4u;
      const std::size_t length = hostile.size() < 4 ? 0 : Load16(&hostile[2]);
      return hostile.size() >= wire.size() && length == wire.size() &&
             std::equal(wire.begin() + static_cast<std::ptrdiff_t>(header),
                        wire.begin() + static_cast<std::ptrdiff_t>(length),
                        hostile.begin() + static_cast<std::ptrdiff_t>(header));
    };
    const bool in_udp = pair.in->settings().udp.has_value();
    if (opened == Outcome::kOk && pair.authenticates && !in_udp && !untouched()) {
      Fail("a damaged packet was accepted", index, opened);
    }
    if (outcome != Outcome::kOk) continue;
    // A source route leads AH elsewhere, and random options are often one.
    const bool moves =
        !tunnel && pair.out->settings().protocol == Protocol::kAh && (packet[0] & 15) > 5;
    Tight genuine(wire, 0, 0);
    const std::size_t earlier = allocations;
    const Outcome again = Decapsulate(*pair.in, i, genuine.packet);
    if (again == Outcome::kOk && allocations != earlier) Fail("memory was allocated", index, again);
    ++opening[static_cast<std::size_t>(again)];
    if (!pair.authenticates || moves) continue;
    if (opened == Outcome::kOk) {
      if (again != Outcome::kReplayed) Fail("a packet was accepted twice", index, again);
    } else if (again != Outcome::kOk) {
      Fail("a genuine packet was refused", index, again);
    } else if (Buffer whole(packet.begin(), packet.begin() + Load16(&packet[2]));
               !Alike(genuine.bytes(), whole, pair.out->settings().mode)) {
      Fail("a packet came out changed", index, again);
    }
  }
  for (std::size_t i = 0; i < sealing.size(); ++i) {
    if (sealing[i] + opening[i] == 0) continue;
    std::printf("%zu sealing %zu opening %zu\n", i, sealing[i], opening[i]);
  }
  return 0;
}
