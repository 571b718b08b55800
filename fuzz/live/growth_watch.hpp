#pragma once

#include "fuzz/live/holding.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace halley::fuzz {

/// What a target may hold more than it did when it had warmed up.
struct growth_limits {
  std::uint64_t memory = std::uint64_t{1} << 30U;  ///< octets
  std::size_t descriptors = 64;
  std::size_t looks = 3;  ///< in a row, before anything is said
};

/// Sees a target grow from look to look, each taken while no connection to it is open. What it
/// holds for a while (connections that linger, a pool that is filled) is no accusation.
class growth_watch {
public:
  explicit growth_watch(const growth_limits& limits) : limits_(limits) {}

  struct verdict {
    std::string variant;  ///< "memory-grows", "descriptors-grow"
    std::string expected;
    std::string got;
  };
  /// The first look at a process is what others are compared with.
  std::optional<verdict> look(const holding& now);
  /// Whether this is more than may be held.
  bool is_over(const holding& now) const;
  /// So much was given back when the target was left alone: twice of it may be held from now on.
  void gave_back(const holding& most);

private:
  bool has_much_memory(const holding& now) const {
    return now.memory > first_.memory + limits_.memory;
  }
  bool has_many_descriptors(const holding& now) const {
    return now.descriptors > first_.descriptors + limits_.descriptors;
  }

  growth_limits limits_;
  holding first_;
  std::size_t memory_over_ = 0;  ///< looks in a row
  std::size_t descriptors_over_ = 0;
};

}  // namespace halley::fuzz
