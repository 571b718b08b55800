#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "engine/address.hpp"
#include "transport/runtime.hpp"

#include <string>
#include <utility>
#include <vector>

namespace halley::engine {

/// A request that Halley makes on the side: hooks and readiness, never a test.
struct http_request {
  std::string method = "GET";
  address to;
  std::vector<std::pair<std::string, std::string>> headers;
  octets body;
};

struct http_answer {
  int status = 0;  ///< 0 where there was none
  octets body;
  std::string problem;  ///< why there was none
};

/// Sends `what` on a connection of its own and reads the answer.
/// Limits: `deadline`; a body of 16 MiB.
awaitable<http_answer> call(transport::runtime& world, http_request what, instant deadline);

}  // namespace halley::engine
