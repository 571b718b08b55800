#pragma once

#include "trace/event.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace halley::checks {

enum class weight { must, should, may };

/// A rule that passive checks hold every peer to.
struct rule {
  std::string id;   ///< ledger id, "rfc6455/5.1-server-unmasked"
  std::string ref;  ///< "RFC 6455 §5.1"
  weight level = weight::must;
  std::string says;
};

/// A rule was broken by the target.
struct finding {
  rule broken;
  std::string expected;
  std::string got;
  std::string conn;
  trace::direction dir = trace::direction::in;
  std::uint64_t off = 0;
  std::uint64_t len = 0;
  std::uint64_t seq = 0;  ///< of the event that shows it
};

/// What a check needs to know about a connection besides its events.
struct context {
  bool target_is_client = false;  ///< whether the judged side (direction::in) plays the client
};

}  // namespace halley::checks
