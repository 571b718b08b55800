#include "cli/fuzz_command.hpp"

#include "base/printable.hpp"
#include "cli/fuzz_campaign.hpp"
#include "cli/fuzz_options.hpp"
#include "cli/fuzz_sequences.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/model.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/scenes/scene.hpp"
#include "reference-server/mutants.hpp"
#include "scenario/units.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>
#include <vector>

namespace halley::cli {
namespace {

int usage(const command_context& context, const std::string& text) {
  context.err << "error: " << text << '\n';
  return exit_status::usage;
}

/// What makes sequences and exchanges.
struct makers {
  std::vector<const fuzz::model_entry*> models;
  std::vector<const fuzz::grammar*> grammars;
  std::vector<const fuzz::scene_kind*> scenes;
};

/// Returns: the name that nothing has, else nothing.
std::string choose(const fuzz_options& options, makers& into) {
  for (const auto& name : options.what) {
    const auto* const model = fuzz::find_model(name);
    const auto& all = fuzz::all_grammars();
    const auto grammar = std::ranges::find(all, name, &fuzz::grammar::name);
    if (model != nullptr)
      into.models.push_back(model);
    else if (const auto* const scene = fuzz::find_scene(name))
      into.scenes.push_back(scene);
    else if (grammar != all.end())
      into.grammars.push_back(&*grammar);
    else
      return name;
  }
  if (!options.what.empty()) return {};
  for (const auto& one : fuzz::all_grammars())
    into.grammars.push_back(&one);
  // Scenes play in simulation; models play on sockets, too, where they are named.
  if (!options.target.sim) return {};
  for (const auto& one : fuzz::all_models())
    into.models.push_back(&one);
  for (const auto& one : fuzz::all_scenes())
    into.scenes.push_back(&one);
  return {};
}

bool read_number(const std::string& text, std::size_t& into) {
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, into);
  return read.ec == std::errc() && read.ptr == end;
}

/// Returns: what is wrong, else nothing.
std::string read_values(fuzz_options& options) {
  if (!options.time_text.empty()) {
    const auto time = scenario::parse_duration(options.time_text);
    if (!time || *time <= duration(0)) return "--time: " + std::string(scenario::duration_help);
    options.time = *time;
  }
  const auto memory = scenario::parse_size(options.memory_text);
  if (!memory || *memory == 0) return "--memory-limit: " + std::string(scenario::size_help);
  options.memory_limit = *memory;
  const auto slash = options.confirm.find('/');
  if (slash == std::string::npos ||
      !read_number(options.confirm.substr(0, slash), options.confirm_wanted) ||
      !read_number(options.confirm.substr(slash + 1), options.confirm_tries) ||
      options.confirm_wanted == 0 || options.confirm_wanted > options.confirm_tries)
    return "--confirm wants K/N with 0 < K <= N, for example 2/3";
  return {};
}

int run_fuzz(fuzz_options& options, const command_context& context) {
  const auto wrong = read_values(options);
  if (!wrong.empty()) return usage(context, wrong);
  if (options.target.sim) {
    const auto unknown = gateway::unknown_mutants(options.target.mutants);
    if (!unknown.empty())
      return usage(context,
                   "no mutant '" + printable(unknown.front()) + "'; see halley list mutants");
    for (const auto& one : options.against)
      if (one != "gateway")
        return usage(context, "in simulation there is only the gateway: --against gateway");
    if (!options.target.target.empty() || !options.target.urls.empty())
      return usage(context,
                   "--sim plays against the reference gateway; leave out --target and --url");
  }
  makers chosen;
  const auto unknown = choose(options, chosen);
  if (!unknown.empty())
    return usage(context, "no model or grammar '" + printable(unknown) +
                              "'; see halley list models and halley list grammars");
  if (!chosen.scenes.empty() && !options.target.sim)
    return usage(context, "scenes are played in simulation only: add --sim");
  if (!options.replay.empty()) {
    if (!options.replay.ends_with(fuzz::exchange_suffix))
      return usage(context,
                   "--replay wants a file *.exchange.json; scenarios are played by: halley run " +
                       printable(options.replay));
    chosen = {};
    return fuzz_target({}, {}, options, context);
  }
  // A fault of our own hides what was found behind it, so it comes first.
  int worst = exit_status::ok;
  if (options.target.sim && (!chosen.models.empty() || !chosen.scenes.empty())) {
    worst =
        fuzz_sequences(chosen.models, chosen.scenes, !chosen.grammars.empty(), options, context);
    if (worst == fuzz_exit::internal_bug) return worst;
  }
  if (options.target.sim) chosen.models.clear();
  if (chosen.grammars.empty() && chosen.models.empty()) return worst;
  if (worst == fuzz_exit::found_something && options.most_findings == 1) return worst;
  const int ended = fuzz_target(chosen.grammars, chosen.models, options, context);
  return ended == exit_status::ok ? worst : ended;
}

}  // namespace

subcommand add_fuzz(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "fuzz", "Play generated sequences and octets, shrink what fails, keep it as a scenario");
  auto options = std::make_shared<fuzz_options>();
  options->target.scenarios = context.scenarios.string();
  app->add_option("NAME", options->what,
                  "models and grammars that make what is played; all where none is named");
  app->add_flag("--sim", options->target.sim,
                "against the reference gateway over a simulated network");
  app->add_option("--target", options->target.target,
                  "profile of a target: a file, or a name below scenarios/profiles");
  app->add_option("--against", options->against,
                  "compare with this target, too: a profile, or gateway; repeatable")
      ->expected(1);
  app->add_option("--url", options->target.urls,
                  "endpoint of a running target, ws.echo=ws://127.0.0.1:9001/; repeatable")
      ->expected(1);
  app->add_option("--set", options->target.settings, "as for halley run; repeatable")->expected(1);
  app->add_option("--scenarios", options->target.scenarios, "folder with profiles")
      ->capture_default_str();
  app->add_option("--runs", options->runs,
                  "sequences of each model, exchanges in all; 1000 and 20000 where nothing is said")
      ->check(CLI::Range(1, 1'000'000'000));
  app->add_option("--time", options->time_text, "how long exchanges are played: 60s, 10m");
  app->add_option("--jobs", options->jobs, "connections at a time")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app->add_option("--confirm", options->confirm,
                  "K/N: a finding has to show in K of N plays before it counts")
      ->capture_default_str();
  app->add_option("--max-findings", options->most_findings, "the search ends there")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app->add_option("--memory-limit", options->memory_text,
                  "how much memory a target that is started here may take more than at its start")
      ->capture_default_str();
  app->add_option("--corpus", options->corpus,
                  "folder with notebooks of other searches, which are played first, and with "
                  "exchanges, captures and events of runs to change");
  app->add_option("--replay", options->replay,
                  "play the exchanges of this file again, FILE.exchange.json, and nothing else");
  app->add_flag("--resume", options->resume, "go on where the search ended that wrote to --out");
  app->add_flag("--strict", options->strict, "what breaks a SHOULD is a finding, too");
  app->add_option("--seed", options->seed, "the same seed plays the same sequences")
      ->capture_default_str();
  app->add_option("--mutant", options->target.mutants,
                  "deviation of the reference gateway, repeatable")
      ->expected(1);
  app->add_option("--max-steps", options->most_commands, "commands of a sequence, at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app->add_flag("--no-shrink", options->no_shrink, "keep what was found as it was found");
  app->add_option("--out", options->out, "folder for what is found")->capture_default_str();
  return {app, [options, &context] { return run_fuzz(*options, context); }};
}

}  // namespace halley::cli
