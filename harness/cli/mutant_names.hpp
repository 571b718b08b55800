#pragma once

#include <set>
#include <string>
#include <string_view>

namespace halley::cli {

/// Names of mutants, by whom they belong to: names of the reference client's begin with "client-".
struct mutant_names {
  std::set<std::string> gateway;
  std::set<std::string> client;
};

/// Whether `name` is a mutant of the reference client.
inline bool is_client_mutant(std::string_view name) {
  return name.starts_with("client-");
}

template <typename Names>
mutant_names split_mutants(const Names& names) {
  mutant_names result;
  for (const auto& name : names)
    (is_client_mutant(name) ? result.client : result.gateway).emplace(name);
  return result;
}

}  // namespace halley::cli
