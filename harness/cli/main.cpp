#include "base/version.hpp"
#include "cli/check_command.hpp"
#include "cli/client_command.hpp"
#include "cli/compare_command.hpp"
#include "cli/explain_command.hpp"
#include "cli/fuzz_command.hpp"
#include "cli/inspect_command.hpp"
#include "cli/list_command.hpp"
#include "cli/listen_command.hpp"
#include "cli/merge_command.hpp"
#include "cli/run_command.hpp"
#include "cli/schema_command.hpp"
#include "cli/serve_command.hpp"
#include "cli/subcommand.hpp"
#include "cli/suite_command.hpp"
#include "reference-server/mutants.hpp"
#include "transport/descriptor_limit.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int internal_bug = 5;
/// For crowds of clients, and for the gateway that serves them. What Halley starts has as many.
constexpr std::size_t descriptors = 16384;

int run(int argc, char** argv) {
  using namespace halley;
  std::vector<cli::named_line> mutants;
  for (const auto& one : gateway::all_mutants())
    mutants.push_back({std::string(one.name), std::string(one.breaks)});
  const cli::command_context context{std::cout,
                                     std::cerr,
                                     cli::find_scenarios("/proc/self/exe"),
                                     std::move(mutants),
                                     {argv, argv + argc}};
  CLI::App program("Halley: conformance and simulation harness for real-time HTTP", "halley");
  program.set_version_flag("--version", program_version);
  program.require_subcommand(1);
  std::vector<cli::subcommand> commands;
  for (const cli::add_subcommand add :
       {cli::add_run, cli::add_fuzz, cli::add_serve, cli::add_client, cli::add_listen,
        cli::add_list, cli::add_explain, cli::add_check, cli::add_schema, cli::add_merge,
        cli::add_inspect, cli::add_compare, cli::add_suite})
    commands.push_back(add(program, context));
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? cli::exit_status::ok : cli::exit_status::usage;
  }
  return cli::run_parsed(commands);
}

}  // namespace

int main(int argc, char** argv) {
  // A peer that closed is told by the write's own error.
  std::signal(SIGPIPE, SIG_IGN);
  halley::transport::want_descriptors(descriptors);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "internal error: " << error.what() << '\n';
    return internal_bug;
  }
}
