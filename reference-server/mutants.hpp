#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halley::gateway {

/// One named deviation of the gateway or of the reference client, off by default: what a scenario
/// has to catch.
struct mutant {
  std::string_view name;
  std::string_view breaks;  // the requirement that does not hold any more

  /// Planted for the models of fuzz/: it takes a sequence that no scripted scenario plays.
  bool for_models() const { return breaks.ends_with("(for models)"); }
  /// A deviation of the reference client, not of the gateway.
  bool for_clients() const { return name.starts_with("client-"); }
};

/// Every mutant there is.
std::span<const mutant> all_mutants();

/// The names among `asked` that are no mutant.
template <typename Names>
std::vector<std::string> unknown_mutants(const Names& asked) {
  std::vector<std::string> unknown;
  for (const auto& name : asked) {
    bool found = false;
    for (const mutant& one : all_mutants())
      found = found || one.name == name;
    if (!found) unknown.emplace_back(name);
  }
  return unknown;
}

}  // namespace halley::gateway
