#include "cli/suite_command.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "cli/library_view.hpp"
#include "cli/subcommand.hpp"
#include "scenario/frozen_suite.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

struct suite_options {
  std::vector<std::string> globs;
  std::string id;
  std::string scenarios;
};

int run_suite(const suite_options& options, const command_context& context) {
  const auto fits = [](const std::string& glob, const std::string& id) {
    return path_matches(glob, id);
  };
  const auto wanted = [&](const std::string& id) {
    return options.globs.empty() ||
           std::ranges::any_of(options.globs, [&](const auto& glob) { return fits(glob, id); });
  };
  const auto library = read_library(options.scenarios, context.err, wanted);
  if (!library) return exit_status::usage;
  for (const auto& glob : options.globs)
    if (std::ranges::none_of(library->ids, [&](const auto& id) { return fits(glob, id); })) {
      context.err << "error: no scenario matches '" << printable(glob) << "'\n";
      return exit_status::usage;
    }
  context.out << scenario::frozen_suite_text(options.id, library->scenarios);
  return exit_status::ok;
}

}  // namespace

subcommand add_suite(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "suite", "Print a frozen suite of scenarios as they are now, for run --suite");
  auto options = std::make_shared<suite_options>();
  options->scenarios = context.scenarios.string();
  app->add_option("ID", options->id, "name of the suite, for reports: core-2026.1")
      ->required()
      ->check(CLI::Validator(
          [](const std::string& id) {
            const bool good =
                !id.empty() &&
                id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
            return good ? std::string() : "an id has lower-case letters, digits, '.' and '-' only";
          },
          "ID"));
  app->add_option("GLOB", options->globs, "globs on scenario ids, 'ws/**'; all without any");
  app->add_option("--scenarios", options->scenarios, "folder of the scenarios")
      ->envname("HALLEY_SCENARIOS")
      ->capture_default_str();
  return {app, [options, &context] { return run_suite(*options, context); }};
}

}  // namespace halley::cli
