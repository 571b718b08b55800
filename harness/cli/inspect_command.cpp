#include "cli/inspect_command.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "cli/inspect_draft.hpp"
#include "cli/inspect_follow.hpp"
#include "cli/inspect_html.hpp"
#include "cli/inspect_junit.hpp"
#include "cli/subcommand.hpp"
#include "inspect/event_filter.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/har.hpp"
#include "inspect/inspect_json.hpp"
#include "inspect/inspect_text.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"
#include "inspect/views.hpp"
#include "reports/kinds.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <system_error>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

constexpr int found = 1;

struct inspect_options {
  std::string file;
  std::string format = "text";
  std::string out;
  std::string fail_on = "must";
  std::string filter;
  std::string gaps;
  std::string side = "server";
  std::uint64_t flow = 0;
  std::uint64_t extract = 0;
  std::string drafted;
  bool to_scenario = false;
  bool follow = false;
  bool messages = false;
  bool timeline = false;
  bool frames = false;
  bool hex = false;
  bool quiet = false;
  bool judge_all = false;
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

int unreadable(const capture::capture_problem& problem, const command_context& context) {
  context.err << "error: " << printable(to_string(problem), 4096) << '\n';
  return exit_status::usage;
}

int wrong(const std::string& text, const command_context& context) {
  context.err << "error: " << text << '\n';
  return exit_status::usage;
}

/// Gives the octets of one side of one connection, and nothing else.
class octet_extract final : public capture::flow_sinks {
public:
  octet_extract(std::uint64_t flow, capture::side from, std::ostream& to)
      : flow_(flow), from_(from), to_(to) {}

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& flow) override {
    if (flow.number != flow_) return nullptr;
    seen_ = true;
    return std::make_unique<taker>(from_, to_, missing_);
  }
  void close(const capture::flow_opening& /*flow*/,
             std::unique_ptr<capture::flow_sink> /*sink*/,
             const capture::segment_counts& /*counts*/) override {}

  bool seen() const { return seen_; }
  std::uint64_t missing() const { return missing_; }

private:
  class taker final : public capture::flow_sink {
  public:
    taker(capture::side from, std::ostream& to, std::uint64_t& missing)
        : from_(from), to_(to), missing_(missing) {}
    void data(capture::side from, octet_view data, capture::moment /*at*/) override {
      if (from == from_) to_.write(data.data(), static_cast<std::streamsize>(data.size()));
    }
    void gap(capture::side from, std::uint64_t length, capture::moment /*at*/) override {
      if (from == from_) missing_ += length;
    }
    void fin(capture::side /*from*/, capture::moment /*at*/) override {}
    void rst(capture::side /*from*/, capture::moment /*at*/) override {}

  private:
    capture::side from_;
    std::ostream& to_;
    std::uint64_t& missing_;
  };

  std::uint64_t flow_;
  capture::side from_;
  std::ostream& to_;
  bool seen_ = false;
  std::uint64_t missing_ = 0;
};

int extract(const inspect_options& options, const command_context& context) {
  capture::capture_file file;
  if (!file.open(capture_of(options.file))) return unreadable(*file.problem(), context);
  const auto from = options.side == "client" ? capture::side::client : capture::side::server;
  octet_extract wanted(options.extract, from, context.out);
  capture::assembler assembler(wanted);
  capture::packet_view packet;
  while (file.next(packet))
    assembler.take(packet);
  assembler.finish();
  context.out.flush();
  if (file.problem()) return unreadable(*file.problem(), context);
  if (!wanted.seen())
    return wrong("there is no connection " + std::to_string(options.extract), context);
  if (wanted.missing() > 0)
    context.err << wanted.missing() << " octets of it are missing in the capture\n";
  return exit_status::ok;
}

/// Lets the chosen view listen.
void choose_view(const inspect_options& options,
                 const inspect::view_choice& view,
                 inspect::inspect_choice& choice,
                 std::ostream& to) {
  using capture::flow_opening;
  using inspect::seen_event;
  choice.only_flow = options.flow;
  if (options.follow) {
    choice.most_flows = 0;
    choice.found = [&to](const flow_opening& flow, const inspect::flow_finding& one) {
      to << found_line(flow, one) << '\n';
    };
  }
  if (options.flow != 0 && !options.follow) {
    auto shown = std::make_shared<inspect::conversation_view>(view);
    choice.tell = [shown](const flow_opening& flow) {
      return [shown, flow](const seen_event& one) { shown->see(flow, one); };
    };
    choice.judged = [shown, &to](const inspect::flow_verdict& one) { to << shown->text(one); };
  } else if (!options.gaps.empty()) {
    choice.tell = [&view, &to](const flow_opening& flow) {
      auto list = std::make_shared<inspect::silence_list>(flow, view, to);
      return [list](const seen_event& one) { list->see(one); };
    };
  } else if (options.follow || options.messages || options.timeline || !options.filter.empty()) {
    auto list = std::make_shared<inspect::event_list>(view, to);
    choice.tell = [list](const flow_opening& flow) {
      return [list, flow](const seen_event& one) { list->see(flow, one); };
    };
  }
}

/// Lets a HAR file be written; `writer` is finished by the caller.
void choose_har(inspect::har_writer& writer, inspect::inspect_choice& choice) {
  auto open = std::make_shared<std::map<std::uint64_t, std::shared_ptr<inspect::har_flow>>>();
  choice.tell = [open, &writer](const capture::flow_opening& flow) {
    auto made = std::make_shared<inspect::har_flow>(
        flow, [&writer](const nlohmann::ordered_json& entry) { writer.add(entry); });
    open->emplace(flow.number, made);
    return [made](const inspect::seen_event& one) { made->see(one); };
  };
  choice.judged = [open](const inspect::flow_verdict& one) {
    const auto found = open->find(one.opening.number);
    if (found == open->end()) return;
    found->second->end();
    open->erase(found);
  };
}

/// The page for browsers needs the file a second time.
int show_html(const inspect_options& options,
              std::chrono::nanoseconds silence,
              const command_context& context) {
  capture::capture_file file;
  if (!file.open(capture_of(options.file))) return unreadable(*file.problem(), context);
  inspect::inspect_choice choice;
  choice.judge_all = options.judge_all;
  inspect::inspection seen = inspect::inspect_file(file, choice);
  if (seen.problem) return unreadable(*seen.problem, context);
  seen.file = capture_of(options.file);
  context.out << inspect_html(file, seen, silence);
  return exit_code(seen, options.fail_on);
}

int show(const inspect_options& options, const command_context& context) {
  if (options.extract != 0) return extract(options, context);
  if (options.to_scenario)
    return draft_scenario(capture_of(options.file), options.drafted, context);
  std::string problem;
  if (options.follow && options.format != "text" && options.format != "ndjson")
    return wrong("--follow shows what comes as text or ndjson", context);
  inspect::view_choice view;
  view.how = {.frames = options.frames, .ends = options.timeline, .hex = options.hex};
  view.filter = inspect::event_filter::parse(options.filter, problem);
  if (!problem.empty()) return wrong(problem, context);
  if (!options.gaps.empty()) {
    const auto length = parse_duration(options.gaps);
    if (!length) return wrong("--gaps: " + std::string(duration_help), context);
    view.silence = *length;
  }
  if (options.format == "html") return show_html(options, view.silence, context);
  std::optional<inspect::har_writer> writer;
  inspect::inspect_choice choice;
  choice.judge_all = options.judge_all;
  if (options.format == "ndjson") {
    choice.most_flows = 0;
    choice.judged = [&context](const inspect::flow_verdict& one) {
      const auto line = inspect::flow_json(one, std::chrono::nanoseconds{0});
      context.out << inspect::to_line(line) << '\n';
    };
  } else if (options.format == "har") {
    choice.only_flow = options.flow;
    writer.emplace(context.out);
    choose_har(*writer, choice);
  } else if (options.format == "text" && !(options.follow && options.quiet)) {
    choose_view(options, view, choice, context.out);
  }
  const bool viewed = static_cast<bool>(choice.tell);
  const std::string file = capture_of(options.file);
  const inspect::inspection seen =
      options.follow ? follow_path(file, choice, context.out) : inspect::inspect_path(file, choice);
  if (seen.problem) return unreadable(*seen.problem, context);
  if (options.flow > seen.seen.flows)
    return wrong("there is no connection " + std::to_string(options.flow), context);
  if (writer)
    writer->finish();
  else if (options.format == "junit")
    context.out << junit_text(seen);
  else if (options.format == "json")
    context.out << inspect::json_text(seen);
  else if (options.format == "ndjson")
    context.out << inspect::sums_line(seen) << '\n';
  else if (!options.quiet && (!viewed || options.follow))
    context.out << inspect::summary_text(seen);
  return exit_code(seen, options.fail_on);
}

/// To --out, if there is one. A file that cannot be written outweighs what was found.
int run_inspect(const inspect_options& options, const command_context& context) {
  if (options.out.empty()) return show(options, context);
  std::ostringstream text;
  const command_context kept{.out = text,
                             .err = context.err,
                             .scenarios = context.scenarios,
                             .mutants = context.mutants,
                             .command_line = context.command_line};
  const int ending = show(options, kept);
  if (ending == exit_status::usage) return ending;
  const std::string problem = reports::write_file(options.out, text.str());
  if (problem.empty()) return ending;
  context.err << "error: " << printable(problem, 4096) << '\n';
  return exit_status::infrastructure;
}

}  // namespace

subcommand add_inspect(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("inspect", "Judge captured traffic: pcap or pcapng");
  auto options = std::make_shared<inspect_options>();
  app->add_option("FILE", options->file, "a capture, - for standard input, or a run's folder")
      ->required();
  app->add_option("--flow", options->flow, "show connection N as a conversation");
  app->add_flag("--messages", options->messages, "show the messages of all connections");
  app->add_flag("--timeline", options->timeline,
                "the same, and where bodies end and tunnels begin");
  app->add_flag("--follow", options->follow,
                "show messages and findings of a capture that is being written, as they come; "
                "ends with a summary on SIGINT, or with the pipe");
  app->add_flag("--frames", options->frames, "frames and chunks instead of messages");
  app->add_flag("--hex", options->hex, "with their octets");
  app->add_option("--filter", options->filter,
                  "show what fits: 'proto:ws dir:in len>1000 text~\"error\"'; also type: side: "
                  "flow: status: and a leading - for not");
  app->add_option("--gaps", options->gaps, "show silences of this length and longer: 500ms");
  app->add_option("--extract", options->extract, "the octets of connection N, as they are");
  app->add_option("--side", options->side, "whose octets --extract gives: client or server")
      ->check(CLI::IsMember({"client", "server"}));
  auto* const draft =
      app->add_option("--to-scenario", options->drafted,
                      "a scenario that does again what connections N[,N…] did; without a number "
                      "the only one, or the first whose server broke a rule")
          ->expected(0, 1);
  app->add_option(
         "--format", options->format,
         "text, json, or ndjson: a line a connection as it ends, then the sums; har; junit; html: "
         "one file for browsers")
      ->check(CLI::IsMember({"text", "json", "ndjson", "har", "junit", "html"}));
  app->add_option("-o,--out", options->out, "file to write; stdout without it");
  app->add_option("--fail-on", options->fail_on, "what makes the exit code 1: must, should, none")
      ->check(CLI::IsMember({"must", "should", "none"}));
  // For tests: that the first pass leaves nothing out.
  app->add_flag("--judge-all", options->judge_all)->group("");
  app->add_flag("-q,--quiet", options->quiet, "no summary, the exit code only");
  return {app, [options, draft, &context] {
            options->to_scenario = draft->count() > 0;
            return run_inspect(*options, context);
          }};
}

}  // namespace halley::cli
