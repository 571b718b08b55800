#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <sys/types.h>

namespace halley::fuzz {

/// What a process and those that it started hold now.
struct holding {
  pid_t who = 0;             ///< the first of them
  std::uint64_t memory = 0;  ///< octets, resident and their own (RssAnon), of all together
  /// Of the one that has most: each of them may have started with some, and more of them may be
  /// wanted where there is more to do.
  std::size_t descriptors = 0;
};

/// Returns: nothing where there is no such process. What may not be looked at counts nothing.
/// Source: proc(5).
std::optional<holding> held_by(pid_t who);

}  // namespace halley::fuzz
