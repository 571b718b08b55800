#include "cli/instance_choice.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "cli/library_view.hpp"
#include "cli/rerun_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "engine/selection.hpp"
#include "scenario/baseline.hpp"
#include "scenario/frozen_suite.hpp"
#include "scenario/load.hpp"
#include "scenario/matrix.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

/// The t of --strength: a word that the scenario knows, or a number for all.
int chosen_strength(const scenario::scenario& of, const std::string& word) {
  const bool number = word.size() == 1 && word.front() >= '1' && word.front() <= '6';
  return number ? word.front() - '0' : scenario::strength_of(of, word);
}

/// Whether an argument names an instance: a glob on ids, or an instance id as reports print it.
bool named(const std::string& what, const scenario::instance& one) {
  return what == one.id || path_matches(what, one.of->id) ||
         (what.find('[') != std::string::npos && path_matches(what, one.id));
}

struct chosen {
  std::vector<scenario::instance> instances;
  std::string problem;
};

chosen choose(const scenario::library& library,
              const run_options& options,
              const std::vector<std::string>& names,
              std::uint64_t seed) {
  chosen result;
  engine::selection filter = [](const scenario::instance&) { return true; };
  if (!options.filter.empty()) {
    auto parsed = engine::parse_filter(options.filter, result.problem);
    if (!parsed) return result;
    filter = std::move(*parsed);
  }
  const auto tags = engine::parse_tags(options.tags);
  std::vector<bool> used(names.size(), false);
  for (const auto& one : library.scenarios) {
    const int t = chosen_strength(*one, options.strength);
    for (auto& instance : scenario::expand(one, t, seed)) {
      bool wanted = names.empty();
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (!named(names[i], instance)) continue;
        wanted = true;
        used[i] = true;
      }
      if (wanted && filter(instance) && (options.tags.empty() || tags(instance)))
        result.instances.push_back(std::move(instance));
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!used[i])
      result.problem =
          "no scenario matches '" + printable(names[i]) + "'; see halley list scenarios";
  return result;
}

/// Every combination of a scenario whose instance is asked for by name may be wanted, so the whole
/// matrix is looked at.
std::string strength_for(const run_options& options, const std::vector<std::string>& names) {
  const bool instance = std::ranges::any_of(
      names, [](const auto& name) { return name.find('[') != std::string::npos; });
  return instance ? "full" : options.strength;
}

/// Reads the suite of --suite. Returns: false where something is wrong, which was said then.
bool read_suite(const scenario::library& library,
                const command_context& context,
                run_options& options,
                std::set<std::string>& ids) {
  std::vector<scenario::problem> problems;
  const auto suite = scenario::load_frozen_suite(options.suite, problems);
  if (problems.empty()) scenario::check_frozen_suite(suite, library.scenarios, problems);
  for (const auto& one : suite.scenarios)
    ids.insert(one.id);
  options.suite_id = suite.id;
  options.suite_hash = suite.hash;
  return report_problems(problems, context.err);
}

/// Of what was chosen, what is to be played again. A failure may be of a combination that this
/// strength leaves out: for failures the whole matrix is looked at.
void keep_reruns(const rerun_choice& again,
                 const scenario::library& library,
                 const run_options& options,
                 const std::vector<std::string>& names,
                 chosen& selected) {
  std::erase_if(selected.instances, [&](const auto& one) { return !is_rerun(again, one); });
  if (!again.wants_failed) return;
  std::set<std::string> there;
  for (const auto& one : selected.instances)
    there.insert(one.id);
  auto full = options;
  full.strength = "full";
  for (auto& one : choose(library, full, names, std::stoull(options.seed)).instances)
    if (again.failed.contains(one.id) && there.insert(one.id).second)
      selected.instances.push_back(std::move(one));
}

}  // namespace

void draw_seed(run_options& options) {
  if (options.seed == "random") options.seed = std::to_string(std::random_device()() % 1'000'000);
}

bool is_seed(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::vector<scenario::instance>> choose_instances(run_options& options,
                                                                const command_context& context) {
  std::vector<fs::path> files;
  std::vector<std::string> names;
  for (const auto& what : options.what) {
    std::error_code error;
    if (fs::exists(what, error)) {
      files.emplace_back(what);
    } else {
      names.push_back(what);
    }
  }
  std::error_code error;
  if (!fs::is_directory(options.scenarios, error)) {
    context.err << "error: no scenarios folder at " << printable(options.scenarios, 4096)
                << "; name it with --scenarios\n";
    return std::nullopt;
  }
  std::optional<rerun_choice> again;
  if (!options.rerun.empty()) {
    std::string problem;
    again = read_rerun(options.rerun, problem);
    if (!problem.empty()) {
      context.err << "error: " << problem << '\n';
      return std::nullopt;
    }
    options.parent = again->parent;
  }
  const auto library = scenario::load_library(options.scenarios, files);
  if (!report_problems(library.problems, context.err)) return std::nullopt;
  options.strength = strength_for(options, names);
  std::set<std::string> frozen;
  if (!options.suite.empty() && !read_suite(library, context, options, frozen)) return std::nullopt;
  const auto seed = std::stoull(options.seed);
  auto selected = choose(library, options, names, seed);
  if (again && selected.problem.empty()) keep_reruns(*again, library, options, names, selected);
  if (!frozen.empty())
    std::erase_if(selected.instances,
                  [&](const auto& one) { return !frozen.contains(one.of->id); });
  if (selected.problem.empty()) return std::move(selected.instances);
  context.err << "error: " << selected.problem << '\n';
  return std::nullopt;
}

bool choose_baseline(const run_options& options,
                     const command_context& context,
                     std::optional<scenario::baseline>& known) {
  if (options.baseline.empty()) {
    if (options.update_baseline) context.err << "error: --update-baseline is for --baseline FILE\n";
    return !options.update_baseline;
  }
  std::error_code error;
  if (options.update_baseline && !fs::exists(options.baseline, error)) {
    known.emplace();
    return true;
  }
  std::vector<scenario::problem> problems;
  known = scenario::load_baseline(options.baseline, problems);
  return report_problems(problems, context.err);
}

}  // namespace halley::cli
