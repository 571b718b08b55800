#pragma once

#include "scenario/scenario.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {

/// Every instance of `of` at strength `t` (0 = all combinations): each allowed combination of any t
/// parameter values stands in at least one instance; `exclude` is never broken; `include` is always
/// added. The order and the choice are functions of the matrix and `seed` only. Source: IPOG (Lei
/// and others, 2007).
std::vector<instance> expand(const std::shared_ptr<const scenario>& of, int t, std::uint64_t seed);

/// The strength that `of` asks for at the level "quick", "normal", "full"; default quick 1, normal
/// 2, full all (0).
int strength_of(const scenario& of, const std::string& level);

/// "id[a=1,b=x]"; the id alone without parameters. Commas, brackets and control characters in
/// values are written %XX.
std::string instance_id(const scenario& of,
                        const std::vector<std::pair<std::string, value>>& parameters);

}  // namespace halley::scenario
