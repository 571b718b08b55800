#pragma once

#include "scenario/value.hpp"

#include <chrono>
#include <set>
#include <string>

namespace halley::draft {

/// The steps of a draft, as they come.
class step_list {
public:
  /// Who does what is added from now on; empty for the only client.
  void speak_as(const std::string& actor) { actor_ = actor; }
  /// `conn`: empty for the only connection.
  void add(const std::string& conn, const std::string& verb, scenario::value what);
  /// Expects `event`; what else comes violates `requirement`. `waited`: how long it took when it
  /// was captured.
  void expect(const std::string& conn,
              scenario::value event,
              const std::string& requirement,
              std::chrono::nanoseconds waited,
              scenario::value capture = {});

  const scenario::value_list& steps() const { return steps_; }
  const std::set<std::string>& requirements() const { return requirements_; }
  /// What all waits with a time of their own may take.
  std::chrono::seconds waits() const { return waits_; }
  /// A last step that only closes what a run closes by itself.
  void drop_last_close();

private:
  std::string actor_;
  scenario::value_list steps_;
  std::set<std::string> requirements_;
  std::chrono::seconds waits_{0};
};

}  // namespace halley::draft
