#pragma once

#include "scenario/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Values for those who write scenario files, and their text.
namespace halley::scenario::written {

value text(std::string what);
value number(std::int64_t what);
value truth(bool what);
value list(value_list elements);
value map(std::vector<std::pair<std::string, value>> entries);
/// A list of texts: names of requirements, {violates: …}.
value names(const std::vector<std::string>& which);
/// {NAME: {…}}, one event of an expectation.
value event(std::string name, std::vector<std::pair<std::string, value>> fields = {});

/// `what` as YAML 1.2 in flow style, on one line: every text that is no plain word is quoted.
/// Octets that are no UTF-8 have no place in a text: hold them as {hex: …}.
std::string flow_text(const value& what);
/// A text as it stands in such a line.
std::string word(std::string_view what);

}  // namespace halley::scenario::written
