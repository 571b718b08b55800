#pragma once

#include "cli/run_options.hpp"
#include "clock/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::cli {

/// What `halley fuzz` was told.
struct fuzz_options {
  std::vector<std::string> what;  ///< models and grammars
  run_options target;             ///< the part that chooses a target
  std::vector<std::string> against;
  std::uint64_t runs = 0;  ///< of each model, and of all grammars together; 0: not said
  std::string time_text;   ///< "60s"
  duration time{0};
  std::size_t jobs = 64;
  std::size_t most_commands = 64;
  std::uint64_t seed = 1;
  std::string confirm = "2/2";
  std::size_t confirm_wanted = 2;
  std::size_t confirm_tries = 2;
  std::size_t most_findings = 20;
  std::string memory_text = "1GiB";  ///< that a target may grow
  std::uint64_t memory_limit = 0;
  std::string corpus;
  std::string replay;  ///< a file of exchanges
  bool resume = false;
  bool strict = false;
  bool no_shrink = false;
  std::string out = "out/fuzz";
};

/// What ended a search.
struct fuzz_exit {
  static constexpr int found_something = 1;
  static constexpr int internal_bug = 5;
};

}  // namespace halley::cli
