#include "cli/merge_command.hpp"

#include "base/printable.hpp"
#include "cli/ci_service.hpp"
#include "cli/subcommand.hpp"
#include "reports/console.hpp"
#include "reports/kinds.hpp"
#include "reports/merge.hpp"
#include "reports/run_builder.hpp"
#include "reports/scores.hpp"
#include "trace/json_lines.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

struct merge_options {
  std::vector<std::string> runs;
  std::string out;
  std::vector<std::string> reports;
  bool strict = false;
  bool json = false;
};

/// Reads the log of each run; `problem` names the first that is none.
std::vector<reports::run_log> read_logs(const std::vector<std::string>& runs,
                                        std::string& problem) {
  std::vector<reports::run_log> logs;
  for (const auto& run : runs) {
    std::error_code error;
    const bool folder = fs::is_directory(run, error);
    const auto file = folder ? fs::path(run) / "events.jsonl" : fs::path(run);
    auto content = trace::read_log(file);
    if (!content.problem.empty()) {
      problem = content.problem;
      return {};
    }
    logs.push_back({folder ? fs::path(run) : file.parent_path(), std::move(content)});
  }
  return logs;
}

bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error);
}

int fail(const command_context& context, const std::string& text) {
  context.err << "error: " << printable(text, 4096) << '\n';
  return exit_status::infrastructure;
}

int run_merge(const merge_options& options, const command_context& context) {
  std::string problem;
  auto requests = reports::parse_report_requests(options.reports, problem);
  if (!problem.empty()) {
    context.err << "error: " << problem << '\n';
    return exit_status::usage;
  }
  requests = with_service_reports(std::move(requests));
  const auto logs = read_logs(options.runs, problem);
  if (!problem.empty()) return fail(context, problem);
  const auto merged = reports::merge_logs(logs, problem);
  if (!problem.empty()) return fail(context, problem);
  auto model = reports::build_run_model(merged);
  model.strict = model.strict || options.strict;
  // One run alone is reported where it lies; its own log is the evidence and stays untouched.
  const bool alone =
      logs.size() == 1 && (options.out.empty() || same_folder(options.out, logs.front().folder));
  if (!alone)
    for (const auto& log : logs)
      if (same_folder(options.out, log.folder))
        return fail(context, options.out + ": --out would overwrite a run that is being merged");
  const fs::path folder =
      alone ? logs.front().folder : fs::path(options.out.empty() ? "out/merged" : options.out);
  std::vector<std::string> written;
  if (!alone) {
    problem = reports::write_file(folder / "events.jsonl", reports::log_text(merged));
    if (!problem.empty()) return fail(context, problem);
  }
  reports::console_options console;
  console.strict = model.strict;
  console.written = reports::write_reports(model, folder, requests, problem);
  if (problem.empty()) problem = append_step_summary(model);
  if (!problem.empty()) return fail(context, problem);
  if (options.json) context.out << reports::find_report_kind("json")->make(model);
  (options.json ? context.err : context.out)
      << reports::printed_reports(model, requests) << reports::console_text(model, console);
  return reports::exit_code(model, model.strict);
}

}  // namespace

subcommand add_merge(CLI::App& program, const command_context& context) {
  auto* const app =
      program.add_subcommand("merge", "Join shards, or report a killed run, from event logs");
  auto options = std::make_shared<merge_options>();
  app->add_option("RUN", options->runs, "folders of runs, or event logs")->required();
  app->add_option("--out", options->out,
                  "folder of the result; without it out/merged, or the run's own when it is one");
  app->add_option("--report", options->reports, "KIND[=PATH], repeatable; see halley list reports")
      ->allow_extra_args(false);
  app->add_flag("--strict", options->strict, "a warn counts as a failure");
  app->add_flag("--json", options->json, "the report on stdout, text for people on stderr");
  return {app, [options, &context] { return run_merge(*options, context); }};
}

}  // namespace halley::cli
