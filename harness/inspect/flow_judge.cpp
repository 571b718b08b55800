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

namespace halley::inspect {
namespace {

constexpr std::size_t most_gaps = 100;

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

  flow_surroundings around;
  talk top;
  flow_verdict result;
};

flow_judge::flow_judge(const capture::flow_opening& opening, judge_settings& shared, listener tell)
    : state_(std::make_unique<state>(opening, shared, std::move(tell))) {
}

flow_judge::~flow_judge() = default;

void flow_judge::data(capture::side from, octet_view data, capture::moment at) {
  state_->now(at);
  stream_memory& memory = state_->around.memory.at(index_of(from));
  const std::uint64_t off = memory.end();
  memory.append(data, at);
  state_->top.data(from, off, data);
}

void flow_judge::gap(capture::side from, std::uint64_t length, capture::moment at) {
  state_->now(at);
  stream_memory& memory = state_->around.memory.at(index_of(from));
  const std::uint64_t off = memory.end();
  memory.skip(length, at);
  const bool read_on = state_->top.gap(from, off, length);
  state_->result.missing.at(index_of(from)) += length;
  if (state_->result.gaps.size() >= most_gaps) return;
  state_->result.gaps.push_back(
      {.from = from, .off = off, .len = length, .frame = at.frame, .inside_payload = read_on});
}

void flow_judge::fin(capture::side from, capture::moment at) {
  state_->now(at);
  state_->result.ends.at(index_of(from)).fin = true;
  state_->top.end(from);
}

void flow_judge::rst(capture::side from, capture::moment at) {
  state_->now(at);
  state_->result.ends.at(index_of(from)).rst = true;
  state_->top.end(from);
}

flow_verdict flow_judge::finish() {
  flow_verdict& result = state_->result;
  state_->top.finish(result);
  for (std::size_t i = 0; i < 2; ++i)
    result.octets.at(i) = state_->around.memory.at(i).end();
  std::ranges::sort(result.findings, {}, &flow_finding::order);
  return std::move(result);
}

}  // namespace halley::inspect
