#include "inspect/flow_judge.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/talk.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

constexpr std::size_t most_gaps = 100;
/// Octets that wait for those that they answer.
constexpr std::size_t most_held = std::size_t{1} << 20U;

struct held_octets {
  octets data;
  capture::moment at;
};

}  // namespace

struct flow_judge::state {
  state(const capture::flow_opening& opening, judge_settings& shared, listener tell)
      : around{.settings = shared, .tell = std::move(tell), .whole = opening.whole, .now = {}},
        top(around, 0, {}) {
    result.opening = opening;
    result.last = opening.at.t;
  }

  void now(const capture::moment& at) {
    around.now = at;
    result.last = std::max(result.last, at.t);
  }

  bool must_wait(capture::side from) const {
    const way& asked = ways.at(index_of(other(from)));
    const way& here = ways.at(index_of(from));
    return asked.held.empty() && here.held_size < most_held &&
           (asked.given < asked.awaited || !here.held.empty());
  }

  void take(capture::side from, octet_view data, const capture::moment& at) {
    now(at);
    stream_memory& memory = around.memory.at(index_of(from));
    const std::uint64_t off = memory.end();
    memory.append(data, at);
    top.data(from, off, data);
  }

  void release(capture::side from) {
    way& here = ways.at(index_of(from));
    here.held_size = 0;
    for (const held_octets& one : std::exchange(here.held, {}))
      take(from, one.data, one.at);
  }

  /// What was said about octets of `from` need not wait any longer where they have come.
  void came(capture::side from) {
    const way& here = ways.at(index_of(from));
    if (here.given >= here.awaited) release(other(from));
  }

  struct way {
    std::uint64_t given = 0;
    std::uint64_t awaited = 0;  ///< so many were acknowledged
    std::vector<held_octets> held;
    std::size_t held_size = 0;
  };

  flow_surroundings around;
  talk top;
  flow_verdict result;
  std::array<way, 2> ways;
};

flow_judge::flow_judge(const capture::flow_opening& opening, judge_settings& shared, listener tell)
    : state_(std::make_unique<state>(opening, shared, std::move(tell))) {
}

flow_judge::~flow_judge() = default;

void flow_judge::data(capture::side from, octet_view data, capture::moment at) {
  state::way& here = state_->ways.at(index_of(from));
  const bool waits = state_->must_wait(from);
  here.given += data.size();
  if (waits) {
    here.held.push_back({.data = octets(data), .at = at});
    here.held_size += data.size();
    return;
  }
  state_->release(from);
  state_->take(from, data, at);
  state_->came(from);
}

void flow_judge::gap(capture::side from, std::uint64_t length, capture::moment at) {
  state_->release(from);
  state_->now(at);
  state_->ways.at(index_of(from)).given += length;
  stream_memory& memory = state_->around.memory.at(index_of(from));
  const std::uint64_t off = memory.end();
  memory.skip(length, at);
  const bool read_on = state_->top.gap(from, off, length);
  state_->result.missing.at(index_of(from)) += length;
  if (state_->result.gaps.size() < most_gaps)
    state_->result.gaps.push_back(
        {.from = from, .off = off, .len = length, .frame = at.frame, .inside_payload = read_on});
  state_->came(from);
}

void flow_judge::acknowledged(capture::side of, std::uint64_t count) {
  state::way& here = state_->ways.at(index_of(of));
  here.awaited = std::max(here.awaited, here.given + count);
}

void flow_judge::fin(capture::side from, capture::moment at) {
  state_->release(from);
  state_->now(at);
  state_->result.ends.at(index_of(from)).fin = true;
  state_->top.end(from);
}

void flow_judge::rst(capture::side from, capture::moment at) {
  state_->release(from);
  state_->now(at);
  state_->result.ends.at(index_of(from)).rst = true;
  state_->top.end(from);
}

flow_verdict flow_judge::finish() {
  flow_verdict& result = state_->result;
  state_->release(capture::side::client);
  state_->release(capture::side::server);
  state_->top.finish(result);
  for (std::size_t i = 0; i < 2; ++i)
    result.octets.at(i) = state_->around.memory.at(i).end();
  std::ranges::sort(result.findings, {}, &flow_finding::order);
  return std::move(result);
}

}  // namespace halley::inspect
