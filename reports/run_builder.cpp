#include "reports/run_builder.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "reports/baseline.hpp"
#include "reports/json_field.hpp"
#include "reports/run_model.hpp"
#include "reports/utc_time.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

/// Octets of text that one field of a kept event may hold: 512 octets in hex.
constexpr std::size_t field_limit = 1024;
/// The share of a transcript that goes to its beginning; failures stand at the end.
constexpr std::size_t head_limit = transcript_limit / 4;

/// `event` with over-long fields cut. Returns the octets it takes, roughly.
std::size_t cut_fields(json& event) {
  std::size_t octets = 2;
  bool cut = false;
  for (auto& [name, value] : event.items()) {
    octets += name.size() + 6;
    if (auto* const text = value.get_ptr<std::string*>()) {
      if (text->size() > field_limit) {
        text->resize(field_limit);
        cut = true;
      }
      octets += text->size();
    } else if (value.is_structured()) {
      octets += value.dump(-1, ' ', false, json::error_handler_t::replace).size();
    } else {
      octets += 8;
    }
  }
  if (cut) event["truncated"] = true;
  return octets;
}

evidence evidence_of(const json& check) {
  const auto at = object_field(check, "at");
  evidence result;
  result.conn = text_field(at, "conn");
  result.dir = text_field(at, "dir");
  result.off = count_field(at, "off");
  result.len = count_field(at, "len");
  if (integer_field(at, "seq")) result.seq = count_field(at, "seq");
  if (integer_field(at, "frame")) result.frame = count_field(at, "frame");
  return result;
}

requirement_record requirement_of(const json& one, const std::string& scenario) {
  requirement_record result;
  result.name = text_field(one, "name");
  result.id = scenario + "#" + result.name;
  result.ledger = text_field(one, "ledger");
  result.ref = text_field(one, "ref");
  result.level = text_field(one, "level");
  result.says = text_field(one, "says");
  result.basis = text_field(one, "basis");
  return result;
}

/// The options of a run's command line that say which target was played.
std::vector<std::string> target_options(const std::vector<std::string>& command) {
  static constexpr std::array<std::string_view, 6> with_value = {
      "--target", "--set", "--url", "--mutant", "--scenarios", "--network"};
  std::vector<std::string> result;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const auto& word = command[i];
    if (word == "--sim") result.push_back(word);
    for (const auto option : with_value) {
      if (word == option && i + 1 < command.size()) {
        result.push_back(word);
        result.push_back(command[++i]);
        break;
      }
      if (word.starts_with(std::string(option) + "=")) result.push_back(word);
    }
  }
  return result;
}

std::string fingerprint_of(const instance_result& of) {
  std::string text = of.scenario + '\n' + std::string(to_word(of.outcome));
  for (const auto& variant : of.variants)
    text += "\nis " + variant;
  for (const auto& name : of.violates)
    text += "\nviolates " + name;
  if (!of.checks.empty()) text += "\nline " + std::to_string(of.checks.front().line);
  if (of.error) text += "\nerror " + of.error->cause;
  const auto hash = stable_hash(text);
  std::string octets;
  for (unsigned shift = 64; shift > 0; shift -= 8)
    octets += static_cast<char>((hash >> (shift - 8)) & 0xFFU);
  return to_hex(octets);
}

void set_interrupted(instance_result& of) {
  of.outcome = verdict::error;
  of.error = error_cause{"interrupted", "the instance started and never ended"};
}

}  // namespace

run_builder::run_builder(const json& header) {
  model_.id = text_field(header, "run");
  model_.started = text_field(header, "started");
  model_.seed = text_field(header, "seed");
  model_.clock = text_field(header, "clock");
  model_.tool = object_field(header, "tool");
  model_.merged = texts_field(header, "merged");
}

run_builder::handler run_builder::handler_of(const std::string& name) {
  static const std::map<std::string, handler> handlers = {
      {"run.start", &run_builder::run_start},
      {"run.part", &run_builder::run_part},
      {"run.end", &run_builder::run_end},
      {"baseline", &run_builder::baseline},
      {"target.start", &run_builder::target_start},
      {"target.ready", &run_builder::target_ready},
      {"target.exit", &run_builder::target_exit},
      {"target.log", &run_builder::target_log},
      {"scenario", &run_builder::scenario_declared},
      {"instance.start", &run_builder::instance_start},
      {"instance.end", &run_builder::instance_end},
      {"step.start", &run_builder::step_start},
      {"step.end", &run_builder::step_end},
      {"check", &run_builder::check},
  };
  const auto found = handlers.find(name);
  return found == handlers.end() ? nullptr : found->second;
}

void run_builder::add(const json& event) {
  if (!event.is_object()) return;
  last_t_ = std::max(last_t_, number_field(event, "t"));
  const auto handle = handler_of(text_field(event, "ev"));
  // Kept before it is handled: the end of an instance closes its transcript. The start opens it and
  // keeps itself.
  const auto result = find_result(event);
  if (result < model_.results.size()) keep(result, event);
  if (handle != nullptr) (this->*handle)(event);
}

void run_builder::run_start(const json& event) {
  model_.command = texts_field(event, "command");
  model_.environment = object_field(event, "environment");
  model_.strict = flag_field(event, "strict");
  model_.flaky_allowed = text_field(event, "flaky") == "pass";
  const auto take = [&](std::string& into, const char* name) {
    if (auto text = text_field(event, name); !text.empty()) into = std::move(text);
  };
  take(model_.seed, "seed");
  take(model_.clock, "clock");
  take(model_.started, "started");
  take(model_.strength, "strength");
  take(model_.filter, "filter");
  take(model_.suite, "suite");
  take(model_.suite_hash, "suite_hash");
  take(model_.parent, "parent");
  run_part(event);
  const auto shard = object_field(event, "shard");
  const auto i = integer_field(shard, "i");
  const auto n = integer_field(shard, "n");
  if (i && n) model_.shard = shard_record{*i, *n};
}

void run_builder::run_part(const json& event) {
  command_ = texts_field(event, "command");
  seed_ = text_field(event, "seed");
  auto words = texts_field(event, "reproduce");
  reproduce_ = words.empty() ? std::vector<std::string>{"halley", "run"} : std::move(words);
}

void run_builder::run_end(const json& event) {
  ended_ = true;
  model_.interrupted = flag_field(event, "interrupted");
}

void run_builder::baseline(const json& event) {
  take_over(model_.baseline, read_baseline(event));
}

target_record& run_builder::target(const std::string& name) {
  const auto found = std::find_if(model_.targets.begin(), model_.targets.end(),
                                  [&](const auto& one) { return one.name == name; });
  if (found != model_.targets.end()) return *found;
  model_.targets.emplace_back().name = name;
  return model_.targets.back();
}

void run_builder::target_start(const json& event) {
  auto& one = target(text_field(event, "target"));
  one.command = texts_field(event, "cmd");
  one.exited = false;  // started again
}

void run_builder::target_ready(const json& event) {
  auto& one = target(text_field(event, "target"));
  one.version = text_field(event, "version");
  one.role = text_field(event, "role");
  one.endpoints = object_field(event, "endpoints");
  one.capabilities = object_field(event, "capabilities");
}

void run_builder::target_exit(const json& event) {
  auto& one = target(text_field(event, "target"));
  one.exited = true;
  one.exit_code = integer_field(event, "code");
  one.exit_signal = integer_field(event, "signal");
  one.exit_expected = flag_field(event, "expected");
}

void run_builder::target_log(const json& event) {
  auto& one = target(text_field(event, "target"));
  one.log.push_back(text_field(event, "line"));
  one.log_ms.push_back(number_field(event, "t"));
  if (one.log.size() > log_limit) {
    one.log.erase(one.log.begin());
    one.log_ms.erase(one.log_ms.begin());
  }
}

void run_builder::scenario_declared(const json& event) {
  scenario_record one;
  one.id = text_field(event, "id");
  if (scenarios_.contains(one.id)) return;  // shards declare the same scenario
  one.rev = integer_field(event, "rev").value_or(1);
  one.title = text_field(event, "title");
  one.file = text_field(event, "file");
  one.line = integer_field(event, "line").value_or(0);
  one.kind = text_field(event, "kind");
  one.sut = text_field(event, "sut");
  one.tags = texts_field(event, "tags");
  if (const auto list = event.find("requirements"); list != event.end() && list->is_array()) {
    for (const auto& requirement : *list)
      one.requirements.push_back(requirement_of(requirement, one.id));
  }
  scenarios_.emplace(one.id, model_.scenarios.size());
  model_.scenarios.push_back(std::move(one));
}

std::string run_builder::free_id(const std::string& instance,
                                 const std::string& target,
                                 std::int64_t& attempt) {
  const auto name = instance + "@" + target + "#";
  auto id = name + std::to_string(attempt);
  while (by_id_.contains(id)) {  // joined runs may have played the same instance
    ++attempt;
    id = name + std::to_string(attempt);
  }
  return id;
}

void run_builder::instance_start(const json& event) {
  instance_result one;
  one.instance = text_field(event, "instance");
  one.scenario = text_field(event, "scenario");
  one.target = text_field(event, "target");
  one.attempt = std::max<std::int64_t>(1, integer_field(event, "attempt").value_or(1));
  one.id = free_id(one.instance, one.target, one.attempt);
  one.param_values = object_field(event, "params");
  for (const auto& [name, value] : one.param_values.items())
    one.params.emplace_back(name, scalar_text(value));
  one.segmentation = text_field(event, "segmentation");
  one.network = text_field(event, "network");
  one.seed = text_field(event, "seed");
  one.started_ms = number_field(event, "t");
  one.events.first_seq = count_field(event, "seq");
  // Already while the run goes on: its exit code is made before the last line of the log.
  if (one.attempt > 1)
    for (auto& earlier : model_.results)
      if (earlier.instance == one.instance && earlier.target == one.target)
        earlier.superseded = true;
  set_interrupted(one);
  one.reproduce = reproduce_;
  one.reproduce.push_back(one.instance);
  for (auto& word : target_options(command_))
    one.reproduce.push_back(std::move(word));
  const auto& seed = seed_.empty() ? model_.seed : seed_;
  if (!seed.empty()) {
    one.reproduce.emplace_back("--seed");
    one.reproduce.push_back(seed);
  }
  const auto index = model_.results.size();
  by_id_.emplace(one.id, index);
  by_instance_[one.instance].push_back(index);
  open_.emplace(index, open_transcript());
  model_.results.push_back(std::move(one));
  keep(index, event);
}

std::size_t run_builder::find_result(const json& event) const {
  const auto none = model_.results.size();
  const auto instance = text_field(event, "instance");
  const auto kind = text_field(event, "ev");
  if (instance.empty() || kind == "instance.start") return none;
  const auto found = by_instance_.find(instance);
  if (found == by_instance_.end()) return none;
  // In other events "target" may be something else: http.request has a request target.
  const auto target = kind == "instance.end" ? text_field(event, "target") : std::string();
  // A running one before an ended one, the latest before earlier ones.
  std::optional<std::size_t> ended;
  for (auto index = found->second.rbegin(); index != found->second.rend(); ++index) {
    if (!target.empty() && model_.results[*index].target != target) continue;
    if (open_.contains(*index)) return *index;
    if (!ended) ended = *index;
  }
  return ended.value_or(none);
}

const instance_result* run_builder::result_of(const json& event) const {
  const auto index = find_result(event);
  return index < model_.results.size() ? &model_.results[index] : nullptr;
}

void run_builder::instance_end(const json& event) {
  const auto index = find_result(event);
  if (index >= model_.results.size() || !open_.contains(index)) return;
  auto& one = model_.results[index];
  one.error.reset();
  if (const auto word = verdict_from(text_field(event, "verdict"))) {
    one.outcome = *word;
  } else {
    one.error = error_cause{"harness-bug", "the log holds no verdict"};
  }
  one.variants = texts_field(event, "variants");
  for (auto& name : texts_field(event, "violates"))
    if (std::find(one.violates.begin(), one.violates.end(), name) == one.violates.end())
      one.violates.push_back(std::move(name));
  if (const auto skip = object_field(event, "skip"); !skip.empty())
    one.skip = skip_reason{text_field(skip, "reason"), text_field(skip, "from")};
  if (const auto error = object_field(event, "error"); !error.empty()) {
    one.error = error_cause{text_field(error, "cause"), text_field(error, "text")};
  } else if (one.outcome == verdict::error && !one.error) {
    one.error = error_cause{"harness-bug", "the log holds no cause"};
  }
  one.status = text_field(event, "status");
  if (model_.baseline) hold_against(*model_.baseline, one);
  one.observed = text_field(event, "observed");
  one.close = object_field(event, "close");
  one.duration_ms = event.contains("duration_ms") ? number_field(event, "duration_ms")
                                                  : number_field(event, "t") - one.started_ms;
  if (const auto frames = event.find("frames");
      frames != event.end() && frames->is_array() && frames->size() == 2 &&
      frames->at(0).is_number_unsigned() && frames->at(1).is_number_unsigned()) {
    one.frames.emplace(frames->at(0).get<std::uint64_t>(), frames->at(1).get<std::uint64_t>());
    one.pcap = text_field(event, "pcap");
    if (one.pcap.empty()) one.pcap = "trace.pcapng";
  }
  one.fingerprint = fingerprint_of(one);
  close_transcript(index);
  // Already while the run goes on: its exit code is made before the last line of the log.
  std::vector<std::size_t> attempts;
  for (const auto other : by_instance_[one.instance])
    if (model_.results[other].target == one.target) attempts.push_back(other);
  if (attempts.size() > 1) mark_attempts(attempts);
}

void run_builder::step_start(const json& event) {
  const auto index = find_result(event);
  if (index >= model_.results.size()) return;
  step_result one;
  one.number = integer_field(event, "step").value_or(0);
  one.verb = text_field(event, "verb");
  one.label = text_field(event, "label");
  one.actor = text_field(event, "actor");
  one.text = text_field(event, "text");
  one.line = integer_field(event, "line").value_or(0);
  one.t_ms = number_field(event, "t");
  one.first_seq = one.last_seq = count_field(event, "seq");
  model_.results[index].steps.push_back(std::move(one));
}

void run_builder::step_end(const json& event) {
  const auto index = find_result(event);
  if (index >= model_.results.size()) return;
  auto& steps = model_.results[index].steps;
  const auto number = integer_field(event, "step").value_or(0);
  const auto found = std::find_if(steps.rbegin(), steps.rend(), [&](const auto& one) {
    return one.number == number && one.outcome.empty();
  });
  if (found == steps.rend()) return;
  found->outcome = text_field(event, "outcome");
  found->duration_ms = number_field(event, "t") - found->t_ms;
  found->last_seq = count_field(event, "seq");
}

void run_builder::check(const json& event) {
  check_result one;
  one.source = text_field(event, "source");
  one.requirement = text_field(event, "requirement");
  one.ledger = text_field(event, "ledger");
  one.ref = text_field(event, "ref");
  one.level = text_field(event, "level");
  one.says = text_field(event, "says");
  one.expected = text_field(event, "expected");
  one.got = text_field(event, "got");
  one.message = text_field(event, "message");
  one.at = evidence_of(event);
  one.step = integer_field(event, "step");
  one.line = integer_field(event, "line").value_or(0);
  const auto index = find_result(event);
  if (index >= model_.results.size()) return;
  auto& result = model_.results[index];
  if (!one.requirement.empty() && find_requirement(model_, result, one.requirement) == nullptr) {
    requirement_record declared;
    declared.id = declared.name = declared.ledger = one.requirement;
    declared.ref = one.ref;
    declared.level = one.level;
    declared.says = one.says;
    declared.basis = "explicit";
    model_.passive_requirements.push_back(std::move(declared));
  }
  if (!one.requirement.empty() && std::find(result.violates.begin(), result.violates.end(),
                                            one.requirement) == result.violates.end())
    result.violates.push_back(one.requirement);
  result.checks.push_back(std::move(one));
}

void run_builder::keep(std::size_t result, const json& event) {
  model_.results[result].events.last_seq =
      std::max(model_.results[result].events.last_seq, count_field(event, "seq"));
  const auto open = open_.find(result);
  if (open == open_.end()) return;
  auto& into = open->second;
  auto copy = event;
  const auto octets = cut_fields(copy);
  if (into.tail.empty() && into.head_octets + octets <= head_limit) {
    into.head_octets += octets;
    into.head.push_back(std::move(copy));
    return;
  }
  into.tail_octets += octets;
  into.tail.emplace_back(octets, std::move(copy));
  while (into.tail.size() > 1 && into.head_octets + into.tail_octets > transcript_limit) {
    into.tail_octets -= into.tail.front().first;
    into.tail.pop_front();
    into.truncated = true;
  }
}

void run_builder::close_transcript(std::size_t result) {
  const auto open = open_.find(result);
  if (open == open_.end()) return;
  auto& one = model_.results[result];
  if (one.outcome != verdict::pass) {
    one.events.events = std::move(open->second.head);
    for (auto& [octets, event] : open->second.tail)
      one.events.events.push_back(std::move(event));
    one.events.truncated = open->second.truncated;
  }
  open_.erase(open);
}

std::vector<std::string> run_builder::running() const {
  std::vector<std::string> result;
  result.reserve(open_.size());
  for (const auto& [index, ignored] : open_)
    result.push_back(model_.results[index].instance);
  return result;
}

/// Of several attempts the last one counts; where some failed and some did not, it is flaky.
void run_builder::mark_attempts(const std::vector<std::size_t>& attempts) {
  bool failed = false;
  bool held = false;
  for (const auto index : attempts) {
    auto& one = model_.results[index];
    one.superseded = index != attempts.back();
    failed = failed || one.outcome == verdict::fail;
    held = held || one.outcome == verdict::pass || one.outcome == verdict::info ||
           one.outcome == verdict::warn;
  }
  auto& last = model_.results[attempts.back()];
  const bool judged = last.outcome != verdict::skip && last.outcome != verdict::error;
  if (failed && held && judged && last.status.empty()) last.status = "flaky";
}

void run_builder::mark_all_attempts() {
  for (const auto& [instance, indices] : by_instance_) {
    std::map<std::string, std::vector<std::size_t>> by_target;
    for (const auto index : indices)
      by_target[model_.results[index].target].push_back(index);
    for (const auto& [target, attempts] : by_target)
      mark_attempts(attempts);
  }
}

run_model run_builder::finish(bool torn) {
  while (!open_.empty()) {
    const auto index = open_.begin()->first;
    auto& one = model_.results[index];
    one.duration_ms = std::max(0.0, last_t_ - one.started_ms);
    one.fingerprint = fingerprint_of(one);
    close_transcript(index);
  }
  model_.complete = ended_ && !torn;
  model_.duration_ms = last_t_;
  if (const auto started = parse_utc(model_.started))
    model_.ended = to_utc(later(*started, last_t_));
  mark_all_attempts();
  model_.baseline_findings = judge_baseline(model_);
  return std::move(model_);
}

run_model build_run_model(const trace::log_content& log) {
  run_builder builder(log.header);
  for (const auto& event : log.events)
    builder.add(event);
  return builder.finish(log.torn);
}

}  // namespace halley::reports
