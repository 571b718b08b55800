#pragma once

#include "cli/subcommand.hpp"
#include "scenario/scenario.hpp"

#include <string>
#include <vector>

namespace halley::cli {

/// What a client can be held to that opens its connections by itself and sends every message back.
struct listen_cases {
  std::vector<scenario::instance> cases;  ///< case N of a test script is cases[N - 1]
  std::vector<named_line> unlisted;       ///< other scenarios for clients, and why not
};

/// The cases among `chosen`, ordered by scenario id; those of one scenario keep their order.
listen_cases to_cases(std::vector<scenario::instance> chosen);

/// Why a scenario for clients is no case, for people; empty where it is one. A case has one server,
/// tells the client nothing but to connect there and to echo, asks nothing of its application, and
/// expects no word of the request that only a told client could know.
std::string why_unlisted(const scenario::scenario& of);

}  // namespace halley::cli
