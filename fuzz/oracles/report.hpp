#pragma once

#include "checks/finding.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "trace/event.hpp"

#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {

/// Collects reactions: of each rule and variant the first.
class report {
public:
  void add(const checks::rule& broken,
           std::string variant,
           std::string expected,
           std::string got,
           const trace::event& shown);
  std::vector<reaction> take() { return std::move(found_); }

private:
  std::vector<reaction> found_;
};

}  // namespace halley::fuzz
