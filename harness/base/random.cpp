#include "base/random.hpp"

#include "base/bytes.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace halley {
namespace {

std::uint64_t splitmix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

}  // namespace

random_source::random_source(std::uint64_t seed) : state_{} {
  for (auto& word : state_)
    word = splitmix(seed);
}

random_source random_source::named(std::uint64_t seed, octet_view purpose, std::uint64_t number) {
  std::uint64_t mixed = seed;
  mixed = splitmix(mixed) ^ stable_hash(purpose);
  mixed = splitmix(mixed) ^ number;
  return random_source(splitmix(mixed));
}

std::uint64_t random_source::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t random_source::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // The same numbers as below, without a division.
  if (std::has_single_bit(bound)) {
    std::uint64_t drawn = next();
    while (drawn >= 0 - bound)
      drawn = next();
    return drawn & (bound - 1);
  }
  // Throw away the uneven rest, so that every value is as likely as another.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const std::uint64_t drawn = next();
    if (drawn < limit) return drawn % bound;
  }
}

octets random_source::bytes(std::size_t count) {
  octets result(count, '\0');
  for (std::size_t at = 0; at < count;) {
    std::uint64_t word = next();
    for (int i = 0; i < 8 && at < count; ++i, ++at, word >>= 8U)
      result[at] = static_cast<char>(word & 0xFFU);
  }
  return result;
}

std::uint64_t stable_hash(octet_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (std::size_t i = 0; i < text.size(); ++i)
    hash = (hash ^ octet_at(text, i)) * 0x100000001B3U;
  return hash;
}

}  // namespace halley
