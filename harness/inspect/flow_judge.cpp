#include "inspect/flow_judge.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/talk.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

constexpr std::size_t most_gaps = 100;
/// Octets that wait for those that they answer.
constexpr std::size_t most_held = std::size_t{1} << 20U;
constexpr std::size_t most_held_deeds = 10'000;

enum class happening : std::uint8_t { data, gap, fin, rst };

/// What one side did, and when.
struct deed {
  happening what = happening::data;
  octet_view data;
  std::uint64_t length = 0;  ///< of a gap
  capture::moment at;
};

/// One that waits, with its octets.
struct held_deed {
  deed what;
  octets data;
  std::uint64_t needs = 0;  ///< octets of the other side
};

}  // namespace

struct flow_judge::state {
  state(const capture::flow_opening& opening, judge_settings& shared, listener tell)
      : around{.settings = shared, .tell = std::move(tell), .whole = opening.whole, .now = {}},
        top(around, 0, {}) {
    result.opening = opening;
    result.last = opening.at.t;
  }

  bool must_wait(capture::side from) const {
    const way& asked = ways.at(index_of(other(from)));
    const way& here = ways.at(index_of(from));
    return asked.held.empty() && (asked.given < asked.awaited || !here.held.empty());
  }

  void take(capture::side from, const deed& one) {
    way& here = ways.at(index_of(from));
    here.given += one.data.size() + one.length;
    if (!must_wait(from)) {
      give(from, one);
    } else {
      here.held.push_back(
          {.what = one, .data = octets(one.data), .needs = ways.at(index_of(other(from))).awaited});
      here.held_size += one.data.size();
      if (here.held_size > most_held || here.held.size() > most_held_deeds) give_up(other(from));
    }
    release(other(from));
  }

  /// What others saw of `from` does not come any more: what they say about it cannot be judged.
  void give_up(capture::side from) {
    way& here = ways.at(index_of(from));
    if (here.given < here.awaited) top.stop(from, around.memory.at(index_of(from)).end());
    here.awaited = here.given;
    for (held_deed& one : ways.at(index_of(other(from))).held)
      one.needs = 0;
    release(other(from));
  }

  /// Gives what waits for no more than has come.
  void release(capture::side from) {
    way& here = ways.at(index_of(from));
    while (!here.held.empty() && here.held.front().needs <= ways.at(index_of(other(from))).given) {
      held_deed one = std::move(here.held.front());
      here.held.pop_front();
      here.held_size -= one.data.size();
      one.what.data = one.data;
      give(from, one.what);
    }
  }

  void give(capture::side from, const deed& one) {
    around.now = one.at;
    result.last = std::max(result.last, one.at.t);
    stream_memory& memory = around.memory.at(index_of(from));
    const std::uint64_t off = memory.end();
    flow_end& end = result.ends.at(index_of(from));
    switch (one.what) {
      case happening::data:
        memory.append(one.data, one.at);
        top.data(from, off, one.data);
        break;
      case happening::gap:
        memory.skip(one.length, one.at);
        keep_gap({.from = from,
                  .off = off,
                  .len = one.length,
                  .frame = one.at.frame,
                  .inside_payload = top.gap(from, off, one.length)});
        break;
      case happening::fin:
        end.fin = true;
        top.end(from);
        break;
      case happening::rst:
        end.rst = true;
        top.end(from);
        break;
    }
  }

  void keep_gap(const flow_gap& one) {
    result.missing.at(index_of(one.from)) += one.len;
    if (result.gaps.size() < most_gaps) result.gaps.push_back(one);
  }

  struct way {
    std::uint64_t given = 0;
    std::uint64_t awaited = 0;  ///< so many were acknowledged
    std::deque<held_deed> held;
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
  state_->take(from, {.what = happening::data, .data = data, .at = at});
}

void flow_judge::gap(capture::side from, std::uint64_t length, capture::moment at) {
  state_->take(from, {.what = happening::gap, .data = {}, .length = length, .at = at});
}

void flow_judge::acknowledged(capture::side of, std::uint64_t count) {
  state::way& here = state_->ways.at(index_of(of));
  here.awaited = std::max(here.awaited, here.given + count);
}

void flow_judge::fin(capture::side from, capture::moment at) {
  state_->take(from, {.what = happening::fin, .data = {}, .at = at});
}

void flow_judge::rst(capture::side from, capture::moment at) {
  state_->take(from, {.what = happening::rst, .data = {}, .at = at});
}

std::vector<flow_finding> flow_judge::findings_so_far() const {
  flow_verdict result;
  state_->top.judge(result);
  std::ranges::sort(result.findings, {}, &flow_finding::order);
  return std::move(result.findings);
}

flow_verdict flow_judge::finish() {
  flow_verdict& result = state_->result;
  for (const auto from : {capture::side::client, capture::side::server})
    if (!state_->ways.at(index_of(other(from))).held.empty()) state_->give_up(from);
  state_->top.finish(result);
  for (std::size_t i = 0; i < 2; ++i)
    result.octets.at(i) = state_->around.memory.at(i).end();
  std::ranges::sort(result.findings, {}, &flow_finding::order);
  return std::move(result);
}

}  // namespace halley::inspect
