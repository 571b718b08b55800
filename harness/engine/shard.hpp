#pragma once

#include "scenario/scenario.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::engine {

/// The `i`-th of `n` parts of a selection, counted from 1.
struct shard {
  std::size_t i = 1;
  std::size_t n = 1;
  bool operator==(const shard&) const = default;
};

/// Reads "2/5". Returns: nothing where it is no such pair, or `i` is not within 1 … `n`.
/// Limits: 1000 shards.
std::optional<shard> parse_shard(std::string_view text);

/// What one shard plays, in the order of the selection.
struct shard_part {
  std::vector<scenario::instance> instances;
  /// Ids among them that belong to another shard. What stands after a scenario (`after`) is skipped
  /// where that one did not pass, so each shard plays the scenarios that its own stand after;
  /// joined runs take their results from the shard that they belong to.
  std::vector<std::string> shared;
};

/// Takes `part` of `all`. Every instance belongs to exactly one shard, the parts differ in size by
/// one at most, slow ones (tag slow) are spread as evenly, and who gets what follows from the ids
/// alone.
shard_part take_shard(std::vector<scenario::instance> all, shard part);

}  // namespace halley::engine
