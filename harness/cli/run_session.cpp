#include "cli/run_session.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/version.hpp"
#include "capture/synthetic.hpp"
#include "cli/console_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/run_world.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "clock/clock.hpp"
#include "engine/peer.hpp"
#include "engine/suite.hpp"
#include "engine/suite_notes.hpp"
#include "engine/target.hpp"
#include "reports/baseline.hpp"
#include "reports/console.hpp"
#include "reports/kinds.hpp"
#include "reports/run_builder.hpp"
#include "reports/scores.hpp"
#include "reports/utc_time.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/utsname.h>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

constexpr int internal_bug = 5;
constexpr int nothing_ran = 4;
/// More than a report keeps of one field, so that it knows that there was more.
constexpr std::size_t told_octets = 1024;

/// A name that sorts by time and is never given twice: milliseconds and 40 random bits in
/// Crockford's base 32. Source: the ULID specification, shortened.
std::string run_id(system_clock::time_point now, std::uint64_t random) {
  constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
  auto time = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  std::string id(18, '0');
  for (std::size_t i = 10; i-- > 0; time >>= 5U)
    id[i] = digits[time & 31U];
  for (std::size_t i = 10; i < id.size(); ++i, random >>= 5U)
    id[i] = digits[random & 31U];
  return id;
}

/// Numbers that differ between two runs at the same moment.
std::uint64_t entropy(system_clock::time_point now) {
  const auto ticks = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return random_source::named(ticks, "run", static_cast<std::uint64_t>(getpid())).next();
}

json environment_fields() {
  utsname system{};
  uname(&system);
  return {{"os", system.sysname},
          {"kernel", system.release},
          {"arch", system.machine},
          {"cpus", std::thread::hardware_concurrency()}};
}

std::string utc(system_clock::time_point time) {
  return reports::to_utc(std::chrono::time_point_cast<std::chrono::milliseconds>(time));
}

std::optional<engine::cutting::kind> segmentation_of(const std::string& word) {
  if (word == "whole") return engine::cutting::kind::whole;
  if (word == "octets") return engine::cutting::kind::octets;
  if (word == "structure") return engine::cutting::kind::structure;
  return std::nullopt;
}

engine::trace_choice trace_of(const std::string& word) {
  if (word == "none") return engine::trace_choice::none;
  return word == "fail" ? engine::trace_choice::fail : engine::trace_choice::all;
}

std::uint64_t seed_of(const std::string& text) {
  std::uint64_t seed = 0;
  std::from_chars(text.data(), text.data() + text.size(), seed);
  return seed;
}

/// The command as a report shows it: of a simulated run nothing that differs between two equal
/// ones.
std::vector<std::string> recorded_command(const std::vector<std::string>& typed, bool simulated) {
  if (!simulated) return typed;
  std::vector<std::string> result = {"halley"};
  for (std::size_t i = 1; i < typed.size(); ++i) {
    if (typed[i] == "--out") {
      ++i;
    } else if (!typed[i].starts_with("--out=")) {
      result.push_back(typed[i]);
    }
  }
  return result;
}

engine::suite_settings settings_of(const run_options& options, const std::string& nonce) {
  engine::suite_settings result;
  result.seed = seed_of(options.seed);
  result.nonce = nonce;
  result.jobs = options.jobs;
  result.time_scale = options.time_scale;
  result.segmentation = segmentation_of(options.segmentation);
  result.trace = trace_of(options.trace);
  result.max_failures = options.first_failure ? 1 : options.max_failures;
  return result;
}

}  // namespace

run_session::run_session(const run_options& options,
                         const command_context& context,
                         target_choice target,
                         std::vector<scenario::instance> instances,
                         std::vector<reports::report_request> reports)
    : options_(options),
      context_(context),
      instances_(std::move(instances)),
      requests_(std::move(reports)),
      chosen_(std::move(target)),
      world_(*chosen_.world),
      started_(world_.simulated() ? system_clock::time_point() : system_clock::now()),
      signals_(world_.machine()) {
  const auto now = system_clock::now();
  const auto unique = run_id(now, entropy(now));
  id_ = world_.simulated() ? run_id(started_, seed_of(options.seed)) : unique;
  folder_ = options.out.empty() ? std::filesystem::path("out") / unique
                                : std::filesystem::path(options.out);
  const auto directory = std::filesystem::absolute(folder_) / "targets" / chosen_.profile.name;
  target_ = std::make_unique<engine::target>(world_.runtime(), chosen_.profile, directory);
  if (chosen_.client) target_->drive_with(chosen_.client);
}

run_session::~run_session() = default;

std::string run_session::open_files() {
  std::error_code failed;
  const auto directory = folder_ / "targets" / target_->profile().name;
  std::filesystem::create_directories(directory, failed);
  if (failed) return directory.string() + ": " + failed.message();
  // A server that gives up root must still be able to write there.
  std::filesystem::permissions(directory, std::filesystem::perms::all, failed);
  header_ = {{"run", id_},
             {"tool", {{"name", "halley"}, {"version", program_version}}},
             {"started", utc(started_)},
             {"seed", options_.seed},
             {"clock", world_.simulated() ? "virtual" : "real"}};
  auto problem = log_.open(folder_ / "events.jsonl", header_, options_.durable);
  if (!problem.empty() || options_.trace == "none") return problem;
  problem = packets_.open(folder_ / "trace.pcapng", std::string("halley ") + program_version,
                          "run " + id_ + ", seed " + options_.seed);
  const auto epoch =
      std::chrono::duration_cast<std::chrono::nanoseconds>(started_.time_since_epoch());
  captures_ = std::make_unique<capture::synthetic_capture>(packets_, epoch);
  return problem;
}

int run_session::run() {
  const auto problem = open_files();
  if (!problem.empty()) {
    context_.err << "error: " << printable(problem, 4096) << '\n';
    return exit_status::infrastructure;
  }
  console_ = make_console(options_, options_.json ? context_.err : context_.out);
  builder_ = std::make_unique<reports::run_builder>(header_);
  console_->on_header(header_);
  console_->expect_instances(instances_.size());
  begin();
  watch_signals();
  std::string bug;
  try {
    world_.play(play());
  } catch (const std::exception& error) {
    bug = error.what();
  }
  return report(bug);
}

void run_session::begin() {
  note("run.start", {{"command", recorded_command(options_.command_line, world_.simulated())},
                     {"seed", options_.seed},
                     {"clock", world_.simulated() ? "virtual" : "real"},
                     {"started", utc(started_)},
                     {"strength", options_.strength},
                     {"jobs", options_.jobs},
                     {"filter", options_.filter},
                     {"strict", options_.strict},
                     {"environment", world_.simulated() ? json::object() : environment_fields()}});
  note_baseline();
}

/// What a part of the suite does not meet is not stale: only a run of all can tell.
void run_session::note_baseline() {
  if (!known_) return;
  const bool whole = options_.what.empty() && options_.filter.empty() && options_.tags.empty() &&
                     options_.strength != "quick" && options_.strength != "1" &&
                     options_.max_failures == 0 && !options_.first_failure;
  json entries = json::array();
  for (const auto& one : known_->entries)
    entries.push_back({{"match", one.match},
                       {"expect", one.expect},
                       {"variant", one.variant},
                       {"violates", one.violates},
                       {"reason", one.reason},
                       {"issue", one.issue},
                       {"until", one.until},
                       {"at_most", one.at_most},
                       {"line", one.at.line}});
  note("baseline", {{"file", options_.baseline}, {"whole", whole}, {"entries", entries}});
}

void run_session::watch_signals() {
  error_code ignored;
  signals_.add(SIGINT, ignored);
  signals_.add(SIGTERM, ignored);
  signals_.async_wait([this](error_code error, int) {
    if (error) return;
    interrupted_ = true;
    context_.err << "\ninterrupted: finishing; once more to stop at once\n";
    if (suite_) suite_->interrupt();
    // The second one meets the default action again; the event log is whole at any time.
    signals_.clear();
  });
}

awaitable<void> run_session::play() {
  note("target.start", {{"target", target_->profile().name}});
  failure_ = co_await target_->start();
  if (!failure_.empty()) {
    note("target.log", {{"target", target_->profile().name}, {"line", printable(failure_, 1000)}});
  } else {
    note("target.ready", engine::ready_fields(*target_));
  }
  auto listener = [this](const trace::event& one) { tell(one); };
  auto settings = settings_of(options_, id_);
  settings.exact_time = world_.simulated();
  settings.surround = [this](const scenario::instance& what) {
    return world_.surround(what.id, what.of->vary_network);
  };
  if (known_)
    settings.disabled = [this](const scenario::instance& what) { return disabled(what.id); };
  settings.unplayable = failure_;
  settings.absent = target_->absent();
  suite_ = std::make_unique<engine::suite>(world_.runtime(), *target_, std::move(instances_),
                                           std::move(settings),
                                           engine::suite_outputs{log_, captures_.get(), listener});
  if (interrupted_) suite_->interrupt();
  co_await suite_->run();
  co_await target_->stop();
}

/// Why the baseline does not want `instance` played.
std::optional<std::string> run_session::disabled(const std::string& instance) const {
  for (const auto& one : known_->entries)
    if (instance_matches(one.match, instance))
      return one.expect == "skip" ? std::optional(one.reason) : std::nullopt;
  return std::nullopt;
}

int run_session::report(const std::string& bug) {
  if (!bug.empty()) note("harness.bug", {{"text", printable(bug, 1000)}});
  packets_.flush();
  json counts = json::object();
  if (suite_)
    for (const auto& [verdict, count] : suite_->counts())
      counts[verdict] = count;
  auto so_far = builder_->so_far();
  so_far.baseline_findings = reports::judge_baseline(so_far);
  so_far.complete = true;  // as the line that is about to be written says
  so_far.interrupted = interrupted_;
  so_far.strict = options_.strict;
  int exit = bug.empty() ? reports::exit_code(so_far, options_.strict) : internal_bug;
  if (exit == nothing_ran && options_.allow_empty) exit = 0;
  note("run.end", {{"exit", exit}, {"counts", counts}, {"interrupted", interrupted_}});
  const auto model = builder_->finish(false);
  std::string problem = log_.failure();
  if (problem.empty()) problem = packets_.failure();
  std::string unwritten;
  auto written = reports::write_reports(model, folder_, requests_, unwritten);
  if (problem.empty()) problem = unwritten;
  written.push_back((folder_ / "events.jsonl").string());
  if (captures_) written.push_back((folder_ / "trace.pcapng").string());
  if (options_.json) context_.out << reports::find_report_kind("json")->make(model) << '\n';
  if (!bug.empty())
    context_.err << "internal error: " << printable(bug, 1000)
                 << "\nThis is a fault of halley, not of the target.\n";
  if (!failure_.empty()) context_.err << "error: " << printable(failure_, 1000) << '\n';
  if (!problem.empty()) context_.err << "error: " << printable(problem, 4096) << '\n';
  console_->finish(model, written);
  return !problem.empty() && exit == 0 ? exit_status::infrastructure : exit;
}

void run_session::record(trace::event& one) {
  log_.append(one);
  tell(one);
}

void run_session::note(const std::string& name, json fields) {
  trace::event one;
  one.t = world_.runtime().time().now();
  one.what = trace::note{name, std::move(fields)};
  record(one);
}

/// Reports are a function of the log. They are made of it while it is written, so that it need not
/// be read again; of long octet runs they keep the beginning anyway.
void run_session::tell(const trace::event& one) {
  json told;
  const auto* moved = std::get_if<trace::wire_octets>(&one.what);
  if (moved != nullptr && moved->data.size() > told_octets) {
    auto brief = one;
    std::get<trace::wire_octets>(brief.what).data.resize(told_octets);
    told = trace::to_json(brief);
    told["len"] = moved->data.size();
  } else {
    told = trace::to_json(one);
  }
  builder_->add(told);
  console_->on_event(told);
}

}  // namespace halley::cli
