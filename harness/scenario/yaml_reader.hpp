#pragma once

#include "scenario/load.hpp"
#include "scenario/value.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halley::scenario {

/// What one document may be at most.
struct yaml_limits {
  std::size_t octets = std::size_t{4} << 20U;
  std::size_t depth = 64;                ///< lists and mappings inside each other
  std::size_t expanded_nodes = 100'000;  ///< nodes that aliases stand for, in all
};

/// Reads the one document of `text`: YAML 1.2 core, of whose scalars only null, true, false and
/// decimal integers without leading zeros are not text. Tags, merge keys, keys that are no text
/// and keys that are there twice are problems. Columns count octets.
/// Returns: nothing where the text could not be read to its end; `problems` then says why.
std::optional<value> read_yaml(const std::string& text,
                               const std::shared_ptr<const std::string>& file,
                               std::vector<problem>& problems,
                               const yaml_limits& limits = {});

}  // namespace halley::scenario
