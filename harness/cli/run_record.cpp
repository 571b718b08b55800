#include "cli/run_record.hpp"

#include "base/glob.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/version.hpp"
#include "capture/synthetic.hpp"
#include "cli/baseline_file.hpp"
#include "cli/ci_service.hpp"
#include "cli/console_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "engine/peer.hpp"
#include "engine/shard.hpp"
#include "engine/suite.hpp"
#include "reports/baseline.hpp"
#include "reports/console.hpp"
#include "reports/kinds.hpp"
#include "reports/run_builder.hpp"
#include "reports/scores.hpp"
#include "reports/utc_time.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/utsname.h>
#include <system_error>
#include <thread>
#include <unistd.h>
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

}  // namespace

run_record::run_record(const run_options& options,
                       const command_context& context,
                       std::vector<reports::report_request> requests,
                       bool simulated)
    : options_(options),
      context_(context),
      requests_(with_service_reports(std::move(requests))),
      simulated_(simulated),
      started_(simulated ? system_clock::time_point() : system_clock::now()) {
  const auto now = system_clock::now();
  const auto unique = run_id(now, entropy(now));
  id_ = simulated ? run_id(started_, seed_of(options.seed)) : unique;
  folder_ = options.out.empty() ? std::filesystem::path("out") / unique
                                : std::filesystem::path(options.out);
}

std::string run_record::add_target_folder(const std::string& target) const {
  std::error_code failed;
  const auto directory = folder_ / "targets" / target;
  std::filesystem::create_directories(directory, failed);
  if (failed) return directory.string() + ": " + failed.message();
  // A server that gives up root must still be able to write there.
  std::filesystem::permissions(directory, std::filesystem::perms::all, failed);
  return {};
}

std::string run_record::open(std::size_t expected) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed) return folder_.string() + ": " + failed.message();
  header_ = {{"run", id_},
             {"tool", {{"name", "halley"}, {"version", program_version}}},
             {"started", utc(started_)},
             {"seed", options_.seed},
             {"clock", simulated_ ? "virtual" : "real"}};
  auto problem = log_.open(folder_ / "events.jsonl", header_, options_.durable);
  if (problem.empty() && options_.trace != "none") {
    problem = packets_.open(folder_ / "trace.pcapng", std::string("halley ") + program_version,
                            "run " + id_ + ", seed " + options_.seed);
    const auto epoch =
        std::chrono::duration_cast<std::chrono::nanoseconds>(started_.time_since_epoch());
    captures_ = std::make_unique<capture::synthetic_capture>(packets_, epoch);
  }
  if (problem.empty()) problem = start_live();
  if (!problem.empty()) return problem;
  console_ = make_console(options_, options_.json ? context_.err : context_.out);
  builder_ = std::make_unique<reports::run_builder>(header_);
  console_->on_header(header_);
  console_->expect_instances(expected);
  return {};
}

/// Returns: a message where a live capture was demanded and cannot be had, else empty.
std::string run_record::start_live() {
  if (simulated_ || options_.capture == "synthetic") return {};
  live_ = std::make_unique<capture::live_capture>();
  auto problem = live_->start(folder_ / "live.pcapng", std::string("halley ") + program_version,
                              "run " + id_ + ", seed " + options_.seed);
  if (problem.empty()) return {};
  live_.reset();
  if (options_.capture == "live") return problem;
  context_.err << "no live capture: " << problem << '\n';
  return {};
}

/// What a capture lost is said: it is no evidence for what is not in it.
void run_record::end_live() {
  if (!live_) return;
  const auto seen = live_->stop();
  note("capture.live", {{"path", "live.pcapng"},
                        {"packets", seen.packets},
                        {"foreign", seen.foreign},
                        {"lost", seen.lost},
                        {"complete", seen.lost == 0 && seen.failure.empty()},
                        {"failure", printable(seen.failure, 1000)}});
  if (seen.lost != 0)
    context_.err << "live.pcapng is incomplete: " << seen.lost << " packets were lost\n";
  if (!seen.failure.empty())
    context_.err << "live.pcapng is incomplete: " << printable(seen.failure, 1000) << '\n';
}

void run_record::begin(clock::clock& time, const json& more) {
  time_ = &time;
  json fields = {{"command", recorded_command(options_.command_line, simulated_)},
                 {"seed", options_.seed},
                 {"clock", simulated_ ? "virtual" : "real"},
                 {"started", utc(started_)},
                 {"strength", options_.strength},
                 {"jobs", options_.jobs},
                 {"filter", options_.filter},
                 {"strict", options_.strict},
                 {"retries", options_.retries},
                 {"repeat", options_.repeats},
                 {"flaky", options_.allow_flaky ? "pass" : "fail"},
                 {"environment", simulated_ ? json::object() : environment_fields()}};
  if (const auto part = engine::parse_shard(options_.shard))
    fields["shard"] = {{"i", part->i}, {"n", part->n}, {"shared", options_.shared}};
  if (!options_.suite_id.empty()) {
    fields["suite"] = options_.suite_id;
    fields["suite_hash"] = options_.suite_hash;
  }
  if (!options_.parent.empty()) fields["parent"] = options_.parent;
  fields.update(more);
  note("run.start", std::move(fields));
  note_baseline();
}

/// What a part of the suite does not meet is not stale: only a run of all can tell.
void run_record::note_baseline() {
  if (!known_) return;
  const bool whole = options_.what.empty() && options_.rerun.empty() && options_.suite.empty() &&
                     options_.filter.empty() && options_.tags.empty() &&
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

/// Why the baseline does not want `instance` played.
std::optional<std::string> run_record::disabled(const std::string& instance) const {
  for (const auto& one : known_->entries)
    if (instance_matches(one.match, instance))
      return one.expect == "skip" ? std::optional(one.reason) : std::nullopt;
  return std::nullopt;
}

engine::suite_settings run_record::settings() const {
  engine::suite_settings result;
  result.seed = seed_of(options_.seed);
  result.nonce = id_;
  result.jobs = options_.jobs;
  result.time_scale = options_.time_scale;
  result.segmentation = segmentation_of(options_.segmentation);
  result.trace = trace_of(options_.trace);
  result.retries = options_.retries;
  result.repeats = options_.repeats;
  result.max_failures = options_.first_failure ? 1 : options_.max_failures;
  result.exact_time = simulated_;
  if (known_) {
    result.disabled = [this](const scenario::instance& what) { return disabled(what.id); };
    result.known = [this](const scenario::instance& what) {
      return std::ranges::any_of(
          known_->entries, [&](const auto& one) { return instance_matches(one.match, what.id); });
    };
  }
  return result;
}

engine::suite_outputs run_record::outputs() {
  return {log_, captures_.get(), [this](const trace::event& one) { tell(one); }};
}

std::string run_record::write_interim() {
  packets_.flush();
  auto so_far = *builder_;
  const auto model = so_far.finish(false);
  std::string problem = log_.failure();
  std::string unwritten;
  reports::write_reports(model, folder_, requests_, unwritten);
  return problem.empty() ? unwritten : problem;
}

int run_record::exit_code(const run_ending& how) const {
  auto so_far = builder_->so_far();
  so_far.baseline_findings = reports::judge_baseline(so_far);
  so_far.complete = true;  // as the line that is about to be written says
  so_far.interrupted = how.interrupted;
  so_far.strict = options_.strict;
  const int exit = how.bug.empty() ? reports::exit_code(so_far, options_.strict) : internal_bug;
  return exit == nothing_ran && options_.allow_empty ? 0 : exit;
}

int run_record::finish(const run_ending& how) {
  if (!how.bug.empty()) note("harness.bug", {{"text", printable(how.bug, 1000)}});
  packets_.flush();
  end_live();
  const int exit = exit_code(how);
  note("run.end", {{"exit", exit}, {"counts", json(how.counts)}, {"interrupted", how.interrupted}});
  const auto model = builder_->finish(false);
  std::string problem = log_.failure();
  if (problem.empty()) problem = packets_.failure();
  std::string unwritten;
  auto written = reports::write_reports(model, folder_, requests_, unwritten);
  if (problem.empty()) problem = unwritten;
  written.push_back((folder_ / "events.jsonl").string());
  if (captures_) written.push_back((folder_ / "trace.pcapng").string());
  if (live_) written.push_back((folder_ / "live.pcapng").string());
  if (options_.json) context_.out << reports::find_report_kind("json")->make(model) << '\n';
  if (problem.empty()) problem = append_step_summary(model);
  if (problem.empty() && options_.update_baseline)
    problem =
        rewrite_baseline(options_.baseline, model, options_.json ? context_.err : context_.out);
  say_trouble(how, problem);
  (options_.json ? context_.err : context_.out) << reports::printed_reports(model, requests_);
  console_->finish(model, written);
  return !problem.empty() && exit == 0 ? exit_status::infrastructure : exit;
}

void run_record::say_trouble(const run_ending& how, const std::string& problem) const {
  if (!how.bug.empty())
    context_.err << "internal error: " << printable(how.bug, 1000)
                 << "\nThis is a fault of halley, not of the target.\n";
  if (!how.failure.empty()) context_.err << "error: " << printable(how.failure, 1000) << '\n';
  if (!problem.empty()) context_.err << "error: " << printable(problem, 4096) << '\n';
}

void run_record::note(const std::string& name, json fields) {
  trace::event one;
  one.t = time_->now();
  one.what = trace::note{name, std::move(fields)};
  log_.append(one);
  tell(one);
}

/// Reports are a function of the log. They are made of it while it is written, so that it need not
/// be read again; of long octet runs they keep the beginning anyway.
void run_record::tell(const trace::event& one) {
  if (const auto* open = std::get_if<trace::conn_open>(&one.what); open != nullptr && live_)
    live_->add_connection(one.instance, open->local, open->remote);
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
