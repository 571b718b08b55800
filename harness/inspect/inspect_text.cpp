#include "inspect/inspect_text.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/inspection.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace halley::inspect {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t most_lines = 100;

std::string three_digits(double value, const char* unit) {
  std::array<char, 64> text{};
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, unit);
  return text.data();
}

std::string one_of(std::uint64_t count, const char* one, const char* many) {
  return grouped(count) + " " + (count == 1 ? one : many);
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(whole == 0 ? 0 : (part * 100 + whole / 2) / whole) + "%";
}

/// "163,599 frames, 41% deflate".
std::string contents(const flow_counts& counts) {
  std::vector<std::string> parts;
  if (counts.requests > 0) parts.push_back(one_of(counts.requests, "request", "requests"));
  if (counts.frames > 0) parts.push_back(one_of(counts.frames, "frame", "frames"));
  if (counts.deflated > 0) parts.push_back(percent(counts.deflated, counts.messages) + " deflate");
  if (counts.sse_events > 0) parts.push_back(one_of(counts.sse_events, "event", "events"));
  std::string text;
  for (const std::string& one : parts)
    text += (text.empty() ? "" : ", ") + one;
  return text;
}

std::string protocols_line(const inspection& of) {
  std::string line = "protocols ";
  for (const auto& [name, totals] : of.protocols) {
    line += "  " + printable(name, 60) + " " + grouped(totals.flows);
    const std::string inside = contents(totals.counts);
    if (!inside.empty()) line += " (" + inside + ")";
  }
  return of.protocols.empty() ? line + "  none" : line;
}

std::string integrity_line(const inspection& of) {
  const auto& tcp = of.seen.tcp;
  std::string line = "integrity   ";
  if (of.drops_known) line += grouped(of.drops) + " drops · ";
  line += grouped(tcp.retransmitted) + " retransmitted · " + grouped(tcp.out_of_order) +
          " out of order · " + one_of(tcp.gaps, "gap", "gaps");
  if (tcp.gaps > 0) {
    line += " (" + one_of(tcp.gap_octets, "octet", "octets") + ", flows";
    for (std::size_t i = 0; i < of.gap_flows.size(); ++i)
      line += (i == 0 ? " " : ", ") + grouped(of.gap_flows[i]);
    line += ")";
  }
  if (tcp.differing_overlaps > 0)
    line += " · " + one_of(tcp.differing_overlaps, "octet", "octets") + " came twice and differ";
  if (of.seen.fragments > 0) line += " · " + one_of(of.seen.fragments, "fragment", "fragments");
  if (of.seen.not_tcp > 0) line += " · " + grouped(of.seen.not_tcp) + " not TCP";
  if (of.seen.cut + of.seen.broken > 0)
    line += " · " + grouped(of.seen.cut + of.seen.broken) + " unreadable";
  if (of.truncated) line += " · the file's last packet is cut short";
  return line;
}

void add_latency(std::string& line, const char* name, const time_histogram& of) {
  if (of.count() == 0) return;
  line += (line.empty() ? "" : "   ") + std::string(name) + " p50 " +
          time_text(of.percentile(0.5)) + " p99 " + time_text(of.percentile(0.99)) + " max " +
          time_text(of.max());
}

const char* mark(severity weight) {
  switch (weight) {
    case severity::violation:
      return "✗";
    case severity::should:
      return "!";
    case severity::info:
      break;
  }
  return "·";
}

std::string findings_line(const inspection& of) {
  const auto violations = of.count(severity::violation);
  const auto should = of.count(severity::should);
  const auto info = of.count(severity::info);
  if (violations + should + info == 0) return "findings    none";
  std::string line = "findings    " + one_of(violations, "violation", "violations") + ", " +
                     grouped(should) + " should";
  if (info > 0) line += ", " + grouped(info) + " info";
  return line;
}

std::string group_lines(const finding_group& one) {
  const flow_finding& first = one.first;
  std::string text = "  " + finding_line(first) + "   flow " + grouped(one.flow);
  if (first.frame != 0) text += "  frame " + grouped(first.frame);
  text += "  " + name(first.by) + "+" + grouped(first.off);
  if (one.times > 1) text += "  ×" + grouped(one.times);
  text += "\n      " + printable(first.broken.says, 400) + "  [" + first.broken.id + "]";
  text += "\n      expected " + printable(first.expected, 400);
  if (!first.data.empty()) text += "\n      octets   " + to_spaced_hex(first.data, 32);
  return text + "\n";
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string time_text(nanoseconds length) {
  const double ms = static_cast<double>(length.count()) / 1e6;
  if (ms < 999.5) return three_digits(ms, "ms");
  return three_digits(ms / 1000, "s");
}

std::string amount_text(std::uint64_t count) {
  constexpr std::array<const char*, 5> units = {"kB", "MB", "GB", "TB", "PB"};
  if (count < 1000) return std::to_string(count) + " B";
  double value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit)
    value /= 1000;
  return three_digits(value, units.at(unit));
}

std::string finding_line(const flow_finding& one) {
  return std::string(mark(one.weight)) + " " + one.broken.ref + "  " + name(one.by) + ": " +
         one.got;  // checks let no control character pass
}

std::string flow_line(const flow_verdict& one) {
  std::string line = "connection " + grouped(one.opening.number) + "  " +
                     to_string(one.opening.client) + " → " + to_string(one.opening.server) + "  " +
                     (one.protocol.empty() ? "silent" : printable(one.protocol, 60));
  if (!one.about.empty()) line += " " + printable(one.about, 100);
  line += "  " + time_text(one.last - one.opening.at.t) + "  ↑ " + amount_text(one.octets[0]) +
          "  ↓ " + amount_text(one.octets[1]);
  if (one.close) {
    line += "  close ";
    line += one.close->code ? std::to_string(*one.close->code) : "without code";
    line += " by " + name(one.close->by);
  } else if (one.ends[0].rst || one.ends[1].rst) {
    line += "  reset by " + name(one.ends[0].rst ? capture::side::client : capture::side::server);
  }
  return line;
}

std::string summary_text(const inspection& of) {
  std::string text = printable(of.file, 300) + "  " + amount_text(of.size) + "  " +
                     one_of(of.seen.packets, "packet", "packets") + "  " +
                     one_of(of.seen.flows, "connection", "connections") + "  " +
                     time_text(of.last - of.first) + " of traffic   read in " +
                     time_text(of.read_in) + "\n";
  text += protocols_line(of) + "\n" + integrity_line(of) + "\n";
  std::string latency;
  add_latency(latency, "http", of.took.response);
  add_latency(latency, "ws echo", of.took.echo);
  add_latency(latency, "sse gap", of.took.sse_gap);
  if (!latency.empty()) text += "latency     " + latency + "\n";
  text += findings_line(of) + "\n";
  for (std::size_t i = 0; i < std::min(of.findings.size(), most_lines); ++i)
    text += group_lines(of.findings[i]);
  if (of.findings.size() > most_lines)
    text += "  and " + grouped(of.findings.size() - most_lines) + " more\n";
  if (!of.not_judged.empty()) text += "not judged\n";
  for (std::size_t i = 0; i < std::min(of.not_judged.size(), most_lines); ++i) {
    const omission_group& one = of.not_judged[i];
    text += "  " + one_of(one.times, "connection", "connections") + ": " +
            printable(one.reason, 200) + " (flow " + grouped(one.flow) + ")\n";
  }
  return text;
}

}  // namespace halley::inspect
