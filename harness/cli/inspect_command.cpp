#include "cli/inspect_command.hpp"

#include "base/printable.hpp"
#include "capture/capture_file.hpp"
#include "cli/subcommand.hpp"
#include "inspect/inspect_json.hpp"
#include "inspect/inspect_text.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

constexpr int found = 1;

struct inspect_options {
  std::string file;
  std::string format = "text";
  std::string fail_on = "must";
  bool quiet = false;
};

/// A run's folder, or that of one of its instances, stands for the capture in it.
std::string capture_of(const std::string& given) {
  std::error_code error;
  if (!fs::is_directory(given, error)) return given;
  for (const char* name : {"trace.pcapng", "wire.pcapng"})
    if (fs::exists(fs::path(given) / name, error)) return (fs::path(given) / name).string();
  return (fs::path(given) / "trace.pcapng").string();
}

int exit_code(const inspect::inspection& of, const std::string& fail_on) {
  using inspect::severity;
  const bool must = of.count(severity::violation) > 0;
  const bool should = of.count(severity::should) > 0;
  if (fail_on == "must") return must ? found : exit_status::ok;
  if (fail_on == "should") return must || should ? found : exit_status::ok;
  return exit_status::ok;
}

int run_inspect(const inspect_options& options, const command_context& context) {
  inspect::inspect_choice choice;
  if (options.format == "ndjson") {
    choice.most_flows = 0;
    choice.judged = [&context](const inspect::flow_verdict& one) {
      context.out << inspect::to_line(inspect::flow_json(one, std::chrono::nanoseconds{0})) << '\n';
    };
  }
  const inspect::inspection seen = inspect::inspect_path(capture_of(options.file), choice);
  if (seen.problem) {
    context.err << "error: " << printable(to_string(*seen.problem), 4096) << '\n';
    return exit_status::usage;
  }
  if (options.format == "json")
    context.out << inspect::json_text(seen);
  else if (options.format == "ndjson")
    context.out << inspect::sums_line(seen) << '\n';
  else if (!options.quiet)
    context.out << inspect::summary_text(seen);
  return exit_code(seen, options.fail_on);
}

}  // namespace

subcommand add_inspect(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("inspect", "Judge captured traffic: pcap or pcapng");
  auto options = std::make_shared<inspect_options>();
  app->add_option("FILE", options->file, "a capture, - for standard input, or a run's folder")
      ->required();
  app->add_option("--format", options->format,
                  "text, json, or ndjson: a line a connection as it ends, then the sums")
      ->check(CLI::IsMember({"text", "json", "ndjson"}));
  app->add_option("--fail-on", options->fail_on, "what makes the exit code 1: must, should, none")
      ->check(CLI::IsMember({"must", "should", "none"}));
  app->add_flag("-q,--quiet", options->quiet, "no summary, the exit code only");
  return {app, [options, &context] { return run_inspect(*options, context); }};
}

}  // namespace halley::cli
