#pragma once

#include <string_view>

namespace halley {

/// Whether the whole of `text` matches `glob`: * stands for any octets but '/', ** for any.
bool path_matches(std::string_view glob, std::string_view text);

/// Whether an instance id, "scenario/id" or "scenario/id[name=value,…]", is one that `match` speaks
/// of: a glob on the scenario id, and in brackets conditions name=glob in any order, * for whatever
/// the other parameters are. Without brackets every instance of the scenario matches.
bool instance_matches(std::string_view match, std::string_view instance);

}  // namespace halley
