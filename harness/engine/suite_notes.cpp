#include "engine/suite_notes.hpp"

#include "base/printable.hpp"
#include "capture/synthetic.hpp"
#include "checks/all_checks.hpp"
#include "checks/finding.hpp"
#include "engine/child_process.hpp"
#include "engine/environment.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <ratio>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

using nlohmann::json;

scenario::level level_of(checks::weight weight) {
  switch (weight) {
    case checks::weight::must:
      return scenario::level::must;
    case checks::weight::should:
      return scenario::level::should;
    case checks::weight::may:
      return scenario::level::may;
  }
  return scenario::level::may;
}

std::string kind_name(scenario::kind one) {
  switch (one) {
    case scenario::kind::conformance:
      return "conformance";
    case scenario::kind::survey:
      return "survey";
    case scenario::kind::robustness:
      return "robustness";
  }
  return {};
}

violation to_violation(const checks::finding& found) {
  violation one;
  one.requirement = found.broken.id;
  one.ledger = found.broken.id;
  one.ref = found.broken.ref;
  one.level = level_of(found.broken.level);
  one.says = found.broken.says;
  one.expected = found.expected;
  one.got = found.got;
  one.passive = true;
  one.conn = found.conn;
  one.dir = found.dir;
  one.off = found.off;
  one.len = found.len;
  one.seq = found.seq;
  return one;
}

double milliseconds(std::chrono::nanoseconds length) {
  return std::chrono::duration<double, std::milli>(length).count();
}

const char* state_name(scenario::capability_state one) {
  switch (one) {
    case scenario::capability_state::yes:
      return "yes";
    case scenario::capability_state::no:
      return "no";
    case scenario::capability_state::probe:
      return "probe";
  }
  return "probe";
}

std::vector<trace::event> events_of(const player& played, const std::string& conn) {
  std::vector<trace::event> result;
  std::ranges::copy_if(played.events(), std::back_inserter(result),
                       [&](const trace::event& one) { return one.conn == conn; });
  return result;
}

/// Whether what an origin behind the target sees is of our own making: through a tunnel it is what
/// Halley's client wrote, and whoever forwards a request with a fault may leave the fault in it.
bool is_of_our_making(const player& played, const std::string& conn) {
  auto events = events_of(played, conn);
  for (auto& one : events) {
    const auto* asked = std::get_if<wire::request_head>(&one.what);
    if (asked != nullptr && asked->method == "CONNECT") return true;
    one.dir = one.dir == trace::direction::in ? trace::direction::out : trace::direction::in;
  }
  return !checks::judge(events, {.target_is_client = true}).empty();
}

}  // namespace

std::string role_name(scenario::role one) {
  switch (one) {
    case scenario::role::server:
      return "server";
    case scenario::role::client:
      return "client";
    case scenario::role::proxy:
      return "proxy";
  }
  return {};
}

std::string segmentation_name(cutting::kind one) {
  switch (one) {
    case cutting::kind::whole:
      return "whole";
    case cutting::kind::octets:
      return "octets";
    case cutting::kind::structure:
      return "structure";
    case cutting::kind::fixed:
      return "fixed";
  }
  return {};
}

json scenario_fields(const scenario::scenario& what) {
  json requirements = json::array();
  for (const auto& one : what.requirements)
    requirements.push_back({{"name", one.name},
                            {"ledger", one.ledger},
                            {"ref", one.ref},
                            {"level", name(one.weight)},
                            {"says", one.says},
                            {"basis", one.basis}});
  return {{"id", what.id},
          {"rev", what.rev},
          {"title", what.title},
          {"file", what.file ? *what.file : ""},
          {"line", what.at.line},
          {"kind", kind_name(what.purpose)},
          {"sut", role_name(what.sut)},
          {"tags", what.tags},
          {"requirements", std::move(requirements)}};
}

json instance_fields(const scenario::instance& what,
                     const target& tested,
                     int attempt,
                     const std::string& segmentation,
                     std::uint64_t seed) {
  json params = json::object();
  for (const auto& [key, value] : what.parameters) {
    if (const auto* number = value.integer()) {
      params[key] = *number;
    } else if (const auto* flag = value.boolean()) {
      params[key] = *flag;
    } else {
      params[key] = scenario::to_text(value);
    }
  }
  return {{"scenario", what.of->id},         {"params", std::move(params)},
          {"target", tested.profile().name}, {"attempt", attempt},
          {"segmentation", segmentation},    {"seed", std::to_string(seed)}};
}

json check_fields(const violation& broken, const capture::frame_index& index) {
  const auto frame = broken.conn.empty() ? 0 : index.find(broken.conn, broken.dir, broken.off);
  json at = {{"conn", broken.conn},
             {"dir", broken.dir == trace::direction::out ? "out" : "in"},
             {"off", broken.off},
             {"len", broken.len}};
  if (broken.seq != 0) at["seq"] = broken.seq;
  if (frame != 0) at["frame"] = frame;
  json fields = {{"source", broken.passive ? "passive" : "step"},
                 {"requirement", broken.requirement},
                 {"ledger", broken.ledger},
                 {"ref", broken.ref},
                 {"level", name(broken.level)},
                 {"says", broken.says},
                 {"expected", broken.expected},
                 {"got", broken.got},
                 {"message", broken.message},
                 {"at", std::move(at)},
                 {"line", broken.line}};
  if (broken.step != 0) fields["step"] = broken.step;
  return fields;
}

json result_fields(const scenario::instance& what,
                   const target& tested,
                   int attempt,
                   const instance_result& result) {
  std::vector<std::string> violates;
  for (const auto& broken : result.violations)
    if (std::ranges::find(violates, broken.requirement) == violates.end())
      violates.push_back(broken.requirement);
  json fields = {{"scenario", what.of->id},     {"target", tested.profile().name},
                 {"attempt", attempt},          {"verdict", name(result.is)},
                 {"variants", result.variants}, {"violates", violates},
                 {"observed", result.observed}, {"duration_ms", milliseconds(result.duration)}};
  if (result.is == verdict::skip)
    fields["skip"] = {{"reason", result.skip_reason}, {"from", result.skip_from}};
  if (result.is == verdict::error)
    fields["error"] = {{"cause", result.error_cause}, {"text", result.error_text}};
  fields["close"] = {{"by", result.close_by}, {"how", result.close_how}};
  return fields;
}

json exit_fields(const target& tested, const process_end& how) {
  json fields = {{"target", tested.profile().name}, {"expected", false}};
  if (how.signal != 0) {
    fields["signal"] = how.signal;
  } else {
    fields["code"] = how.code;
  }
  return fields;
}

json ready_fields(const target& tested) {
  environment known(0);
  tested.describe_to(known, "KEY");
  known.set_text("origin.port", "PORT");
  json endpoints = json::object();
  for (const auto& [name, url] : tested.profile().endpoints)
    endpoints[name] = known.resolve_text(url);
  json capabilities = json::object();
  for (const auto& [name, one] : tested.profile().capabilities)
    capabilities[name] = {{"state", state_name(one.state)}, {"reason", one.reason}};
  const auto& roles = tested.profile().roles;
  return {{"target", tested.profile().name},
          {"version", printable(tested.version())},
          {"role", roles.empty() ? "server" : roles.front()},
          {"endpoints", std::move(endpoints)},
          {"capabilities", std::move(capabilities)}};
}

std::vector<violation> passive_violations(const player& played, scenario::role sut) {
  std::vector<violation> result;
  const auto& all = played.connections();
  const bool not_its_own =
      sut == scenario::role::proxy && std::ranges::any_of(all, [&](const auto& one) {
        return one.second && is_of_our_making(played, one.first);
      });
  for (const auto& [conn, halley_is_client] : all) {
    if (not_its_own && !halley_is_client) continue;
    const auto belongs = [&](const trace::event& one) { return one.conn == conn; };
    // Most instances have one connection: its octets need not be copied.
    const bool alone = std::ranges::all_of(played.events(), belongs);
    const auto events = alone ? std::vector<trace::event>() : events_of(played, conn);
    checks::context about;
    about.target_is_client = !halley_is_client;
    for (const auto& found : checks::judge(alone ? played.events() : events, about))
      result.push_back(to_violation(found));
  }
  return result;
}

violation crash_violation(const process_end& how) {
  violation one;
  one.requirement = "survives";
  one.ref = "halley policy";
  one.level = scenario::level::must;
  one.says = "Whatever a peer sends, the target goes on serving others.";
  one.expected = "a target that goes on running";
  one.got = how.signal != 0 ? "the target was ended by signal " + std::to_string(how.signal)
                            : "the target exited with code " + std::to_string(how.code);
  return one;
}

std::vector<capture::remark> remarks_of(const std::vector<violation>& broken) {
  std::vector<capture::remark> result;
  for (const auto& one : broken) {
    if (one.conn.empty()) continue;
    result.push_back({one.conn, one.dir, one.off,
                      name(one.level) + " " + one.requirement + " (" + one.ref + "): " + one.got});
  }
  return result;
}

}  // namespace halley::engine
