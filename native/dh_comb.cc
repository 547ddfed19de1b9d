#include "dh_comb.h"

#include <openssl/crypto.h>

#include <cstring>

namespace ipsecctl {
namespace {

Number New() { return Number(Checked(BN_new())); }

// Bit `position` of a big-endian number; 0 beyond its end.
std::uint64_t BitOf(std::span<const std::uint8_t> number, unsigned position) {
  const std::size_t byte = position / 8;
  if (byte >= number.size()) return 0;
  return (number[number.size() - 1 - byte] >> (position % 8)) & 1U;
}

}  // namespace

Comb::Comb(const BIGNUM* base, const BIGNUM* prime, BN_MONT_CTX* montgomery,
           unsigned exponent_bits)
    : montgomery_(montgomery),
      columns_((exponent_bits + kRows - 1) / kRows),
      bytes_(static_cast<std::size_t>(BN_num_bytes(prime))),
      words_((bytes_ + 7) / 8),
      table_(kEntries * words_),
      correction_(New()) {
  const Context context(Checked(BN_CTX_new()));
  // Row j of the exponent counts 2^(j * columns): its power of the base.
  std::vector<Number> row_powers;
  for (unsigned row = 0; row < kRows; ++row) {
    row_powers.push_back(New());
    BIGNUM* power = row_powers.back().get();
    if (row == 0) {
      Check(BN_to_montgomery(power, base, montgomery_, context.get()));
      continue;
    }
    Check(BN_copy(power, row_powers[row - 1].get()) != nullptr);
    for (unsigned i = 0; i < columns_; ++i) {
      Check(BN_mod_mul_montgomery(power, power, power, montgomery_, context.get()));
    }
  }
  // OpenSSL treats a number with leading zeros as a shorter one, which takes another time. The plain
  // table has such entries, 1 above all; so all entries are multiplied by an offset that leaves none.
  const Number offset = New();
  Check(BN_copy(offset.get(), row_powers.back().get()) != nullptr);
  while (!FillTable(row_powers, offset.get(), context.get())) {
    Check(BN_mod_mul_montgomery(offset.get(), offset.get(), row_powers.front().get(), montgomery_,
                                context.get()));
  }
  // The product gathers the offset 2^columns - 1 times.
  const Number times = New();
  Check(BN_set_bit(times.get(), static_cast<int>(columns_)));
  Check(BN_sub_word(times.get(), 1));
  Check(BN_from_montgomery(correction_.get(), offset.get(), montgomery_, context.get()));
  Check(BN_mod_exp_mont(correction_.get(), correction_.get(), times.get(), prime, context.get(),
                        montgomery_));
  Checked(BN_mod_inverse(correction_.get(), correction_.get(), prime, context.get()));
  Check(BN_to_montgomery(correction_.get(), correction_.get(), montgomery_, context.get()));
}

// Entry i is the offset times the powers of the rows whose bits are set in i. False when one has
// leading zeros.
bool Comb::FillTable(const std::vector<Number>& row_powers, const BIGNUM* offset,
                     BN_CTX* context) {
  std::vector<Number> entries;
  for (std::size_t i = 0; i < kEntries; ++i) {
    entries.push_back(New());
    if (i == 0) {
      Check(BN_copy(entries[0].get(), offset) != nullptr);
    } else {
      const auto lowest = static_cast<std::size_t>(__builtin_ctzll(i));
      Check(BN_mod_mul_montgomery(entries[i].get(), entries[i & (i - 1)].get(),
                                  row_powers[lowest].get(), montgomery_, context));
    }
    if (static_cast<std::size_t>(BN_num_bytes(entries[i].get())) != bytes_) return false;
    auto* bytes = reinterpret_cast<unsigned char*>(table_.data() + i * words_);
    Check(BN_bn2lebinpad(entries[i].get(), bytes, static_cast<int>(words_ * 8)) > 0 ? 1 : 0);
  }
  return true;
}

void Comb::Pick(std::uint64_t index, WipingVector<std::uint64_t>& words) const {
  std::memset(words.data(), 0, words_ * sizeof(std::uint64_t));
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    // All ones for the wanted entry, else 0.
    const std::uint64_t mask = 0 - (((i ^ index) - 1) >> 63);
    const std::uint64_t* entry = table_.data() + i * words_;
    for (std::size_t word = 0; word < words_; ++word) words[word] |= entry[word] & mask;
  }
}

Number Comb::Power(std::span<const std::uint8_t> exponent) const {
  const Context context(Checked(BN_CTX_new()));
  WipingVector<std::uint64_t> words(words_);
  const Number entry = New();
  Number product = New();
  for (unsigned column = columns_; column-- > 0;) {
    std::uint64_t index = 0;
    for (unsigned row = 0; row < kRows; ++row) {
      index |= BitOf(exponent, row * columns_ + column) << row;
    }
    Pick(index, words);
    BIGNUM* target = column + 1 == columns_ ? product.get() : entry.get();
    Checked(BN_lebin2bn(reinterpret_cast<const unsigned char*>(words.data()),
                        static_cast<int>(words_ * 8), target));
    if (target == product.get()) continue;
    Check(BN_mod_mul_montgomery(product.get(), product.get(), product.get(), montgomery_,
                                context.get()));
    Check(BN_mod_mul_montgomery(product.get(), product.get(), entry.get(), montgomery_,
                                context.get()));
  }
  Check(BN_mod_mul_montgomery(product.get(), product.get(), correction_.get(), montgomery_,
                              context.get()));
  Check(BN_from_montgomery(product.get(), product.get(), montgomery_, context.get()));
  return product;
}

}  // namespace ipsecctl
