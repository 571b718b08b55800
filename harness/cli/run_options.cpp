#include "cli/run_options.hpp"

#include <CLI/CLI.hpp>

namespace halley::cli {

void add_choice_options(CLI::App& app, run_options& options) {
  app.add_option("WHAT", options.what,
                 "files, folders, scenario ids, instance ids or globs; all without any");
  app.add_option("--scenarios", options.scenarios, "folder of scenarios, fragments and the ledger")
      ->envname("HALLEY_SCENARIOS")
      ->capture_default_str();
  app.add_option("--suite", options.suite,
                 "frozen suite: exactly its scenarios, each as it was; see halley suite");
  app.add_option("--filter", options.filter, "'ws/** & !tag:slow & level:must'")
      ->envname("HALLEY_FILTER");
  app.add_option("--tags", options.tags, "'a,!b': with tag a, without tag b");
  app.add_option("--strength", options.strength,
                 "how much of each matrix: quick, normal, full or 1-6")
      ->check(CLI::IsMember({"quick", "normal", "full", "1", "2", "3", "4", "5", "6"}))
      ->capture_default_str();
}

void add_judging_options(CLI::App& app, run_options& options) {
  app.add_option("--seed", options.seed, "number or 'random'")
      ->envname("HALLEY_SEED")
      ->capture_default_str();
  app.add_option("--segmentation", options.segmentation,
                 "how sends are cut unless a scenario says: vary, whole, octets, structure")
      ->check(CLI::IsMember({"vary", "whole", "octets", "structure"}))
      ->capture_default_str();
  app.add_option("--time-scale", options.time_scale, "multiplies every upper time bound")
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  app.add_flag("--strict", options.strict, "a warn counts as a failure");
  app.add_option("--baseline", options.baseline,
                 "file of known deviations: what fails as it says is no finding, what passes "
                 "against it is one");
  app.add_flag("--update-baseline", options.update_baseline,
               "rewrite that file so that it says what this run saw; comments and reasons stay");
  app.add_flag("--allow-empty", options.allow_empty, "a run that plays nothing is fine");
}

void add_output_options(CLI::App& app, run_options& options) {
  app.add_option("--out", options.out, "folder of this run (default out/<run id>)");
  app.add_option("--trace", options.trace, "instances in trace.pcapng: all, fail, none")
      ->check(CLI::IsMember({"all", "fail", "none"}))
      ->capture_default_str();
  app.add_option("--capture", options.capture,
                 "synthetic: packets made of the octets; live: live.pcapng too, what the kernel "
                 "carried over the loopback device; auto: live where that may be")
      ->check(CLI::IsMember({"synthetic", "live", "auto"}))
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

}  // namespace halley::cli
