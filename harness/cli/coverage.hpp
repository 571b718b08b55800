#pragma once

#include "scenario/load.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace halley::cli {

/// The ids of the scenarios that point at the ledger entry `requirement`.
std::vector<std::string> scenarios_of(const scenario::library& library,
                                      const std::string& requirement);

/// Prints what the library tests of one document (`rfc6455`): counts per section and level, then
/// every statement that the ledger calls tested and no scenario tests, and the untested ones.
/// Returns: whether the ledger has statements of it.
bool print_coverage(const scenario::library& library,
                    const std::string& document,
                    std::ostream& out);

}  // namespace halley::cli
