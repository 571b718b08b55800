#pragma once

#include "fuzz/outcome.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace halley::fuzz {

/// Plays scenarios against the reference gateway, each in a simulated world of its own: fresh
/// gateway, fresh network without delay, virtual time. Nothing is written anywhere.
class sim_runner {
public:
  /// `mutants` of the gateway; none for the gateway as it is.
  explicit sim_runner(std::set<std::string> mutants);
  ~sim_runner();
  sim_runner(const sim_runner&) = delete;
  sim_runner& operator=(const sim_runner&) = delete;

  /// Plays `what`, which has no matrix. The same scenario and seed end in the same way.
  outcome play(const std::shared_ptr<const scenario::scenario>& what, std::uint64_t seed);
  /// Scenarios played so far.
  std::uint64_t played() const { return played_; }

private:
  class stage;

  std::set<std::string> mutants_;
  std::string known_at_;  ///< the address that `profile_` was made for
  scenario::profile profile_;
  std::uint64_t played_ = 0;
};

}  // namespace halley::fuzz
