#pragma once

#include <stdexcept>
#include <string>

namespace halley::engine {

/// Ways in which playing an instance ends early without a verdict about the target. They are
/// thrown.

/// What the scenario takes for granted did not come about: skip(blocked).
class blocked : public std::runtime_error {
public:
  using runtime_error::runtime_error;
};

/// The instance cannot be played here or against this target: skip(reason).
class not_playable : public std::runtime_error {
public:
  not_playable(std::string reason, const std::string& text)
      : runtime_error(text), reason_(std::move(reason)) {}
  const std::string& reason() const { return reason_; }

private:
  std::string reason_;
};

/// No verdict can be given: error(cause).
class no_verdict : public std::runtime_error {
public:
  no_verdict(std::string cause, const std::string& text)
      : runtime_error(text), cause_(std::move(cause)) {}
  const std::string& cause() const { return cause_; }

private:
  std::string cause_;
};

}  // namespace halley::engine
