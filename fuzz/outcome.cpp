#include "fuzz/outcome.hpp"

#include "engine/verdict.hpp"

#include <utility>

namespace halley::fuzz {

outcome outcome_of(const engine::instance_result& result) {
  if (result.is == engine::verdict::error)
    return {{}, result.error_cause + ": " + result.error_text};
  if (result.is == engine::verdict::skip) return {{}, result.skip_reason + ": " + result.skip_from};
  if (result.violations.empty()) return {};
  const auto& first = result.violations.front();
  finding found{first.requirement, {}, first.expected, first.got};
  if (found.requirement.empty()) found.requirement = first.ledger;
  if (!result.variants.empty() && !first.passive) found.variant = result.variants.back();
  if (found.got.empty()) found.got = first.message;
  return {std::move(found), {}};
}

}  // namespace halley::fuzz
