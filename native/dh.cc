#include "dh.h"

#include <openssl/bn.h>
#include <openssl/rand.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "dh_comb.h"
#include "dh_number.h"

namespace ipsecctl {
namespace {

// A secret exponent: OpenSSL then takes the path whose time does not depend on its bits.
Number SecretNumber(std::span<const std::uint8_t> bytes) {
  Number number(Checked(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)));
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

struct Prime {
  unsigned bits;
  BIGNUM* (*get)(BIGNUM*);
};

constexpr std::array<Prime, 8> kPrimes = {{
    {768, BN_get_rfc2409_prime_768},
    {1024, BN_get_rfc2409_prime_1024},
    {1536, BN_get_rfc3526_prime_1536},
    {2048, BN_get_rfc3526_prime_2048},
    {3072, BN_get_rfc3526_prime_3072},
    {4096, BN_get_rfc3526_prime_4096},
    {6144, BN_get_rfc3526_prime_6144},
    {8192, BN_get_rfc3526_prime_8192},
}};

}  // namespace

struct DhGroup::Numbers {
  explicit Numbers(const Prime& source)
      : prime(Checked(source.get(nullptr))),
        largest(Checked(BN_dup(prime.get()))),
        generator(Checked(BN_new())),
        montgomery(Checked(BN_MONT_CTX_new())) {
    Check(BN_sub_word(largest.get(), 2));
    Check(BN_set_word(generator.get(), 2));
    const Context context(Checked(BN_CTX_new()));
    Check(BN_MONT_CTX_set(montgomery, prime.get(), context.get()));
  }

  // As bytes of the prime's length.
  WipingVector<std::uint8_t> Padded(const BIGNUM* number) const {
    WipingVector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(prime.get())));
    Check(BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) > 0 ? 1 : 0);
    return bytes;
  }

  // The comb for exponents of that length: made on first use, kept for good, one for each length.
  const Comb& CombFor(unsigned exponent_bits) const {
    const std::lock_guard<std::mutex> lock(combs_mutex);
    auto& comb = combs[exponent_bits];
    if (!comb) {
      comb = std::make_unique<Comb>(generator.get(), prime.get(), montgomery, exponent_bits);
    }
    return *comb;
  }

  Number prime;
  // p - 2, the largest value a peer may send.
  Number largest;
  Number generator;
  BN_MONT_CTX* montgomery;
  mutable std::mutex combs_mutex;
  mutable std::map<unsigned, std::unique_ptr<Comb>> combs;
};

const DhGroup* DhGroup::OfBits(unsigned prime_bits) {
  static std::array<std::once_flag, kPrimes.size()> once;
  static std::array<DhGroup*, kPrimes.size()> groups{};
  for (std::size_t i = 0; i < kPrimes.size(); ++i) {
    if (kPrimes[i].bits != prime_bits) continue;
    std::call_once(once[i], [&] { groups[i] = new DhGroup(new Numbers(kPrimes[i])); });
    return groups[i];
  }
  return nullptr;
}

std::size_t DhGroup::public_bytes() const {
  return static_cast<std::size_t>(BN_num_bytes(numbers_->prime.get()));
}

// All `exponent_bits` are random, the highest one too: setting it would take one bit from the
// search a short exponent has to withstand, and the time of the exponentiation tells only whether
// the highest 64 bits are all zero.
DhKeyPair DhGroup::Generate(unsigned exponent_bits) const {
  DhKeyPair pair;
  pair.private_key.resize(exponent_bits / 8);
  Number exponent;
  do {
    if (RAND_priv_bytes(pair.private_key.data(), static_cast<int>(pair.private_key.size())) != 1) {
      throw std::runtime_error("the random generator of OpenSSL failed");
    }
    exponent = SecretNumber(pair.private_key);
    // 0 and 1 would give public values that tell the key.
  } while (BN_is_zero(exponent.get()) || BN_is_one(exponent.get()));
  const Number result = numbers_->CombFor(exponent_bits).Power(pair.private_key);
  pair.public_value = numbers_->Padded(result.get());
  return pair;
}

WipingVector<std::uint8_t> DhGroup::Derive(std::span<const std::uint8_t> private_key,
                                           std::span<const std::uint8_t> peer_public) const {
  if (peer_public.size() != public_bytes()) return {};
  const Number peer(Checked(
      BN_bin2bn(peer_public.data(), static_cast<int>(peer_public.size()), nullptr)));
  if (BN_is_zero(peer.get()) || BN_is_one(peer.get()) ||
      BN_cmp(peer.get(), numbers_->largest.get()) > 0) {
    return {};
  }
  const Context context(Checked(BN_CTX_new()));
  const Number result(Checked(BN_new()));
  Check(BN_mod_exp_mont_consttime(result.get(), peer.get(), SecretNumber(private_key).get(),
                                  numbers_->prime.get(), context.get(), numbers_->montgomery));
  return numbers_->Padded(result.get());
}

}  // namespace ipsecctl
