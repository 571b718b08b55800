#pragma once

#include "scenario/compatibility.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace halley::scenario {

/// One thing wrong with an input file.
struct problem {
  location at;
  std::string text;  ///< "unknown key 'paylod' (did you mean 'payload'?)"
  std::string line;  ///< the source line, for the caret
};

/// "file:line:col: error: text", the source line, and a caret below the column. Control characters
/// are made printable.
std::string to_text(const problem& one);

/// One statement of the requirement ledger, scenarios/requirements/*.yaml.
struct ledger_entry {
  std::string id;  ///< "rfc6455/5.2-rsv"
  std::string ref;
  level weight = level::must;
  std::vector<std::string> roles;  ///< server, client, proxy, sender, recipient, …
  std::string says;
  std::string basis = "explicit";
  std::string status;  ///< tested, implicit, untestable, out-of-scope
  std::string why;     ///< reason for untestable and out-of-scope
  location at;
};

/// All that was read below a scenarios folder. Nothing may run while `problems` is not empty.
struct library {
  std::vector<std::shared_ptr<const scenario>> scenarios;  ///< that were wanted, sorted by id
  std::vector<std::string> ids;                            ///< of all scenarios, sorted
  std::vector<ledger_entry> ledger;                        ///< sorted by id
  std::vector<compatibility> compatibilities;              ///< in the order of their files
  std::vector<problem> problems;                           ///< sorted by file and line
};

/// Whether the scenario of an id is wanted.
using id_choice = std::function<bool(const std::string& id)>;

/// Reads the ledger, the fragments, the tables and the scenarios below `root` (`scenarios/`).
/// `only` (files or folders, also outside of `root`) and `wanted` restrict which scenario files are
/// read; of the others only the id is, and what is wrong in them is not said.
/// Limits: a file 4 MiB, nesting 64, alias expansion 100,000 nodes.
library load_library(const std::filesystem::path& root,
                     const std::vector<std::filesystem::path>& only = {},
                     const id_choice& wanted = {});

/// Reads one profile from a file, or from `text` when `text` is not empty (`file` then only names
/// it).
profile load_profile(const std::filesystem::path& file,
                     const std::string& text,
                     std::vector<problem>& problems);

/// The JSON Schema of "scenario", "fragment", "profile", "baseline", "ledger" or "compatibility",
/// made from the same field tables as the decoder; empty for other names.
std::string json_schema(const std::string& of);

}  // namespace halley::scenario
