#include "draft/recorded.hpp"

#include "base/bytes.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::draft {
namespace {

using capture::side;

constexpr std::size_t most_octets = std::size_t{1} << 20U;
constexpr std::size_t most_deeds = 20'000;

std::string name_of(const capture::flow_opening& flow) {
  return "connection " + std::to_string(flow.number);
}

/// Judges one connection, and notes what happens on it.
class noting_sink final : public capture::flow_sink {
public:
  noting_sink(recorded& into, std::size_t index, inspect::judge_settings& settings)
      : into_(into),
        index_(index),
        judge_(into.connections[index].opening, settings, [this](const inspect::seen_event& one) {
          // What is inside a tunnel is the tunnel's octets.
          if (one.depth == 0) note({.is = deed::kind::event, .from = one.from, .what = one.what});
        }) {}

  void data(side from, octet_view data, capture::moment at) override {
    t_ = at.t;
    octets& kept = into_.connections[index_].data.at(inspect::index_of(from));
    if (kept.size() + data.size() > most_octets)
      refuse("carries more than 1 MiB in one direction: too much for a scenario file");
    else
      kept += data;
    judge_.data(from, data, at);
    note({.is = deed::kind::octets, .from = from, .known = kept.size(), .what = {}});
  }
  void gap(side from, std::uint64_t length, capture::moment at) override {
    refuse("is not whole: " + std::to_string(length) + " octets of the " + inspect::name(from) +
           " are missing in the capture");
    judge_.gap(from, length, at);
  }
  void acknowledged(side of, std::uint64_t count) override { judge_.acknowledged(of, count); }
  void fin(side from, capture::moment at) override {
    t_ = at.t;
    judge_.fin(from, at);
    note({.is = deed::kind::fin, .from = from, .what = {}});
  }
  void rst(side from, capture::moment at) override {
    t_ = at.t;
    judge_.rst(from, at);
    note({.is = deed::kind::rst, .from = from, .what = {}});
  }

  void finish() { into_.connections[index_].verdict = judge_.finish(); }

private:
  void note(deed one) {
    one.connection = index_;
    one.t = t_;
    if (into_.deeds.size() >= most_deeds)
      refuse("is too long for a scenario: more than 20,000 things happen");
    else
      into_.deeds.push_back(std::move(one));
  }
  void refuse(const std::string& why) {
    if (into_.refusal.empty())
      into_.refusal = name_of(into_.connections[index_].opening) + " " + why;
  }

  recorded& into_;
  std::size_t index_;
  std::chrono::nanoseconds t_{0};
  inspect::flow_judge judge_;
};

class noting_sinks final : public capture::flow_sinks {
public:
  noting_sinks(recorded& into, const std::vector<std::uint64_t>& numbers)
      : into_(into), numbers_(numbers) {
    into_.connections.reserve(numbers.size());
  }

  std::unique_ptr<capture::flow_sink> open(const capture::flow_opening& flow) override {
    if (std::ranges::find(numbers_, flow.number) == numbers_.end()) return nullptr;
    const std::size_t index = into_.connections.size();
    into_.connections.push_back({.opening = flow, .verdict = {}, .data = {}});
    into_.deeds.push_back({.connection = index, .t = flow.at.t, .what = {}});
    return std::make_unique<noting_sink>(into_, index, settings_);
  }
  void close(const capture::flow_opening& /*flow*/,
             std::unique_ptr<capture::flow_sink> sink,
             const capture::segment_counts& /*counts*/) override {
    if (auto* const noted = dynamic_cast<noting_sink*>(sink.get())) noted->finish();
  }

private:
  recorded& into_;
  const std::vector<std::uint64_t>& numbers_;
  inspect::judge_settings settings_;
};

}  // namespace

recorded record_connections(capture::capture_file& file,
                            const std::vector<std::uint64_t>& numbers) {
  recorded result;
  noting_sinks sinks(result, numbers);
  capture::assembler assembler(sinks);
  capture::packet_view packet;
  while (file.next(packet))
    assembler.take(packet);
  assembler.finish();
  return result;
}

}  // namespace halley::draft
