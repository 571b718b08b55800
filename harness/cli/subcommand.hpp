#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace halley::cli {

/// Exit codes that every subcommand uses; scenario runs add 1, 4, 5 and 130.
struct exit_status {
  static constexpr int ok = 0;
  static constexpr int usage = 2;
  static constexpr int infrastructure = 3;
};

/// A thing with a name and one line about it, for lists.
struct named_line {
  std::string name;
  std::string about;
};

/// What main builds and hands to every subcommand. Lifetime: outlives them all.
struct command_context {
  std::ostream& out;
  std::ostream& err;
  std::filesystem::path scenarios;             ///< default of --scenarios
  std::vector<named_line> mutants;             ///< of the reference gateway
  std::vector<std::string> command_line = {};  ///< as it was typed, for reports
};

/// One subcommand: its entry in the command line and what it does when it was chosen. main keeps a
/// table of `add_*` functions, parses, and runs the one whose `app` was parsed.
struct subcommand {
  CLI::App* app = nullptr;
  std::function<int()> run;
};

/// The type of every `add_list`, `add_check`, …. Lifetime: `context` outlives the subcommand.
using add_subcommand = subcommand (*)(CLI::App& program, const command_context& context);

/// Runs the subcommand that was parsed; exit_status::usage where none was.
int run_parsed(const std::vector<subcommand>& commands);

/// The scenarios folder: ./scenarios, else the one beside or above `program` (the running binary);
/// "scenarios" where there is none.
std::filesystem::path find_scenarios(const std::filesystem::path& program);

}  // namespace halley::cli
