#include "cli/instance_choice.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "base/suggestion.hpp"
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
#include <filesystem>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
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

/// What an argument says of scenarios, without the brackets that are about their instances.
std::string_view scenario_part(std::string_view name) {
  return name.substr(0, name.find('['));
}

/// Whether an argument names an instance: a glob on ids, or an instance id as reports print it.
bool named(const std::string& what, const scenario::instance& one) {
  return what == one.id || path_matches(what, one.of->id) ||
         (what.find('[') != std::string::npos && path_matches(what, one.id));
}

/// What instances are asked for.
struct wish {
  std::vector<fs::path> files;
  std::vector<std::string> names;
  engine::selection filter = [](const scenario::instance&) { return true; };
  std::optional<scenario::frozen_suite> suite;
  std::set<std::string> frozen;  ///< the ids of it
};

/// Which scenarios have to be read for it. A suite is held to the library as a whole, whatever else
/// is named.
scenario::id_choice ids_of(const wish& asked) {
  if (asked.names.empty() && !asked.suite) return {};
  return [&asked](const std::string& id) {
    return asked.frozen.contains(id) ||
           std::ranges::any_of(asked.names, [&id](const std::string& name) {
             return path_matches(scenario_part(name), id);
           });
  };
}

struct chosen {
  std::vector<scenario::instance> instances;
  std::string problem;
};

chosen choose(const scenario::library& library, const run_options& options, const wish& asked) {
  chosen result;
  const auto& names = asked.names;
  const auto seed = std::stoull(options.seed);
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
      if (wanted && asked.filter(instance) && (options.tags.empty() || tags(instance)))
        result.instances.push_back(std::move(instance));
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!used[i])
      result.problem = "no scenario matches '" + printable(names[i]) + "'" +
                       printable(did_you_mean(scenario_part(names[i]), library.ids)) +
                       "; see halley list scenarios";
  return result;
}

/// Returns: false where the filter cannot be read; `problem` says why.
bool read_wish(const run_options& options, wish& into, std::string& problem) {
  for (const auto& what : options.what) {
    std::error_code error;
    if (fs::exists(what, error)) {
      into.files.emplace_back(what);
    } else {
      into.names.push_back(what);
    }
  }
  if (options.filter.empty()) return true;
  auto parsed = engine::parse_filter(options.filter, problem);
  if (parsed) into.filter = std::move(*parsed);
  return parsed.has_value();
}

/// Every combination of a scenario whose instance is asked for by name may be wanted, so the whole
/// matrix is looked at.
std::string strength_for(const run_options& options, const std::vector<std::string>& names) {
  const bool instance = std::ranges::any_of(
      names, [](const auto& name) { return name.find('[') != std::string::npos; });
  return instance ? "full" : options.strength;
}

/// Reads the suite of --suite. Returns: false where something is wrong, which was said then.
bool read_suite(const command_context& context, run_options& options, wish& into) {
  if (options.suite.empty()) return true;
  std::vector<scenario::problem> problems;
  into.suite = scenario::load_frozen_suite(options.suite, problems);
  for (const auto& one : into.suite->scenarios)
    into.frozen.insert(one.id);
  options.suite_id = into.suite->id;
  options.suite_hash = into.suite->hash;
  return report_problems(problems, context.err);
}

/// Keeps what is in the suite. Returns: false where it is not that of the library, which was said.
bool keep_suite(const wish& asked,
                const scenario::library& library,
                const command_context& context,
                std::vector<scenario::instance>& instances) {
  if (!asked.suite) return true;
  std::vector<scenario::problem> problems;
  scenario::check_frozen_suite(*asked.suite, library.scenarios, problems);
  std::erase_if(instances, [&](const auto& one) { return !asked.frozen.contains(one.of->id); });
  return report_problems(problems, context.err);
}

/// Of what was chosen, what is to be played again. A failure may be of a combination that this
/// strength leaves out: for failures the whole matrix is looked at.
void keep_reruns(const rerun_choice& again,
                 const scenario::library& library,
                 const run_options& options,
                 const wish& asked,
                 chosen& selected) {
  std::erase_if(selected.instances, [&](const auto& one) { return !is_rerun(again, one); });
  if (!again.wants_failed) return;
  std::set<std::string> there;
  for (const auto& one : selected.instances)
    there.insert(one.id);
  auto full = options;
  full.strength = "full";
  for (auto& one : choose(library, full, asked).instances)
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
  wish asked;
  std::string problem;
  if (!read_wish(options, asked, problem)) {
    context.err << "error: " << problem << '\n';
    return std::nullopt;
  }
  std::error_code error;
  if (!fs::is_directory(options.scenarios, error)) {
    context.err << "error: no scenarios folder at " << printable(options.scenarios, 4096)
                << "; name it with --scenarios\n";
    return std::nullopt;
  }
  std::optional<rerun_choice> again;
  if (!options.rerun.empty()) {
    again = read_rerun(options.rerun, problem);
    if (!problem.empty()) {
      context.err << "error: " << problem << '\n';
      return std::nullopt;
    }
    options.parent = again->parent;
  }
  if (!read_suite(context, options, asked)) return std::nullopt;
  const auto library = scenario::load_library(options.scenarios, asked.files, ids_of(asked));
  if (!report_problems(library.problems, context.err)) return std::nullopt;
  options.strength = strength_for(options, asked.names);
  auto selected = choose(library, options, asked);
  if (again && selected.problem.empty()) keep_reruns(*again, library, options, asked, selected);
  if (!keep_suite(asked, library, context, selected.instances)) return std::nullopt;
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
