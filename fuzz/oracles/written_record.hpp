#pragma once

// For tests: records as the player of exchanges makes them.

#include "base/bytes.hpp"
#include "checks/written_trace.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz::written {

enum class says { we, they, we_finish, they_finish, they_reset };

struct turn {
  says who;
  octets data = {};
};

/// What was said, and how it ended; `settled` leaves both sides open until the end.
inline record record_of(const std::vector<turn>& said, ending how = ending::settled) {
  using trace::direction;
  record result;
  result.how = how;
  const auto keep = [&](trace::event&& one) {
    one.conn = "c1";
    one.seq = result.events.size();
    result.events.push_back(std::move(one));
  };
  trace::conversation talk(true, keep);
  std::array<std::uint64_t, 2> seen{};
  std::chrono::nanoseconds now{0};
  for (const auto& [who, data] : said) {
    const auto dir = who == says::we || who == says::we_finish ? direction::out : direction::in;
    trace::event moved;
    moved.dir = dir;
    moved.off = seen[dir == direction::in ? 1 : 0];
    if (who == says::we || who == says::they) {
      moved.len = data.size();
      moved.what = trace::wire_octets{.data = data};
      keep(std::move(moved));
      seen[dir == direction::in ? 1 : 0] += data.size();
      talk.octets_seen(dir, data, ++now);
      continue;
    }
    if (who == says::they_reset)
      moved.what = trace::tcp_rst{};
    else
      moved.what = trace::tcp_fin{};
    talk.end_seen(dir, ++now);
    keep(std::move(moved));
  }
  talk.end_seen(direction::in, ++now);
  talk.end_seen(direction::out, ++now);
  result.sent = seen[0];
  return result;
}

/// "rfc9112/3.2-missing-host answered" of each, sorted.
inline std::vector<std::string> names(const std::vector<reaction>& found) {
  std::vector<std::string> result;
  for (const reaction& one : found)
    result.push_back(one.what.broken.id + " " + one.variant);
  std::ranges::sort(result);
  return result;
}

}  // namespace halley::fuzz::written
