#pragma once

#include "reports/comparison.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace halley::reports {

/// Whether a row is wanted.
using row_selection = std::function<bool(const comparison& all, const comparison_row& row)>;

/// Reads the words of the viewer's box: verdict:fail,error  level:MUST  target:NAME  NAME:fail or
/// target(NAME):fail  req:rfc6455/5.*  variant:~close  tag:slow  status:flaky  is:different; here
/// also is: with the word of a change, is:regressed. A leading - turns a word round; * in a value
/// stands for anything, ~ before it looks for a part; anything else is part of an id or title. A
/// row is wanted where one of its cells fits all words.
/// Lifetime: the labels of `all` are looked at now. Errors: `problem` is set for a word of is:
/// that there is not, or a target(NAME) that no column has.
row_selection parse_query(const comparison& all, std::string_view text, std::string& problem);

}  // namespace halley::reports
