#include "ah_header_image.h"

#include <cstring>

namespace ipsecctl::userspace {
namespace {

// Option types, with their copied flag and class (RFC 791 3.1, RFC 1108, RFC 2113, RFC 1770).
enum Option : std::uint8_t {
  kEndOfList = 0,
  kNoOperation = 1,
  kSecurity = 130,
  kLooseSourceRoute = 131,
  kExtendedSecurity = 133,
  kCommercialSecurity = 134,
  kStrictSourceRoute = 137,
  kRouterAlert = 148,
  kMultiDestination = 149,
};

// RFC 4302 appendix A1. All others are zeroed whole, type and length too.
bool IsImmutable(std::uint8_t type) {
  return type == kSecurity || type == kExtendedSecurity || type == kCommercialSecurity ||
         type == kRouterAlert || type == kMultiDestination;
}

bool IsSourceRoute(std::uint8_t type) {
  return type == kLooseSourceRoute || type == kStrictSourceRoute;
}

constexpr std::size_t kDestinationAt = 16;
// Type, length and pointer; then addresses.
constexpr std::size_t kRouteBytes = 3;
constexpr std::size_t kAddressBytes = 4;

// The last address of a route that is not at its end yet; nullptr when there is none to come.
const std::uint8_t* FinalDestination(const std::uint8_t* option, std::size_t length) {
  if (length < kRouteBytes + kAddressBytes) return nullptr;
  // The pointer counts from 1: beyond the length the route is done (RFC 791 3.1).
  return option[2] > length ? nullptr : option + length - kAddressBytes;
}

}  // namespace

bool AhHeaderImage::Take(Bytes header, Traveller traveller) {
  if (header.size() < kIpv4HeaderBytes || header.size() > bytes_.size()) return false;
  size_ = header.size();
  std::memcpy(bytes_.data(), header.data(), size_);
  bytes_[1] = 0;            // type of service
  Store16(&bytes_[6], 0);   // flags and fragment offset
  bytes_[8] = 0;            // time to live
  Store16(&bytes_[10], 0);  // checksum
  return size_ == kIpv4HeaderBytes || ClearOptions(traveller);
}

bool AhHeaderImage::ClearOptions(Traveller traveller) {
  std::size_t at = kIpv4HeaderBytes;
  while (at < size_) {
    std::uint8_t* const option = &bytes_[at];
    const std::uint8_t type = option[0];
    // What follows the end is padding, and covered as it is.
    if (type == kEndOfList) return true;
    if (type == kNoOperation) {
      ++at;
      continue;
    }
    if (size_ - at < 2) return false;
    const std::size_t length = option[1];
    if (length < 2 || length > size_ - at) return false;
    if (IsSourceRoute(type) && traveller == Traveller::kDeparting) {
      const std::uint8_t* final = FinalDestination(option, length);
      if (final != nullptr) std::memcpy(&bytes_[kDestinationAt], final, kAddressBytes);
    }
    if (!IsImmutable(type)) std::memset(option, 0, length);
    at += length;
  }
  return true;
}

}  // namespace ipsecctl::userspace
