#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::scenario {

/// One value a parameter, by index.
using point = std::vector<std::size_t>;

/// For each parameter the forbidden values; empty = whatever its value is. A point is excluded
/// where all that are not empty hold.
using exclusion = std::vector<std::vector<std::size_t>>;

struct cover_problem {
  std::vector<std::size_t> sizes;  ///< how many values each parameter has; none is 0
  std::vector<exclusion> excluded;
};

/// What a matrix may be at most, so that no file costs minutes: in parameters, and in points when
/// nothing is left out.
inline constexpr std::size_t most_parameters = 12;
inline constexpr std::size_t most_points = 20'000;

/// Points such that each combination of any `t` values that some allowed point has is in at least
/// one of them; t = 0, or at least as many as there are parameters: all allowed points. They are
/// sorted, and a function of the arguments only. Source: IPOG (Lei and others, 2007); an exclusion
/// is never broken because a part grows only into parts that can still be completed.
std::vector<point> cover(const cover_problem& of, std::size_t t, std::uint64_t seed);

}  // namespace halley::scenario
