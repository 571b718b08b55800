#include "cli/listen_command.hpp"

#include "cli/chaos_choice.hpp"
#include "cli/instance_choice.hpp"
#include "cli/library_view.hpp"
#include "cli/listen_cases.hpp"
#include "cli/listen_session.hpp"
#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "transport/transport.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

struct listen_options {
  run_options run;
  std::string address;
  std::size_t agents = 0;
  bool list = false;
};

int usage(const command_context& context, const std::string& text) {
  context.err << "error: " << text << '\n';
  return exit_status::usage;
}

int print_cases(const listen_cases& of, const command_context& context) {
  std::vector<named_line> lines;
  lines.reserve(of.cases.size());
  for (std::size_t i = 0; i < of.cases.size(); ++i)
    lines.push_back({std::to_string(i + 1), of.cases[i].id});
  print_columns(lines, context.out);
  if (of.unlisted.empty()) return exit_status::ok;
  context.out << "\nno cases:\n";
  print_columns(of.unlisted, context.out);
  return exit_status::ok;
}

int listen(listen_options options, const command_context& context) {
  draw_seed(options.run);
  if (!is_seed(options.run.seed)) return usage(context, "--seed is a number or 'random'");
  const auto where = parse_endpoint(options.address);
  if (!where || !transport::is_loopback(where->address))
    return usage(context,
                 "ADDRESS wants the ADDRESS:PORT of this machine, for example 127.0.0.1:9001; port "
                 "0 takes a free one");
  std::string problem;
  auto requests = reports::parse_report_requests(options.run.reports, problem);
  if (!problem.empty()) return usage(context, problem);
  auto chosen = choose_instances(options.run, context);
  if (!chosen) return exit_status::usage;
  auto found = to_cases(std::move(*chosen));
  if (options.list) return print_cases(found, context);
  std::optional<scenario::baseline> known;
  if (!choose_baseline(options.run, context, known)) return exit_status::usage;
  listen_session session(options.run, context, std::move(found.cases), std::move(requests),
                         {*where, options.agents});
  if (known) session.hold_against(std::move(*known));
  return session.run();
}

}  // namespace

subcommand add_listen(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "listen",
      "Play scenarios with WebSocket clients that come by themselves, as test scripts "
      "for a fuzzing server do");
  auto options = std::make_shared<listen_options>();
  options->run.scenarios = context.scenarios.string();
  options->run.command_line = context.command_line;
  app->add_option("ADDRESS", options->address,
                  "ADDRESS:PORT to listen on, of this machine; port 0 takes a free one")
      ->required();
  add_choice_options(*app, options->run);
  app->add_option("--agents", options->agents,
                  "end once so many clients have asked for the reports; else on SIGINT or SIGTERM");
  app->add_flag("--list", options->list, "number the cases, say what is none, and end");
  add_judging_options(*app, options->run);
  add_output_options(*app, options->run);
  return {app, [options, &context] { return listen(*options, context); }};
}

}  // namespace halley::cli
