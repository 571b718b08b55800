#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/live/exchange.hpp"

#include <string_view>
#include <vector>

namespace halley::fuzz {

/// Exchanges to mutate: of the corpus folder, of scenarios, of captures. `at` is where they were
/// recorded; who plays them elsewhere puts the other place in (moved_to).
struct corpus {
  std::vector<exchange> seeds;
};

/// Makes exchanges of one kind. A pure function of choices, place and corpus; 0 is always the
/// simplest choice, so that what fails shrinks to a well-formed exchange with one deviation.
struct grammar {
  std::string_view name;
  std::string_view about;
  /// Whether it has something to say to this contract.
  bool (*fits)(std::string_view contract);
  exchange (*compose)(choices& from, const place& at, const corpus& known);
};

/// Every grammar there is: the explicit list.
const std::vector<grammar>& all_grammars();

/// The same exchange to another place: authority and path are replaced where they stand in the
/// heads.
exchange moved_to(const exchange& what, const place& at);

}  // namespace halley::fuzz
