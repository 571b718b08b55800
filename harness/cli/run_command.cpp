#include "cli/run_command.hpp"

#include "base/printable.hpp"
#include "cli/capture_choice.hpp"
#include "cli/instance_choice.hpp"
#include "cli/library_view.hpp"
#include "cli/mutant_trial.hpp"
#include "cli/network_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/run_session.hpp"
#include "cli/seed_sweep.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "engine/shard.hpp"
#include "reference-server/mutants.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "scenario/scenario.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

constexpr int finding = 1;

int usage(const command_context& context, const std::string& text) {
  context.err << "error: " << text << '\n';
  return exit_status::usage;
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

/// Says what became of --capture. Returns: false where what was demanded cannot be had.
bool settle_capture(const capture_choice& found,
                    run_options& options,
                    const command_context& context) {
  if (found.own_network) context.err << "capturing in a network of this run's own\n";
  if (found.denied.empty()) return true;
  const bool demanded = options.capture == "live";
  context.err << (demanded ? "error: " : "no live capture: ") << found.denied << '\n';
  options.capture = "synthetic";
  return !demanded;
}

int run(run_options options, const command_context& context) {
  draw_seed(options);
  if (!is_seed(options.seed)) return usage(context, "--seed is a number or 'random'");
  std::string problem;
  if (options.sim && options.capture == "live")
    return usage(context, "--capture live is for real sockets: a simulation has no packets");
  if (options.seeds != 0 && !options.sim) return usage(context, "--seeds is for --sim");
  std::optional<engine::shard> part;
  if (!options.shard.empty()) {
    part = engine::parse_shard(options.shard);
    if (!part) return usage(context, "--shard is I/N with I from 1 to N, for example 2/5");
    if (options.seeds != 0 || !options.mutant_trial.empty())
      return usage(context, "--shard is not for --seeds and --mutants");
  }
  const bool trial = options.seeds != 0 || !options.mutant_trial.empty();
  if (trial && (options.retries != 0 || options.repeats != 1))
    return usage(context, "--retries and --repeat are not for --seeds and --mutants");
  if (options.draw && options.seeds == 0) return usage(context, "--draw is for --seeds");
  if (options.seeds != 0) problem = wrong_for_gateway(options, "--seeds");
  if (!options.mutant_trial.empty()) problem = wrong_for_gateway(options, "--mutants");
  if (!problem.empty()) return usage(context, problem);
  auto requests = reports::parse_report_requests(options.reports, problem);
  if (!problem.empty()) return usage(context, problem);

  // One after the other: virtual time costs nothing, and each instance meets its own network.
  if (options.sim) options.jobs = 1;
  auto selected = choose_instances(options, context);
  if (!selected) return exit_status::usage;

  if (part) {
    auto taken = engine::take_shard(std::move(*selected), *part);
    selected = std::move(taken.instances);
    options.shared = std::move(taken.shared);
  }
  if (!options.mutant_trial.empty()) return try_mutants(options, std::move(*selected), context);
  if (options.seeds != 0) return sweep_seeds(options, *selected, context);
  auto target = choose_target(options, std::stoull(options.seed));
  if (!report_problems(target.problems, context.err)) return exit_status::usage;
  if (!target.problem.empty()) {
    context.err << "error: " << target.problem << '\n';
    return target.infrastructure ? exit_status::infrastructure : exit_status::usage;
  }
  if (!settle_capture(target.capture, options, context)) return exit_status::infrastructure;
  std::optional<scenario::baseline> known;
  if (!choose_baseline(options, context, known)) return exit_status::usage;
  run_session session(options, context, std::move(target), std::move(*selected),
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

void add_control_options(CLI::App& app, run_options& options) {
  app.add_option("--jobs", options.jobs, "instances under way at once")
      ->check(CLI::Range(1, 1000))
      ->envname("HALLEY_JOBS")
      ->capture_default_str();
  app.add_option("--seeds", options.seeds,
                 "that many seeds, from --seed on, in simulation, without evidence: what fails is "
                 "named with the command that shows it")
      ->check(CLI::Range(1, 100'000'000));
  app.add_flag("--draw", options.draw,
               "of each scenario one instance a seed, another with each; for --seeds");
  app.add_option(
      "--shard", options.shard,
      "I/N, for example 2/5: that part of what was chosen; halley merge joins the parts");
  app.add_option("--retries", options.retries,
                 "play what failed so many times more; what passes then is flaky")
      ->check(CLI::Range(0, 100));
  app.add_option("--repeat", options.repeats,
                 "play everything so many times; what fails only sometimes is flaky")
      ->check(CLI::Range(1, 1000));
  app.add_option("--rerun", options.rerun,
                 "failed, missed or new (or several with commas), and an earlier run: of what is "
                 "chosen only what failed there, has no verdict there, or is not known there")
      ->expected(2)
      ->type_name("WHICH RUN");
  app.add_flag("--allow-flaky", options.allow_flaky, "what is flaky is no finding");
  app.add_flag("-x", options.first_failure, "stop at the first failure");
  app.add_option("--max-failures", options.max_failures, "stop after that many failures");
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
  add_judging_options(*app, *options);
  add_output_options(*app, *options);
  return {app, [options, &context] { return run(*options, context); }};
}

}  // namespace halley::cli
