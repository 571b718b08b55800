#pragma once

#include "engine/verdict.hpp"

#include <optional>
#include <string>

namespace halley::fuzz {

/// What was found wrong. Two findings are the same where `requirement` and `variant` are: values
/// and positions change while a test case shrinks.
struct finding {
  std::string requirement;
  std::string variant;  ///< chosen last; empty where none has a name
  std::string expected;
  std::string got;

  bool same_as(const finding& other) const {
    return requirement == other.requirement && variant == other.variant;
  }
};

/// How one sequence ended.
struct outcome {
  std::optional<finding> found;
  std::string broken;  ///< why it could not be judged: a fault of the model, not of the target
};

/// Of an instance that was played.
outcome outcome_of(const engine::instance_result& result);

}  // namespace halley::fuzz
