// Powers of one fixed base by the comb method of Lim and Lee: a third of the time of a general
// exponentiation, from 64 stored powers.
//
// Exponents are secret. The sequence of multiplications is the same for all of them, and a stored
// power is picked by reading all 64.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dh_number.h"
#include "wiping.h"

namespace ipsecctl {

class Comb {
 public:
  // For exponents of up to `exponent_bits`. `montgomery` must live as long as this.
  Comb(const BIGNUM* base, const BIGNUM* prime, BN_MONT_CTX* montgomery, unsigned exponent_bits);

  // base ^ exponent mod prime. The exponent is big-endian.
  Number Power(std::span<const std::uint8_t> exponent) const;

 private:
  static constexpr unsigned kRows = 6;
  static constexpr std::size_t kEntries = std::size_t{1} << kRows;

  bool FillTable(const std::vector<Number>& row_powers, const BIGNUM* offset, BN_CTX* context);
  void Pick(std::uint64_t index, WipingVector<std::uint64_t>& words) const;

  BN_MONT_CTX* montgomery_;
  unsigned columns_;
  std::size_t bytes_;
  std::size_t words_;
  // kEntries numbers of words_ each: little-endian bytes, in Montgomery form.
  std::vector<std::uint64_t> table_;
  // Takes the offset in all table entries out of the product.
  Number correction_;
};

}  // namespace ipsecctl
