#include "inspect/inspection.hpp"

#include "base/bytes.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/clean_scan.hpp"
#include "inspect/flow_figures.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

constexpr std::size_t most_protocols = 64;
constexpr std::size_t most_named_flows = 100;
constexpr std::size_t most_gap_flows = 10;

void add(flow_counts& sum, const flow_counts& more) {
  sum.requests += more.requests;
  sum.responses += more.responses;
  sum.frames += more.frames;
  sum.messages += more.messages;
  sum.deflated += more.deflated;
  sum.sse_events += more.sse_events;
  sum.tunnels += more.tunnels;
}

/// Gathers the verdicts.
class collector {
public:
  collector(const inspect_choice& choice, inspection& into) : choice_(choice), into_(into) {}

  void take(flow_verdict verdict) {
    if (!verdict.gaps.empty() && into_.gap_flows.size() < most_gap_flows)
      into_.gap_flows.push_back(verdict.opening.number);
    take_protocol(verdict);
    for (const flow_finding& one : verdict.findings)
      take_finding(one, verdict.opening.number);
    for (const omission& one : verdict.not_judged)
      take_omission(one, verdict.opening.number);
    if (choice_.judged) choice_.judged(verdict);
    keep(std::move(verdict));
  }

  void finish() {
    into_.flows = std::move(telling_);
    std::ranges::move(quiet_, std::back_inserter(into_.flows));
    std::ranges::sort(into_.flows, {}, [](const flow_verdict& one) { return one.opening.number; });
    for (auto& [key, group] : groups_)
      into_.findings.push_back(std::move(group));
    std::ranges::sort(into_.findings, [](const finding_group& a, const finding_group& b) {
      return std::tie(b.first.weight, a.flow, a.first.order, a.first.broken.id) <
             std::tie(a.first.weight, b.flow, b.first.order, b.first.broken.id);
    });
    for (auto& [reason, group] : omissions_)
      into_.not_judged.push_back(std::move(group));
    std::ranges::sort(into_.not_judged, [](const omission_group& a, const omission_group& b) {
      return std::tie(b.times, a.reason) < std::tie(a.times, b.reason);
    });
    std::ranges::sort(into_.gap_flows);
  }

private:
  // The words come from peers, who may think of many.
  void take_protocol(const flow_verdict& verdict) {
    const std::string name = verdict.protocol.empty() ? "silent" : verdict.protocol;
    const bool known = into_.protocols.contains(name);
    auto& totals =
        into_.protocols[known || into_.protocols.size() < most_protocols ? name : "others"];
    ++totals.flows;
    add(totals.counts, verdict.counts);
  }

  void take_finding(const flow_finding& one, std::uint64_t flow) {
    auto& group = groups_[{one.broken.id, one.by, one.weight}];
    if (group.times == 0 || flow < group.flow) {
      group.first = one;
      group.flow = flow;
    }
    ++group.times;
    if (group.flows.size() < most_named_flows) group.flows.push_back(flow);
  }

  void take_omission(const omission& one, std::uint64_t flow) {
    auto& group = omissions_[one.reason];
    group.reason = one.reason;
    group.flow = group.times == 0 ? flow : std::min(group.flow, flow);
    ++group.times;
  }

  void keep(flow_verdict verdict) {
    const bool tells = !verdict.findings.empty();
    auto& list = tells ? telling_ : quiet_;
    if (telling_.size() + quiet_.size() < choice_.most_flows) {
      list.push_back(std::move(verdict));
      return;
    }
    ++into_.flows_left_out;
    if (!tells || quiet_.empty()) return;
    quiet_.pop_back();
    telling_.push_back(std::move(verdict));
  }

  const inspect_choice& choice_;
  inspection& into_;
  std::vector<flow_verdict> telling_;  // with findings
  std::vector<flow_verdict> quiet_;
  std::map<std::tuple<std::string, capture::side, severity>, finding_group> groups_;
  std::map<std::string, omission_group> omissions_;
};

/// Scans one connection, and remembers how it ended.
class scanned_flow final : public capture::flow_sink {
public:
  explicit scanned_flow(const capture::flow_opening& opening) : scan_(opening) {}

  void data(capture::side from, octet_view data, capture::moment at) override {
    scan_.data(from, data, at);
  }
  void gap(capture::side from, std::uint64_t length, capture::moment at) override {
    scan_.gap(from, length, at);
  }
  void fin(capture::side from, capture::moment at) override {
    ends_.at(index_of(from)).fin = true;
    scan_.fin(from, at);
  }
  void rst(capture::side from, capture::moment at) override {
    ends_.at(index_of(from)).rst = true;
    scan_.rst(from, at);
  }

  bool clear() const { return scan_.clear(); }
  const flow_figures& figures() const { return scan_.figures(); }

  flow_verdict verdict(const capture::flow_opening& opening) const {
    const flow_figures& seen = scan_.figures();
    flow_verdict result;
    result.opening = opening;
    result.protocol = seen.protocol == "websocket" ? "ws" : std::string(seen.protocol);
    result.last = std::max(seen.last, opening.at.t);
    result.octets = {seen.client.octets, seen.server.octets};
    result.ends = ends_;
    result.counts.requests = seen.client.heads;
    result.counts.responses = seen.server.heads;
    result.counts.frames = seen.client.frames + seen.server.frames;
    result.counts.messages = seen.client.messages + seen.server.messages;
    result.counts.sse_events = seen.server.sse_events;
    return result;
  }

private:
  clean_scan scan_;
  std::array<flow_end, 2> ends_{};
};

void add(time_histogram& sum, const span_counts& more) {
  more.each([&](std::chrono::nanoseconds span, std::uint64_t count) {
    sum.add(std::clamp(span, more.min(), more.max()), count);
  });
}

/// The first pass: connections that are clearly well-formed need no judge.
class scans final : public capture::flow_sinks {
public:
  scans(collector& to, latencies& took) : to_(to), took_(took) {}

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& flow) override {
    doubtful_.resize(std::max<std::size_t>(doubtful_.size(), flow.number + 1));
    return std::make_unique<scanned_flow>(flow);
  }

  void close(const capture::flow_opening& flow,
             std::unique_ptr<capture::flow_sink> sink,
             const capture::segment_counts& /*counts*/) override {
    const auto& scanned = dynamic_cast<const scanned_flow&>(*sink);
    if (!scanned.clear()) {
      doubtful_[flow.number] = true;
      return;
    }
    add(took_.response, scanned.figures().response);
    add(took_.echo, scanned.figures().echo);
    add(took_.sse_gap, scanned.figures().sse_gap);
    to_.take(scanned.verdict(flow));
  }

  /// Which connections are left to judge, by number.
  const std::vector<bool>& doubtful() const { return doubtful_; }

private:
  collector& to_;
  latencies& took_;
  std::vector<bool> doubtful_;
};

/// Judges one connection, and tells each finding once, as soon as somebody asks.
class telling_judge final : public capture::flow_sink {
public:
  telling_judge(const capture::flow_opening& opening,
                judge_settings& settings,
                const inspect_choice& choice)
      : opening_(opening),
        choice_(choice),
        judge_(opening, settings, choice.tell ? choice.tell(opening) : flow_judge::listener()) {}

  void data(capture::side from, octet_view data, capture::moment at) override {
    changed_ = true;
    judge_.data(from, data, at);
  }
  void gap(capture::side from, std::uint64_t length, capture::moment at) override {
    judge_.gap(from, length, at);
  }
  void acknowledged(capture::side of, std::uint64_t count) override {
    judge_.acknowledged(of, count);
  }
  void fin(capture::side from, capture::moment at) override {
    changed_ = true;
    judge_.fin(from, at);
  }
  void rst(capture::side from, capture::moment at) override {
    changed_ = true;
    judge_.rst(from, at);
  }

  void look() {
    if (std::exchange(changed_, false)) tell(judge_.findings_so_far());
  }
  flow_verdict finish() {
    flow_verdict result = judge_.finish();
    if (choice_.found) tell(result.findings);
    return result;
  }

private:
  void tell(const std::vector<flow_finding>& found) {
    for (const flow_finding& one : found)
      if (told_.emplace(one.order, one.by, one.broken.id).second) choice_.found(opening_, one);
  }

  capture::flow_opening opening_;
  const inspect_choice& choice_;
  flow_judge judge_;
  bool changed_ = false;
  std::set<std::tuple<std::uint64_t, capture::side, std::string>> told_;
};

/// Gives each connection that is to be judged a judge.
class judges final : public capture::flow_sinks {
public:
  /// `doubtful`: null for all.
  judges(const inspect_choice& choice, const std::vector<bool>* doubtful, collector& to)
      : choice_(choice), doubtful_(doubtful), to_(to) {
    if (choice_.idle != nullptr && choice_.found) choice_.idle->ring = [this] { look(); };
  }
  ~judges() override {
    if (choice_.idle != nullptr) choice_.idle->ring = nullptr;
  }
  judges(const judges&) = delete;
  judges& operator=(const judges&) = delete;

  void measure(latencies& into) { settings_.measured = &into; }

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& flow) override {
    if (choice_.only_flow != 0 && flow.number != choice_.only_flow) return nullptr;
    if (doubtful_ != nullptr && !(*doubtful_)[flow.number]) return nullptr;
    auto made = std::make_unique<telling_judge>(flow, settings_, choice_);
    if (choice_.idle != nullptr) live_[flow.number] = made.get();
    return made;
  }

  void close(const capture::flow_opening& flow,
             std::unique_ptr<capture::flow_sink> sink,
             const capture::segment_counts& /*counts*/) override {
    live_.erase(flow.number);
    auto* const judge = dynamic_cast<telling_judge*>(sink.get());
    if (judge != nullptr) to_.take(judge->finish());
  }

private:
  void look() {
    for (const auto& [number, judge] : live_)
      judge->look();
  }

  const inspect_choice& choice_;
  const std::vector<bool>* doubtful_;
  collector& to_;
  judge_settings settings_;
  std::map<std::uint64_t, telling_judge*> live_;  ///< where somebody asks
};

/// Feeds all packets to `sinks`. Returns: what was counted on the way.
capture::assembly_counts read_all(capture::capture_file& file,
                                  capture::flow_sinks& sinks,
                                  inspection& into) {
  capture::assembler assembler(sinks);
  capture::packet_view packet;
  bool first = true;
  while (file.next(packet)) {
    if (std::exchange(first, false)) into.first = into.last = packet.t;
    into.first = std::min(into.first, packet.t);
    into.last = std::max(into.last, packet.t);
    assembler.take(packet);
  }
  assembler.finish();
  return assembler.counts();
}

void describe(const capture::capture_file& file, inspection& into) {
  into.size = file.size();
  into.application = file.application();
  into.truncated = file.truncated();
  for (const capture::capture_interface& one : file.interfaces()) {
    into.interfaces.push_back(one.name);
    into.drops += one.drops.value_or(0);
    into.drops_known = into.drops_known || one.drops.has_value();
  }
  if (file.problem()) into.problem = *file.problem();
}

}  // namespace

std::uint64_t inspection::count(severity weight) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      findings, [&](const finding_group& one) { return one.first.weight == weight; }));
}

inspection inspect_file(capture::capture_file& file, const inspect_choice& choice) {
  const auto begun = std::chrono::steady_clock::now();
  inspection result;
  collector all(choice, result);
  const bool judge_all = choice.judge_all || choice.only_flow != 0 || choice.tell || choice.found;
  scans scanned(all, result.took);
  if (!judge_all) {
    result.seen = read_all(file, scanned, result);
    file.rewind();
  }
  const auto& doubtful = scanned.doubtful();
  if (judge_all || std::ranges::find(doubtful, true) != doubtful.end()) {
    judges judged(choice, judge_all ? nullptr : &doubtful, all);
    judged.measure(result.took);
    result.seen = read_all(file, judged, result);
  }
  all.finish();
  describe(file, result);
  result.read_in = std::chrono::steady_clock::now() - begun;
  return result;
}

inspection inspect_path(const std::string& path, const inspect_choice& choice) {
  capture::capture_file file;
  if (!file.open(path)) {
    inspection result;
    result.file = path;
    describe(file, result);
    return result;
  }
  // What is told as the file is read must not end in the middle.
  capture::packet_view packet;
  while ((choice.tell || choice.judged) && file.next(packet)) {
  }
  inspection result;
  if (file.problem()) {
    describe(file, result);
  } else {
    file.rewind();
    result = inspect_file(file, choice);
  }
  result.file = path;
  return result;
}

}  // namespace halley::inspect
