#pragma once

#include "transport/path.hpp"

#include <cstdint>
#include <vector>

namespace halley::transport {

/// What the rules say about one direction of one connection.
struct decision {
  rule::kind what = rule::kind::pass;
  path on = {};  ///< for impair; else a path on which nothing happens

  bool operator==(const decision&) const = default;
};

/// What the rules say about one connection.
struct fate {
  rule::kind attempt = rule::kind::pass;  ///< pass, refuse or drop
  path up = {};
  path down = {};

  bool operator==(const fate&) const = default;
};

/// Whether `one` names this direction of this connection.
bool names(const rule& one, std::uint64_t connection, way direction);

/// The first rule that names the direction decides, alone; where none does, nothing happens.
/// `connection` counts from 1.
decision decide(const std::vector<rule>& rules, std::uint64_t connection, way direction);

/// Both directions at once. A connection needs both to come about, so a rule that refuses or drops
/// and decides about one of them (up before down) decides about the attempt.
fate decide(const std::vector<rule>& rules, std::uint64_t connection);

}  // namespace halley::transport
