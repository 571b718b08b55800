#pragma once

#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace halley::scenario {

/// A fragment, and the names it speaks of.
struct fragment_source {
  fragment content;
  std::vector<reference> uses;
  std::vector<reference> definitions;
  location at;
};

/// Puts fragments into the steps that use them.
class fragment_library {
public:
  /// How many steps a file may have with all its fragments: nested use multiplies.
  static constexpr std::size_t most_steps = 2'000;

  void add(fragment_source one, std::vector<problem>& problems);
  /// Resolves the uses between fragments; cycles are problems.
  void resolve(std::vector<problem>& problems);
  /// Fills `use` in `into`; unknown fragments are left empty. Afterwards `names` also holds what
  /// the fragments speak of, placed where they are used.
  void expand(std::vector<step>& into, decoding& names) const;
  std::vector<std::string> ids() const;

private:
  enum class state { unseen, open, done };
  struct entry {
    fragment_source source;
    state now = state::unseen;
    std::size_t steps = 0;
  };

  void resolve_one(entry& one, std::vector<problem>& problems);
  void fill(use_step& used, const location& at, decoding& names) const;

  std::map<std::string, entry> entries_;
};

/// Looks up what `names` uses: requirements, marks, signals and actors in the file itself, the
/// ledger's ids in `entries`. `all_fragments` are the known fragments. Problems go to `names`.
void check_names(scenario& one,
                 const std::vector<ledger_entry>& entries,
                 const std::vector<std::string>& all_fragments,
                 decoding& names);

/// Each requirement of `one` is violated by something. Only asked where all of the file was read.
void check_used(const scenario& one, decoding& names);

/// `after` names scenarios that there are.
void check_after(const std::vector<reference>& uses,
                 const std::vector<std::string>& ids,
                 std::vector<problem>& problems);

}  // namespace halley::scenario
