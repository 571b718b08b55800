#include "cli/run_command.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "cli/library_view.hpp"
#include "cli/mutant_trial.hpp"
#include "cli/network_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/run_session.hpp"
#include "cli/seed_sweep.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "engine/selection.hpp"
#include "reference-server/mutants.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "scenario/load.hpp"
#include "scenario/matrix.hpp"
#include "scenario/scenario.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

constexpr int finding = 1;

int usage(const command_context& context, const std::string& text) {
  context.err << "error: " << text << '\n';
  return exit_status::usage;
}

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

/// Both trials are about the reference gateway alone. Returns: what is wrong with that, or nothing.
std::string wrong_for_gateway(const run_options& options, const std::string& option) {
  if (!options.target.empty() || !options.urls.empty())
    return option + " tries the reference gateway; leave out --target and --url";
  const auto unknown = gateway::unknown_mutants(options.mutants);
  if (unknown.empty()) return {};
  return "no mutant '" + printable(unknown.front()) + "'; see halley list mutants";
}

int try_mutants(const run_options& options,
                std::vector<scenario::instance> instances,
                const command_context& context) {
  mutant_question asked;
  asked.instances = std::move(instances);
  asked.mutants.insert(options.mutants.begin(), options.mutants.end());
  asked.crossed = options.mutant_trial == "all";
  asked.whole_suite = options.what.empty() && options.filter.empty() && options.tags.empty();
  asked.seed = std::stoull(options.seed);
  const auto found = try_mutants(asked);
  if (options.json) {
    context.out << to_json(found).dump(1) << '\n';
  } else {
    print(found, context.out, !options.quiet);
  }
  return found.good() ? exit_status::ok : finding;
}

int run(run_options options, const command_context& context) {
  if (options.seed == "random") options.seed = std::to_string(std::random_device()() % 1'000'000);
  if (options.seed.empty() ||
      !std::ranges::all_of(options.seed, [](char c) { return c >= '0' && c <= '9'; }))
    return usage(context, "--seed is a number or 'random'");
  std::string problem;
  if (options.seeds != 0 && !options.sim) return usage(context, "--seeds is for --sim");
  if (options.seeds != 0) problem = wrong_for_gateway(options, "--seeds");
  if (!options.mutant_trial.empty()) problem = wrong_for_gateway(options, "--mutants");
  if (!problem.empty()) return usage(context, problem);
  auto requests = reports::parse_report_requests(options.reports, problem);
  if (!problem.empty()) return usage(context, problem);

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
  if (!fs::is_directory(options.scenarios, error))
    return usage(context, "no scenarios folder at " + printable(options.scenarios, 4096) +
                              "; name it with --scenarios");
  auto library = scenario::load_library(options.scenarios, files);
  if (!report_problems(library.problems, context.err)) return exit_status::usage;

  options.strength = strength_for(options, names);
  // One after the other: virtual time costs nothing, and each instance meets its own network.
  if (options.sim) options.jobs = 1;
  auto selected = choose(library, options, names, std::stoull(options.seed));
  if (!selected.problem.empty()) return usage(context, selected.problem);

  if (!options.mutant_trial.empty())
    return try_mutants(options, std::move(selected.instances), context);
  if (options.seeds != 0) return sweep_seeds(options, selected.instances, context);
  auto target = choose_target(options, std::stoull(options.seed));
  if (!report_problems(target.problems, context.err)) return exit_status::usage;
  if (!target.problem.empty()) {
    context.err << "error: " << target.problem << '\n';
    return target.infrastructure ? exit_status::infrastructure : exit_status::usage;
  }
  std::optional<scenario::baseline> known;
  if (!options.baseline.empty()) {
    std::vector<scenario::problem> problems;
    known = scenario::load_baseline(options.baseline, problems);
    if (!report_problems(problems, context.err)) return exit_status::usage;
  }
  run_session session(options, context, std::move(target), std::move(selected.instances),
                      std::move(requests));
  if (known) session.hold_against(std::move(*known));
  return session.run();
}

std::vector<std::string> network_name_set() {
  std::vector<std::string> result;
  for (const auto& [name, about] : network_names())
    result.emplace_back(name);
  return result;
}

std::string network_words() {
  std::string result;
  for (const auto& [name, about] : network_names())
    result.append(result.empty() ? "" : ", ").append(name);
  return result;
}

void add_target_options(CLI::App& app, run_options& options) {
  app.add_option("--target", options.target,
                 "profile file, or the name of one in scenarios/profiles; without it and --url the "
                 "reference gateway")
      ->envname("HALLEY_TARGET");
  app.add_option("--url", options.urls,
                 "ENDPOINT=ADDRESS, repeatable: ws.echo=ws://127.0.0.1:9001/")
      ->allow_extra_args(false);
  app.add_option("--set", options.settings,
                 "endpoints.NAME=ADDRESS, capabilities.NAME=yes|no, timing.NAME=2s; repeatable")
      ->allow_extra_args(false);
  app.add_option(
         "--mutant", options.mutants,
         "deviation of the reference gateway or, client-…, of the reference client; repeatable")
      ->allow_extra_args(false);
  app.add_option("--mutants", options.mutant_trial,
                 "try the mutants of the reference gateway, in simulation: each against the "
                 "scenarios that name it, or with --mutants=all against all")
      ->expected(0, 1)
      ->default_str("named")
      ->check(CLI::IsMember({"named", "all"}));
  app.add_flag("--sim", options.sim,
               "the reference gateway over a simulated network, in virtual time");
  app.add_option("--network", options.network,
                 "what lies between in a simulation: " + network_words() + "; for run --sim")
      ->check(CLI::IsMember(network_name_set()))
      ->capture_default_str();
}

void add_choice_options(CLI::App& app, run_options& options) {
  app.add_option("WHAT", options.what,
                 "files, folders, scenario ids, instance ids or globs; all without any");
  app.add_option("--scenarios", options.scenarios, "folder of scenarios, fragments and the ledger")
      ->envname("HALLEY_SCENARIOS")
      ->capture_default_str();
  app.add_option("--filter", options.filter, "'ws/** & !tag:slow & level:must'")
      ->envname("HALLEY_FILTER");
  app.add_option("--tags", options.tags, "'a,!b': with tag a, without tag b");
  app.add_option("--strength", options.strength,
                 "how much of each matrix: quick, normal, full or 1-6")
      ->check(CLI::IsMember({"quick", "normal", "full", "1", "2", "3", "4", "5", "6"}))
      ->capture_default_str();
}

void add_control_options(CLI::App& app, run_options& options) {
  app.add_option("--jobs", options.jobs, "instances under way at once")
      ->check(CLI::Range(1, 1000))
      ->envname("HALLEY_JOBS")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "number or 'random'")
      ->envname("HALLEY_SEED")
      ->capture_default_str();
  app.add_option("--seeds", options.seeds,
                 "that many seeds, from --seed on, in simulation, without evidence: what fails is "
                 "named with the command that shows it")
      ->check(CLI::Range(1, 100'000'000));
  app.add_option("--segmentation", options.segmentation,
                 "how sends are cut unless a scenario says: vary, whole, octets, structure")
      ->check(CLI::IsMember({"vary", "whole", "octets", "structure"}))
      ->capture_default_str();
  app.add_option("--time-scale", options.time_scale, "multiplies every upper time bound")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  app.add_flag("-x", options.first_failure, "stop at the first failure");
  app.add_option("--max-failures", options.max_failures, "stop after that many failures");
  app.add_flag("--strict", options.strict, "a warn counts as a failure");
  app.add_option("--baseline", options.baseline,
                 "file of known deviations: what fails as it says is no finding, what passes "
                 "against it is one");
  app.add_flag("--allow-empty", options.allow_empty, "a run that plays nothing is fine");
}

void add_output_options(CLI::App& app, run_options& options) {
  app.add_option("--out", options.out, "folder of this run (default out/<run id>)");
  app.add_option("--trace", options.trace, "instances in trace.pcapng: all, fail, none")
      ->check(CLI::IsMember({"all", "fail", "none"}))
      ->capture_default_str();
  app.add_option("--report", options.reports, "KIND[=PATH], repeatable; see halley list reports")
      ->allow_extra_args(false);
  app.add_flag("--durable", options.durable, "sync the event log after every line");
  app.add_option("--color", options.colour, "auto, always, never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--progress", options.progress, "auto, bar, lines, none")
      ->check(CLI::IsMember({"auto", "bar", "lines", "none"}));
  app.add_flag("-v", options.verbose, "say more; twice for everything");
  app.add_flag("-q", options.quiet, "only the closing line");
  app.add_flag("--json", options.json, "run.json on stdout, text for people on stderr");
}

}  // namespace

subcommand add_run(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("run", "Play scenarios against a target");
  auto options = std::make_shared<run_options>();
  options->scenarios = context.scenarios.string();
  options->command_line = context.command_line;
  add_choice_options(*app, *options);
  add_target_options(*app, *options);
  add_control_options(*app, *options);
  add_output_options(*app, *options);
  return {app, [options, &context] { return run(*options, context); }};
}

}  // namespace halley::cli
