#pragma once

#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/stage.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace halley::fuzz {

/// A well-formed exchange that every target has to answer: GET of its root or of an endpoint that
/// answers at once, else an opening handshake.
struct probe {
  std::size_t stand = 0;
  exchange what;
};

/// Returns: nothing where no endpoint promises an answer.
std::optional<probe> probe_of(const std::vector<stand>& stands);

/// Whether a final response, or 101, came.
bool is_answered(const record& seen);

}  // namespace halley::fuzz
