#pragma once

// Connections for tests: what each side sends, packet by packet.

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "checks/written_trace.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/verdict.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::inspect::captured {

using capture::side;

inline constexpr auto client = side::client;
inline constexpr auto server = side::server;

/// Octets of one side, or a gap in place of them.
struct said {
  side by = client;
  octets data;
  std::uint64_t missing = 0;
};

inline capture::flow_opening opening(bool whole = true) {
  capture::flow_opening one;
  one.number = 1;
  one.client.port = 40000;
  one.server.port = 80;
  one.whole = whole;
  return one;
}

/// Feeds a judge, one frame a packet from frame 4 on, a millisecond apart.
class wire {
public:
  explicit wire(bool whole = true, flow_judge::listener tell = {})
      : judge_(opening(whole), settings_, std::move(tell)) {}

  wire& say(side by, octet_view data) {
    judge_.data(by, data, next());
    return *this;
  }
  wire& lose(side by, std::uint64_t count) {
    judge_.gap(by, count, next());
    return *this;
  }
  wire& acknowledge(side of, std::uint64_t count) {
    judge_.acknowledged(of, count);
    return *this;
  }
  wire& end(side by) {
    judge_.fin(by, next());
    return *this;
  }
  flow_verdict verdict() { return judge_.finish(); }

private:
  capture::moment next() {
    ++frame_;
    return {.frame = frame_, .t = std::chrono::milliseconds(frame_)};
  }

  judge_settings settings_;
  flow_judge judge_;
  std::uint64_t frame_ = 3;
};

inline flow_verdict verdict_of(const std::vector<said>& all, bool whole = true) {
  wire it(whole);
  for (const said& one : all) {
    if (one.missing > 0)
      it.lose(one.by, one.missing);
    else
      it.say(one.by, one.data);
  }
  return it.end(server).end(client).verdict();
}

/// "server rfc6455/5.1-server-unmasked", by offset.
inline std::vector<std::string> accusations(const flow_verdict& verdict) {
  std::vector<std::string> result;
  result.reserve(verdict.findings.size());
  for (const flow_finding& one : verdict.findings)
    result.push_back(name(one.by) + " " + one.broken.id);
  return result;
}

}  // namespace halley::inspect::captured
