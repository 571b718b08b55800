#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace halley::wire {

/// Fed octets that are not taken yet, and the stream offset of the first of them.
struct octet_source {
  octet_view rest;
  std::uint64_t at = 0;

  bool empty() const { return rest.empty(); }

  /// The next `count` octets, which must be there.
  octet_view take(std::size_t count) {
    const octet_view taken = rest.substr(0, count);
    rest.remove_prefix(count);
    at += count;
    return taken;
  }
};

}  // namespace halley::wire
