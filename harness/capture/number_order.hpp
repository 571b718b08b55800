#pragma once

#include "base/bytes.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

/// Numbers in memory that may stand in either byte order. The caller has made sure that they are
/// there.
namespace halley::capture {

inline std::uint16_t swapped(std::uint16_t number) {
  return __builtin_bswap16(number);
}
inline std::uint32_t swapped(std::uint32_t number) {
  return __builtin_bswap32(number);
}
inline std::uint64_t swapped(std::uint64_t number) {
  return __builtin_bswap64(number);
}

/// The number at `from`, in this machine's byte order.
template <typename Number>
Number load(const char* from) {
  Number number{};
  std::memcpy(&number, from, sizeof number);
  return number;
}

/// The number at `from`, most significant octet first.
template <typename Number>
Number load_big(const char* from) {
  const auto number = load<Number>(from);
  return std::endian::native == std::endian::big ? number : swapped(number);
}

/// The number at `from`, in the other order than this machine's where `swap` is set.
template <typename Number>
Number load(const char* from, bool swap) {
  const auto number = load<Number>(from);
  return swap ? swapped(number) : number;
}

/// The same at the front of `from`.
template <typename Number>
Number load(octet_view from, bool swap) {
  return load<Number>(&from.front(), swap);
}

}  // namespace halley::capture
