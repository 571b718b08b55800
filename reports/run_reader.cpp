#include "reports/run_reader.hpp"

#include "base/printable.hpp"
#include "reports/baseline.hpp"
#include "reports/json_field.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

/// The member `name` where it is of that type, else an empty one: nothing is copied.
const json& member(const json& of, const char* name, json::value_t type) {
  static const json no_list = json::array();
  static const json no_object = json::object();
  const auto& none = type == json::value_t::array ? no_list : no_object;
  if (!of.is_object()) return none;
  const auto found = of.find(name);
  return found == of.end() || found->type() != type ? none : *found;
}

const json& list_in(const json& of, const char* name) {
  return member(of, name, json::value_t::array);
}

const json& object_in(const json& of, const char* name) {
  return member(of, name, json::value_t::object);
}

std::string position_of(std::string_view text, std::size_t octet) {
  const auto before = text.substr(0, std::min(octet, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n');
  const auto column = line_start == std::string_view::npos ? octet : octet - line_start - 1;
  return std::to_string(lines + 1) + ":" + std::to_string(column);
}

/// Parses with a limit on depth; what `part` leaves out is never built.
json parse_bounded(std::string_view text, report_part part, std::string& problem) {
  static constexpr std::array<std::string_view, 4> evidence = {"inline", "steps", "log",
                                                               "reproduce"};
  bool too_deep = false;
  const auto filter = [&](int depth, json::parse_event_t event, json& parsed) {
    too_deep = too_deep || depth > run_json_depth;
    if (too_deep) return false;
    if (event != json::parse_event_t::key || part == report_part::whole) return true;
    const auto* const key = parsed.get_ptr<const std::string*>();
    return key == nullptr || std::ranges::find(evidence, *key) == evidence.end();
  };
  try {
    auto document = json::parse(text, filter);
    if (too_deep) problem = "nested deeper than " + std::to_string(run_json_depth) + " levels";
    return document;
  } catch (const json::parse_error& error) {
    problem = position_of(text, error.byte) + ": no JSON";
  } catch (const json::exception&) {
    problem = "a number or text that no report holds";
  }
  return nullptr;
}

target_record target_from(const json& from) {
  target_record one;
  one.name = text_field(from, "name");
  one.role = text_field(from, "role");
  one.version = text_field(from, "version");
  one.command = texts_field(from, "cmd");
  one.endpoints = object_field(from, "endpoints");
  one.capabilities = object_field(from, "capabilities");
  const auto& exit = object_in(from, "exit");
  one.exited = !exit.empty();
  one.exit_code = integer_field(exit, "code");
  one.exit_signal = integer_field(exit, "signal");
  one.exit_expected = flag_field(exit, "expected");
  one.log = texts_field(from, "log");
  if (one.log.size() > log_limit) one.log.resize(log_limit);
  return one;
}

requirement_record requirement_from(const json& from) {
  requirement_record one;
  one.id = text_field(from, "id");
  const auto hash = one.id.find('#');
  one.name = hash == std::string::npos ? one.id : one.id.substr(hash + 1);
  one.ref = text_field(from, "ref");
  one.level = text_field(from, "level");
  one.basis = text_field(from, "basis");
  one.says = text_field(from, "says");
  if (const auto ledger = texts_field(from, "ledger"); !ledger.empty()) one.ledger = ledger.front();
  return one;
}

scenario_record scenario_from(const json& from,
                              const std::map<std::string, requirement_record>& known) {
  scenario_record one;
  one.id = text_field(from, "id");
  one.rev = integer_field(from, "rev").value_or(1);
  one.title = text_field(from, "title");
  one.kind = text_field(from, "kind");
  one.sut = text_field(from, "sut");
  one.tags = texts_field(from, "tags");
  one.file = text_field(from, "file");
  one.line = integer_field(from, "line").value_or(0);
  for (const auto& id : texts_field(from, "requirements"))
    if (const auto found = known.find(id); found != known.end())
      one.requirements.push_back(found->second);
  return one;
}

check_result check_from(const json& from) {
  check_result one;
  one.source = text_field(from, "source");
  one.requirement = text_field(from, "requirement");
  one.level = text_field(from, "level");
  one.ref = text_field(from, "ref");
  one.expected = text_field(from, "expected");
  one.got = text_field(from, "got");
  one.message = text_field(from, "message");
  one.step = integer_field(from, "step");
  one.line = integer_field(from, "line").value_or(0);
  const auto& at = object_in(from, "at");
  one.at.conn = text_field(at, "conn");
  one.at.dir = text_field(at, "dir");
  one.at.off = count_field(at, "off");
  one.at.len = count_field(at, "len");
  if (integer_field(at, "seq")) one.at.seq = count_field(at, "seq");
  if (integer_field(at, "frame")) one.at.frame = count_field(at, "frame");
  return one;
}

step_result step_from(const json& from) {
  step_result one;
  one.number = integer_field(from, "step").value_or(0);
  one.verb = text_field(from, "verb");
  one.label = text_field(from, "label");
  one.actor = text_field(from, "actor");
  one.text = text_field(from, "text");
  one.outcome = text_field(from, "outcome");
  one.line = integer_field(from, "line").value_or(0);
  one.t_ms = number_field(from, "t_ms");
  one.duration_ms = number_field(from, "dur_ms");
  const auto& events = list_in(from, "events");
  if (events.size() == 2 && events[0].is_number_unsigned() && events[1].is_number_unsigned()) {
    one.first_seq = events[0].get<std::uint64_t>();
    one.last_seq = events[1].get<std::uint64_t>();
  }
  return one;
}

void read_evidence(const json& from, instance_result& one) {
  for (const auto& check : list_in(from, "checks"))
    one.checks.push_back(check_from(check));
  for (const auto& step : list_in(from, "steps"))
    one.steps.push_back(step_from(step));
  const auto& transcript = object_in(from, "transcript");
  one.events.first_seq = count_field(transcript, "first_seq");
  one.events.last_seq = count_field(transcript, "last_seq");
  one.events.truncated = flag_field(transcript, "truncated");
  for (const auto& event : list_in(transcript, "inline"))
    if (event.is_object()) one.events.events.push_back(event);
  const auto& pcap = object_in(from, "pcap");
  if (const auto& frames = list_in(pcap, "frames");
      frames.size() == 2 && frames[0].is_number_unsigned() && frames[1].is_number_unsigned()) {
    one.frames.emplace(frames[0].get<std::uint64_t>(), frames[1].get<std::uint64_t>());
    one.pcap = text_field(pcap, "path");
  }
  one.reproduce = texts_field(object_in(from, "reproduce"), "argv");
}

instance_result result_from(const json& from, verdict outcome) {
  instance_result one;
  one.id = text_field(from, "id");
  one.scenario = text_field(from, "scenario");
  one.instance = text_field(from, "instance");
  one.target = text_field(from, "target");
  one.param_values = object_field(from, "params");
  for (const auto& [name, value] : one.param_values.items())
    one.params.emplace_back(name, scalar_text(value));
  one.segmentation = text_field(from, "segmentation");
  one.network = text_field(from, "network");
  one.attempt = std::max<std::int64_t>(1, integer_field(from, "attempt").value_or(1));
  one.outcome = outcome;
  one.variants = texts_field(from, "variants");
  one.violates = texts_field(from, "violates");
  if (const auto& skip = object_in(from, "skip"); !skip.empty())
    one.skip = skip_reason{text_field(skip, "reason"), text_field(skip, "from")};
  if (const auto& error = object_in(from, "error"); !error.empty())
    one.error = error_cause{text_field(error, "cause"), text_field(error, "text")};
  one.status = text_field(from, "status");
  if (integer_field(from, "known"))
    one.known = static_cast<std::size_t>(count_field(from, "known"));
  one.superseded = flag_field(from, "superseded");
  one.observed = text_field(from, "observed");
  one.close = object_field(from, "close");
  one.started_ms = number_field(from, "started_ms");
  one.duration_ms = number_field(from, "duration_ms");
  one.seed = text_field(from, "seed");
  one.fingerprint = text_field(from, "fingerprint");
  read_evidence(from, one);
  return one;
}

/// Sentences and ledger ids stand once, with the requirements.
void complete_checks(run_model& model) {
  for (auto& result : model.results)
    for (auto& check : result.checks)
      if (const auto* const found = find_requirement(model, result, check.requirement)) {
        check.says = found->says;
        check.ledger = found->ledger;
      }
}

void read_run_part(const json& run, run_model& model) {
  model.id = text_field(run, "id");
  model.started = text_field(run, "started");
  model.ended = text_field(run, "ended");
  model.duration_ms = number_field(run, "duration_ms");
  model.seed = text_field(run, "seed");
  model.clock = text_field(run, "clock");
  model.command = texts_field(run, "command");
  model.tool = object_field(run, "tool");
  model.suite = text_field(run, "suite");
  model.suite_hash = text_field(run, "suite_hash");
  model.parent = text_field(run, "parent");
  model.strength = text_field(run, "strength");
  model.filter = text_field(run, "filter");
  model.strict = flag_field(run, "strict");
  model.complete = flag_field(run, "complete");
  model.interrupted = flag_field(run, "interrupted");
  model.merged = texts_field(run, "merged");
  const auto& shard = object_in(run, "shard");
  const auto i = integer_field(shard, "i");
  const auto n = integer_field(shard, "n");
  if (i && n) model.shard = shard_record{*i, *n};
}

void read_declarations(const json& document, run_model& model) {
  std::map<std::string, requirement_record> known;
  std::vector<std::string> order;
  for (const auto& from : list_in(document, "requirements")) {
    auto one = requirement_from(from);
    order.push_back(one.id);
    known.emplace(one.id, std::move(one));
  }
  std::set<std::string> declared;
  for (const auto& from : list_in(document, "scenarios")) {
    auto one = scenario_from(from, known);
    for (const auto& requirement : one.requirements)
      declared.insert(requirement.id);
    model.scenarios.push_back(std::move(one));
  }
  for (const auto& id : order)
    if (declared.insert(id).second) model.passive_requirements.push_back(known.at(id));
  for (const auto& from : list_in(document, "targets"))
    model.targets.push_back(target_from(from));
}

void read_baseline_part(const json& document, run_model& model) {
  const auto& part = object_in(document, "baseline");
  if (part.empty()) return;
  model.baseline = read_baseline(part);
  for (const auto& from : list_in(part, "findings"))
    model.baseline_findings.push_back({text_field(from, "kind"), text_field(from, "match"),
                                       text_field(from, "text"),
                                       integer_field(from, "line").value_or(0)});
}

/// Returns: what is wrong, or nothing.
std::string read_results(const json& document, run_model& model) {
  const auto found = document.find("results");
  if (found == document.end() || !found->is_array()) return "'results' is no list";
  if (found->size() > run_json_results)
    return "more than " + std::to_string(run_json_results) + " results";
  const auto entries = model.baseline ? model.baseline->entries.size() : 0;
  std::size_t number = 0;
  for (const auto& from : *found) {
    const auto place = "/results/" + std::to_string(number++);
    const auto outcome = verdict_from(text_field(from, "verdict"));
    if (!outcome) return place + "/verdict is none of pass, info, warn, fail, skip, error";
    if (text_field(from, "instance").empty()) return place + " names no instance";
    auto one = result_from(from, *outcome);
    if (one.known && *one.known >= entries) one.known.reset();
    model.results.push_back(std::move(one));
  }
  return {};
}

}  // namespace

run_reading read_run_json(std::string_view text, report_part part) {
  run_reading result;
  const auto document = parse_bounded(text, part, result.problem);
  if (!result.problem.empty()) return result;
  const auto schema = text_field(document, "schema");
  if (schema != run_schema) {
    result.problem = schema.empty() ? "no report of a run: it names no schema"
                                    : "schema '" + printable(schema) + "', and " + run_schema +
                                          " is what this program reads";
    return result;
  }
  auto& model = result.run;
  read_run_part(object_in(document, "run"), model);
  model.environment = object_field(document, "environment");
  read_declarations(document, model);
  read_baseline_part(document, model);
  result.problem = read_results(document, model);
  complete_checks(model);
  return result;
}

run_reading read_run(const std::filesystem::path& given, report_part part) {
  namespace fs = std::filesystem;
  run_reading result;
  std::error_code error;
  auto file = given;
  if (fs::is_directory(given, error)) {
    file = given / "run.json";
    if (!fs::exists(file, error)) {
      const auto log = trace::read_log(given / "events.jsonl");
      if (log.problem.empty()) result.run = build_run_model(log);
      result.problem = log.problem.empty() ? std::string()
                                           : printable(given.string(), 4096) +
                                                 ": neither run.json nor an event log";
      return result;
    }
  }
  const auto name = printable(file.string(), 4096);
  const auto size = fs::file_size(file, error);
  if (error) {
    result.problem = name + ": " + error.message();
    return result;
  }
  if (size > run_json_limit) {
    result.problem = name + ": larger than " + std::to_string(run_json_limit >> 20U) + " MiB";
    return result;
  }
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  result = read_run_json(text, part);
  if (!result.problem.empty())
    result.problem = name + ":" + (result.problem.front() == '/' ? " " : "") + result.problem;
  return result;
}

}  // namespace halley::reports
