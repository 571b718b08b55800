#include "reports/run_json.hpp"

#include "reports/run_model.hpp"
#include "reports/scores.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace halley::reports {
namespace {

using json = nlohmann::ordered_json;

/// `value` or null: a reader sees that a field exists and has nothing to say.
template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json run_part(const run_model& model) {
  json run;
  run["id"] = model.id;
  run["started"] = model.started;
  run["ended"] = model.ended;
  run["duration_ms"] = model.duration_ms;
  run["seed"] = model.seed;
  run["clock"] = model.clock;
  run["command"] = model.command;
  run["tool"] = model.tool;
  run["suite"] = model.suite;
  run["suite_hash"] = model.suite_hash;
  run["parent"] = model.parent.empty() ? json(nullptr) : json(model.parent);
  run["strength"] = model.strength;
  run["filter"] = model.filter;
  run["strict"] = model.strict;
  run["complete"] = model.complete;
  run["interrupted"] = model.interrupted;
  run["exit"] = exit_code(model, model.strict);
  run["shard"] = nullptr;
  if (model.shard) run["shard"] = json{{"i", model.shard->i}, {"n", model.shard->n}};
  run["merged"] = model.merged;
  return run;
}

json target_part(const target_record& one) {
  json target;
  target["name"] = one.name;
  target["role"] = one.role;
  target["version"] = one.version;
  target["cmd"] = one.command;
  target["endpoints"] = one.endpoints;
  target["capabilities"] = one.capabilities;
  target["exit"] = nullptr;
  if (one.exited)
    target["exit"] = json{{"code", or_null(one.exit_code)},
                          {"signal", or_null(one.exit_signal)},
                          {"expected", one.exit_expected}};
  target["log"] = one.log;
  return target;
}

json requirement_part(const requirement_record& one) {
  json requirement;
  requirement["id"] = one.id;
  requirement["ref"] = one.ref;
  requirement["level"] = one.level;
  requirement["basis"] = one.basis;
  requirement["says"] = one.says;
  requirement["ledger"] = json::array();
  if (!one.ledger.empty()) requirement["ledger"].push_back(one.ledger);
  return requirement;
}

json scenario_part(const scenario_record& one) {
  json scenario;
  scenario["id"] = one.id;
  scenario["rev"] = one.rev;
  scenario["title"] = one.title;
  scenario["kind"] = one.kind;
  scenario["sut"] = one.sut;
  scenario["tags"] = one.tags;
  scenario["file"] = one.file;
  scenario["line"] = one.line;
  scenario["requirements"] = json::array();
  for (const auto& requirement : one.requirements)
    scenario["requirements"].push_back(requirement.id);
  return scenario;
}

json evidence_part(const evidence& at) {
  json part;
  part["conn"] = at.conn;
  part["dir"] = at.dir;
  part["off"] = at.off;
  part["len"] = at.len;
  part["seq"] = or_null(at.seq);
  part["frame"] = or_null(at.frame);
  return part;
}

json check_part(const check_result& one) {
  json check;
  check["source"] = one.source;
  check["requirement"] = one.requirement;
  check["level"] = one.level;
  check["ref"] = one.ref;
  check["expected"] = one.expected;
  check["got"] = one.got;
  check["message"] = one.message;
  check["step"] = or_null(one.step);
  check["line"] = one.line;
  check["at"] = evidence_part(one.at);
  return check;
}

json step_part(const step_result& one) {
  json step;
  step["step"] = one.number;
  step["verb"] = one.verb;
  step["label"] = one.label;
  step["actor"] = one.actor;
  step["text"] = one.text;
  step["outcome"] = one.outcome;
  step["line"] = one.line;
  step["t_ms"] = one.t_ms;
  step["dur_ms"] = one.duration_ms;
  step["events"] = {one.first_seq, one.last_seq};
  return step;
}

json transcript_part(const instance_result& of) {
  json part;
  part["first_seq"] = of.events.first_seq;
  part["last_seq"] = of.events.last_seq;
  part["truncated"] = of.events.truncated;
  if (of.outcome != verdict::pass) part["inline"] = of.events.events;
  return part;
}

/// What became of the instance.
void add_outcome(const instance_result& one, json& result) {
  result["verdict"] = to_word(one.outcome);
  result["variants"] = one.variants;
  result["violates"] = one.violates;
  result["skip"] = nullptr;
  if (one.skip) result["skip"] = json{{"reason", one.skip->reason}, {"from", one.skip->from}};
  result["error"] = nullptr;
  if (one.error) result["error"] = json{{"cause", one.error->cause}, {"text", one.error->text}};
  result["status"] = one.status.empty() ? json(nullptr) : json(one.status);
  result["known"] = or_null(one.known);
  result["superseded"] = one.superseded;
  result["observed"] = one.observed;
  result["close"] = one.close;
}

json result_part(const instance_result& one) {
  json result;
  result["id"] = one.id;
  result["scenario"] = one.scenario;
  result["instance"] = one.instance;
  result["params"] = one.param_values;
  result["segmentation"] = one.segmentation;
  result["network"] = one.network;
  result["target"] = one.target;
  result["attempt"] = one.attempt;
  add_outcome(one, result);
  result["started_ms"] = one.started_ms;
  result["duration_ms"] = one.duration_ms;
  result["seed"] = one.seed;
  result["checks"] = json::array();
  for (const auto& check : one.checks)
    result["checks"].push_back(check_part(check));
  result["steps"] = json::array();
  if (one.outcome != verdict::pass)  // about 1 KB a passing result, so that 10,000 stay small
    for (const auto& step : one.steps)
      result["steps"].push_back(step_part(step));
  result["transcript"] = transcript_part(one);
  result["pcap"] = nullptr;
  if (one.frames)
    result["pcap"] =
        json{{"path", one.pcap}, {"frames", json::array({one.frames->first, one.frames->second})}};
  result["reproduce"] = json{{"argv", one.reproduce}};
  result["fingerprint"] = one.fingerprint;
  return result;
}

json baseline_part(const run_model& model) {
  if (!model.baseline) return nullptr;
  json part;
  part["file"] = model.baseline->file;
  part["entries"] = json::array();
  for (const auto& one : model.baseline->entries)
    part["entries"].push_back(json{{"match", one.match},
                                   {"expect", one.expect},
                                   {"reason", one.reason},
                                   {"issue", one.issue},
                                   {"line", one.line}});
  part["findings"] = json::array();
  for (const auto& one : model.baseline_findings)
    part["findings"].push_back(
        json{{"kind", one.kind}, {"match", one.match}, {"text", one.text}, {"line", one.line}});
  return part;
}

json counts_part(const verdict_counts& counts) {
  json part;
  for (const auto one :
       {verdict::pass, verdict::info, verdict::warn, verdict::fail, verdict::skip, verdict::error})
    part[std::string(to_word(one))] = counts[one];
  return part;
}

json level_part(const level_score& score) {
  return json{{"held", score.held}, {"tested", score.tested}};
}

json summary_part(const run_model& model) {
  json summary;
  summary["verdicts"] = counts_part(count_verdicts(model));
  const auto closing = count_closing(model, model.strict);
  summary["closing"] = json{{"passed", closing.passed},
                            {"failed", closing.failed},
                            {"skipped", closing.skipped},
                            {"known", closing.known},
                            {"errors", closing.errors}};
  summary["targets"] = json::array();
  for (const auto& score : score_targets(model)) {
    json target;
    target["target"] = score.target;
    target["verdicts"] = counts_part(score.verdicts);
    target["levels"] = json{{"MUST", level_part(score.must)},
                            {"SHOULD", level_part(score.should)},
                            {"MAY", level_part(score.may)}};
    target["violated"] = json::array();
    for (const auto& one : score.violated)
      target["violated"].push_back(json{
          {"requirement", one.what.id}, {"level", one.what.level}, {"instances", one.instances}});
    summary["targets"].push_back(std::move(target));
  }
  return summary;
}

}  // namespace

nlohmann::ordered_json to_run_json(const run_model& model) {
  json document;
  document["schema"] = run_schema;
  document["minor"] = 1;
  document["run"] = run_part(model);
  document["environment"] = model.environment;
  for (const auto* const name : {"targets", "scenarios", "requirements", "results"})
    document[name] = json::array();
  for (const auto& one : model.targets)
    document["targets"].push_back(target_part(one));
  for (const auto& one : model.scenarios) {
    document["scenarios"].push_back(scenario_part(one));
    for (const auto& requirement : one.requirements)
      document["requirements"].push_back(requirement_part(requirement));
  }
  for (const auto& one : model.passive_requirements)
    document["requirements"].push_back(requirement_part(one));
  for (const auto& one : model.results)
    document["results"].push_back(result_part(one));
  document["baseline"] = baseline_part(model);
  document["metrics"] = json::array();
  document["summary"] = summary_part(model);
  return document;
}

std::string run_json_text(const run_model& model) {
  return to_run_json(model).dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace halley::reports
