#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace halley::fuzz {

/// Plays a candidate. Returns: what it drew where it still shows the same finding, else nothing.
using still_shows =
    std::function<std::optional<std::vector<std::uint32_t>>(const std::vector<std::uint32_t>&)>;

/// The final pass over a failing test case: deletes spans, sets elements to zero, searches the
/// smallest value of each, and moves weight to later ones, until nothing changes. A candidate is
/// accepted where it still shows the finding and is shorter, or as long and smaller. Deterministic.
std::vector<std::uint32_t> shrink(std::vector<std::uint32_t> failing, const still_shows& shows);

}  // namespace halley::fuzz
