#include "inspect/inspect_json.hpp"

#include "base/hex.hpp"
#include "base/version.hpp"
#include "capture/flow_sink.hpp"
#include "checks/finding.hpp"
#include "inspect/inspection.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace halley::inspect {
namespace {

using json = nlohmann::ordered_json;
using std::chrono::nanoseconds;

double milliseconds(nanoseconds length) {
  return std::round(static_cast<double>(length.count()) / 1e3) / 1e3;
}

/// Nanoseconds do not fit into a double behind the seconds of the epoch.
std::string epoch_seconds(nanoseconds time) {
  constexpr std::int64_t in_one = 1'000'000'000;
  const std::string rest = std::to_string(in_one + time.count() % in_one).substr(1);
  return std::to_string(time.count() / in_one) + "." + rest;
}

const char* level_name(checks::weight level) {
  switch (level) {
    case checks::weight::must:
      return "MUST";
    case checks::weight::should:
      return "SHOULD";
    case checks::weight::may:
      break;
  }
  return "MAY";
}

json counts_json(const flow_counts& of) {
  return {{"requests", of.requests},    {"responses", of.responses},  {"ws_frames", of.frames},
          {"ws_messages", of.messages}, {"ws_deflated", of.deflated}, {"sse_events", of.sse_events},
          {"tunnels", of.tunnels}};
}

json finding_json(const flow_finding& one, nanoseconds since) {
  json at = {{"side", name(one.by)}, {"off", one.off}, {"len", one.len}};
  if (one.frame != 0) at["frame"] = one.frame;
  at["t_ms"] = milliseconds(one.t - since);
  if (one.depth > 0) at["tunnels"] = one.depth;
  json result = {{"severity", name(one.weight)},
                 {"ledger", one.broken.id},
                 {"ref", one.broken.ref},
                 {"level", level_name(one.broken.level)},
                 {"says", one.broken.says},
                 {"expected", one.expected},
                 {"got", one.got},
                 {"at", std::move(at)}};
  if (!one.data.empty()) result["hex"] = to_hex(one.data);
  return result;
}

json omission_json(const omission& one) {
  json result = {
      {"side", one.of ? name(*one.of) : "both"}, {"off", one.behind}, {"reason", one.reason}};
  if (one.frame != 0) result["frame"] = one.frame;
  return result;
}

json sides(std::uint64_t client, std::uint64_t server) {
  return {{"client", client}, {"server", server}};
}

const char* end_name(const flow_end& one) {
  return one.rst ? "rst" : one.fin ? "fin" : "open";
}

json capture_json(const inspection& of) {
  json interfaces = json::array();
  for (const auto& one : of.interfaces)
    interfaces.push_back(one);
  return {{"file", of.file},
          {"size", of.size},
          {"application", of.application},
          {"truncated", of.truncated},
          {"packets", of.seen.packets},
          {"connections", of.seen.flows},
          {"started", epoch_seconds(of.first)},
          {"duration_ms", milliseconds(of.last - of.first)},
          {"interfaces", std::move(interfaces)}};
}

json integrity_json(const inspection& of) {
  const auto& tcp = of.seen.tcp;
  json result = {{"segments", tcp.segments},
                 {"octets", tcp.octets},
                 {"retransmitted", tcp.retransmitted},
                 {"out_of_order", tcp.out_of_order},
                 {"differing_overlaps", tcp.differing_overlaps},
                 {"gaps", tcp.gaps},
                 {"gap_octets", tcp.gap_octets},
                 {"not_tcp", of.seen.not_tcp},
                 {"fragments", of.seen.fragments},
                 {"unreadable", of.seen.cut + of.seen.broken}};
  if (of.drops_known) result["drops"] = of.drops;
  return result;
}

void add_metric(json& list, const char* name, const time_histogram& of) {
  if (of.count() == 0) return;
  list.push_back({{"name", name},
                  {"count", of.count()},
                  {"min", milliseconds(of.min())},
                  {"p50", milliseconds(of.percentile(0.5))},
                  {"p90", milliseconds(of.percentile(0.9))},
                  {"p99", milliseconds(of.percentile(0.99))},
                  {"max", milliseconds(of.max())},
                  {"unit", "ms"}});
}

json groups_json(const inspection& of) {
  json list = json::array();
  for (const finding_group& one : of.findings) {
    json group = finding_json(one.first, of.first);
    group["at"]["flow"] = one.flow;
    group["connections"] = one.times;
    group["flows"] = one.flows;
    list.push_back(std::move(group));
  }
  return list;
}

/// All but the connections.
json sums_json(const inspection& of) {
  json protocols = json::array();
  for (const auto& [name, totals] : of.protocols)
    protocols.push_back(
        {{"name", name}, {"connections", totals.flows}, {"counts", counts_json(totals.counts)}});
  json not_judged = json::array();
  for (const omission_group& one : of.not_judged)
    not_judged.push_back({{"reason", one.reason}, {"connections", one.times}, {"flow", one.flow}});
  return {{"schema", inspect_schema},
          {"minor", 0},
          {"tool", {{"name", "halley"}, {"version", program_version}}},
          {"capture", capture_json(of)},
          {"integrity", integrity_json(of)},
          {"protocols", std::move(protocols)},
          {"metrics", metrics_json(of.took)},
          {"summary",
           {{"violation", of.count(severity::violation)},
            {"should", of.count(severity::should)},
            {"info", of.count(severity::info)}}},
          {"findings", groups_json(of)},
          {"not_judged", std::move(not_judged)},
          {"flows_left_out", of.flows_left_out}};
}

}  // namespace

json flow_json(const flow_verdict& one, nanoseconds since) {
  json findings = json::array();
  for (const flow_finding& found : one.findings)
    findings.push_back(finding_json(found, since));
  json not_judged = json::array();
  for (const omission& left : one.not_judged)
    not_judged.push_back(omission_json(left));
  json gaps = json::array();
  for (const flow_gap& gap : one.gaps)
    gaps.push_back({{"side", name(gap.from)},
                    {"off", gap.off},
                    {"len", gap.len},
                    {"frame", gap.frame},
                    {"inside_payload", gap.inside_payload}});
  json result = {{"number", one.opening.number},
                 {"interface", one.opening.interface},
                 {"client", to_string(one.opening.client)},
                 {"server", to_string(one.opening.server)},
                 {"whole", one.opening.whole},
                 {"protocol", one.protocol.empty() ? "silent" : one.protocol},
                 {"about", one.about},
                 {"frame", one.opening.at.frame},
                 {"started_ms", milliseconds(one.opening.at.t - since)},
                 {"duration_ms", milliseconds(one.last - one.opening.at.t)},
                 {"octets", sides(one.octets[0], one.octets[1])},
                 {"missing", sides(one.missing[0], one.missing[1])},
                 {"ends", {{"client", end_name(one.ends[0])}, {"server", end_name(one.ends[1])}}},
                 {"counts", counts_json(one.counts)},
                 {"findings", std::move(findings)},
                 {"not_judged", std::move(not_judged)},
                 {"gaps", std::move(gaps)}};
  if (one.close) {
    json close = {{"by", name(one.close->by)}};
    if (one.close->code) close["code"] = *one.close->code;
    result["close"] = std::move(close);
  }
  return result;
}

std::string to_line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json metrics_json(const latencies& of) {
  json list = json::array();
  add_metric(list, "http.response", of.response);
  add_metric(list, "ws.echo", of.echo);
  add_metric(list, "sse.gap", of.sse_gap);
  return list;
}

json document_json(const inspection& of) {
  json document = sums_json(of);
  json flows = json::array();
  for (const flow_verdict& one : of.flows)
    flows.push_back(flow_json(one, of.first));
  document["flows"] = std::move(flows);
  return document;
}

std::string json_text(const inspection& of) {
  return document_json(of).dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string sums_line(const inspection& of) {
  return to_line(sums_json(of));
}

}  // namespace halley::inspect
