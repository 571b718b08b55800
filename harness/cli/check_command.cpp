#include "cli/check_command.hpp"

#include "base/printable.hpp"
#include "cli/library_view.hpp"
#include "cli/subcommand.hpp"
#include "scenario/baseline.hpp"
#include "scenario/load.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

struct check_options {
  std::vector<std::string> files;
  std::string scenarios;
};

constexpr std::string_view profile_ending = ".profile.yaml";
constexpr std::string_view baseline_ending = ".baseline.yaml";

bool ends_with(const fs::path& file, std::string_view ending) {
  return file.filename().string().ends_with(ending);
}

/// The files with `ending` that `given` names: files, and those that lie in given folders.
std::vector<fs::path> files_of(const std::vector<fs::path>& given, std::string_view ending) {
  std::vector<fs::path> result;
  std::error_code error;
  for (const auto& path : given) {
    if (ends_with(path, ending)) result.push_back(path);
    if (!fs::is_directory(path, error)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(path, error))
      if (ends_with(entry.path(), ending)) result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

int run_check(const check_options& options, const command_context& context) {
  std::vector<fs::path> given(options.files.begin(), options.files.end());
  std::error_code error;
  for (const auto& path : given)
    if (!fs::exists(path, error)) {
      context.err << "error: no file or folder " << printable(path.string(), 4096) << '\n';
      return exit_status::usage;
    }
  if (given.empty() && !fs::is_directory(options.scenarios, error)) {
    context.err << "error: no scenarios folder at " << printable(options.scenarios, 4096) << '\n';
    return exit_status::usage;
  }
  const auto all = given.empty() ? std::vector<fs::path>{options.scenarios} : given;
  const auto profiles = files_of(all, profile_ending);
  const auto baselines = files_of(all, baseline_ending);
  std::vector<fs::path> only;
  std::copy_if(given.begin(), given.end(), std::back_inserter(only), [](const fs::path& path) {
    return !ends_with(path, profile_ending) && !ends_with(path, baseline_ending);
  });
  std::vector<scenario::problem> problems;
  std::size_t scenarios = 0;
  if (given.empty() || !only.empty()) {
    auto library = scenario::load_library(options.scenarios, only);
    scenarios = library.scenarios.size();
    problems = std::move(library.problems);
  }
  for (const auto& file : profiles)
    scenario::load_profile(file, {}, problems);
  std::vector<std::string> warnings;
  for (const auto& file : baselines)
    for (const auto& one : scenario::load_baseline(file, problems).entries)
      if (one.reason == scenario::unargued_reason)
        warnings.push_back(printable(file.string(), 1000) + ":" + std::to_string(one.at.line) +
                           ": warning: the reason of " + printable(one.match) + " is still '" +
                           one.reason + "'");
  if (!report_problems(problems, context.err)) return exit_status::usage;
  for (const auto& one : warnings)
    context.err << one << '\n';
  context.out << scenarios << " scenarios, " << profiles.size() << " profiles"
              << (baselines.empty() ? "" : ", " + std::to_string(baselines.size()) + " baselines")
              << ": no problems\n";
  return exit_status::ok;
}

}  // namespace

subcommand add_check(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "check", "Read scenario, profile, baseline and ledger files; play nothing");
  auto options = std::make_shared<check_options>();
  options->scenarios = context.scenarios.string();
  app->add_option("FILE", options->files, "files or folders; the whole library without any");
  app->add_option("--scenarios", options->scenarios, "folder of the ledger and the fragments")
      ->envname("HALLEY_SCENARIOS")
      ->capture_default_str();
  return {app, [options, &context] { return run_check(*options, context); }};
}

}  // namespace halley::cli
