#pragma once

#include "scenario/baseline.hpp"
#include "scenario/compatibility.hpp"
#include "scenario/decoding.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <string>
#include <vector>

/// The decoders of whole files, and of the steps inside.
namespace halley::scenario {

struct fragment {
  std::string id;
  std::string about;
  value_map defaults;  ///< of arguments that a `use` may leave out
  std::vector<step> steps;
};

struct ledger {
  std::string name;  ///< "rfc6455"
  std::string title;
  std::vector<ledger_entry> entries;  ///< their ids are those of the file, without the name
};

const decoder<std::vector<step>>& steps();
const decoder<level>& requirement_level();
const decoder<std::string>& requirement_basis();

const decoder<scenario>& scenario_file();
const decoder<fragment>& fragment_file();
const decoder<ledger>& ledger_file();
const decoder<profile>& profile_file();
const decoder<baseline>& baseline_file();
const decoder<compatibility>& compatibility_file();

}  // namespace halley::scenario
