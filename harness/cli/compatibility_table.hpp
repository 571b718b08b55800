#pragma once

#include "scenario/compatibility.hpp"

#include <iosfwd>

namespace halley::cli {

/// Prints each row: the situation, what the other server did, what the contract wants, and which of
/// our scenarios shows it. Lines are broken between words.
void print_compatibility(const scenario::compatibility& table, std::ostream& out);

}  // namespace halley::cli
