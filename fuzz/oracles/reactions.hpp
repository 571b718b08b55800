#pragma once

#include "checks/finding.hpp"
#include "fuzz/live/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// Something that a target did or left undone.
struct reaction {
  checks::finding what;  ///< `broken` is a row of the ledger or of a contract
  /// What was observed, in a word that does not depend on values: "answered", "echoed", "open".
  /// Findings are told apart by `what.broken.id` and this.
  std::string variant;
};

/// The variant of what the checks of every run say (checks/all_checks.hpp).
inline constexpr std::string_view passive_variant = "sent";

/// Judges what a target made of an exchange: pure functions of what was recorded. They know the
/// octets that were sent, whoever made them, and read with the harness's own decoders what they
/// are: so a mutated octet is judged as a planted deviation is. Where the RFC leaves several
/// reactions open, none is a finding; where it is not certain what was asked, nothing is said.
/// `contract`: that of the endpoint.
std::vector<reaction> judge_websocket(const record& seen, const std::string& contract);
std::vector<reaction> judge_http(const record& seen, const std::string& contract);

/// All of them, and the passive checks (checks/all_checks.hpp), MUST first.
std::vector<reaction> judge_exchange(const record& seen, const std::string& contract);

}  // namespace halley::fuzz
