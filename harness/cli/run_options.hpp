#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::cli {

/// What `halley run` was told; `halley listen` knows a part of it.
struct run_options {
  std::vector<std::string> what;  ///< files, folders, ids, instance ids, globs
  std::string target;             ///< profile file, or its name below scenarios/profiles
  std::vector<std::string> urls;  ///< "ws.echo=ws://127.0.0.1:9001/"
  std::vector<std::string>
      settings;  ///< "endpoints.ws.echo=…", "capabilities.ws.server=yes", "timing.scale=2"
  std::vector<std::string> mutants;  ///< of the embedded gateway
  std::string mutant_trial;          ///< "named" or "all": try mutants instead
  bool sim = false;
  std::string network = "vary";  ///< of a simulation
  std::string scenarios;
  std::string filter;
  std::string tags;
  std::string strength = "normal";
  std::size_t jobs = 64;
  std::string seed = "1";
  bool draw = false;        ///< of each scenario one instance a seed
  std::uint64_t seeds = 0;  ///< that many, from `seed` on, keeping no evidence; 0: one run
  int retries = 0;          ///< of what failed
  int repeats = 1;          ///< of everything
  bool allow_flaky = false;
  std::vector<std::string> rerun;  ///< which results, and of which run
  std::string parent;              ///< id of that run
  std::string suite;               ///< file of a frozen suite
  std::string suite_id;
  std::string suite_hash;
  std::string shard;                ///< "2/5"
  std::vector<std::string> shared;  ///< instances that are there for others of this shard
  std::string segmentation = "vary";
  double time_scale = 1;
  std::size_t max_failures = 0;
  bool first_failure = false;
  bool strict = false;
  std::string baseline;  ///< file
  bool update_baseline = false;
  bool allow_empty = false;
  bool durable = false;
  std::string out;
  std::string trace = "all";
  std::string capture = "synthetic";
  std::vector<std::string> reports;
  std::string colour = "auto";
  std::string progress = "auto";
  int verbose = 0;
  bool quiet = false;
  bool json = false;
  std::vector<std::string> command_line;  ///< for the report
};

/// WHAT, --scenarios and what else selects instances.
void add_choice_options(CLI::App& app, run_options& options);
/// How instances are played and judged.
void add_judging_options(CLI::App& app, run_options& options);
/// What is written and shown.
void add_output_options(CLI::App& app, run_options& options);

}  // namespace halley::cli
