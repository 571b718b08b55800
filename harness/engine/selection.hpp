#pragma once

#include "scenario/scenario.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace halley::engine {

/// Whether an instance is wanted.
using selection = std::function<bool(const scenario::instance&)>;

/// Reads a filter: terms joined by & (and) and | (or, binds less), each with an optional ! (not). A
/// term is a glob on the scenario id (* within a part, ** over parts; with '[' on the whole
/// instance id), or tag:NAME, level:must|should|may (has a requirement of that level), kind:NAME,
/// sut:NAME, req:GLOB on a ledger id. Returns: nothing with `problem` set where it cannot be read.
std::optional<selection> parse_filter(std::string_view text, std::string& problem);

/// "a,!b": tag a and not tag b. Source: the form of --tags.
selection parse_tags(std::string_view text);

}  // namespace halley::engine
