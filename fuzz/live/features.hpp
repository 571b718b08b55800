#pragma once

#include "fuzz/live/record.hpp"

#include <cstddef>
#include <vector>

namespace halley::fuzz {

/// Which turns conversations have taken so far: each pair of things that followed one another on a
/// connection (a kind of event with its direction, status, opcode or fault), whatever their values.
/// The measure of novelty where a target tells nothing of its own code.
class features {
public:
  /// Returns: how many of `seen` are new.
  std::size_t take(const record& seen);
  std::size_t count() const { return count_; }

private:
  std::vector<bool> known_ = std::vector<bool>(std::size_t{1} << 20U);
  std::size_t count_ = 0;
};

}  // namespace halley::fuzz
