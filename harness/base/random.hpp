#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace halley {

/// A seeded source of random numbers. The same seed gives the same numbers with every compiler and
/// library, which the distributions of <random> do not promise. Source: xoshiro256** by Blackman
/// and Vigna, seeded with splitmix64.
class random_source {
public:
  explicit random_source(std::uint64_t seed);

  /// A source of its own for `purpose`: drawing from one never moves another, so that adding a
  /// client does not reshuffle the rest of a run.
  static random_source named(std::uint64_t seed, octet_view purpose, std::uint64_t number = 0);

  std::uint64_t next();
  /// A number in [0, bound); 0 where `bound` is 0.
  std::uint64_t below(std::uint64_t bound);
  octets bytes(std::size_t count);

private:
  std::array<std::uint64_t, 4> state_;
};

/// A hash that is the same in every process and on every machine. Source: FNV-1a, 64 bit.
std::uint64_t stable_hash(octet_view text);

}  // namespace halley
