#include "fuzz/grammars/delivery.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/live/exchange.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::size_t most_single_octets = 24;
constexpr std::uint32_t most_cuts = 4;
constexpr std::uint32_t longest_pause_ms = 20;

/// The act that holds octet `position` of all that is written, and the place in it.
struct spot {
  std::size_t act = 0;
  std::size_t at = 0;
};

std::size_t written(const exchange& what) {
  std::size_t size = 0;
  for (const act& one : what.acts)
    size += one.data.size();
  return size;
}

spot find(const exchange& what, std::size_t position) {
  for (std::size_t i = 0; i < what.acts.size(); ++i) {
    const std::size_t size = what.acts[i].data.size();
    if (position < size) return {i, position};
    position -= size;
  }
  return {what.acts.size(), 0};
}

/// Cuts one write in two, in front of `position`. Returns: the index of the second.
std::size_t cut_at(exchange& what, std::size_t position) {
  const spot where = find(what, position);
  if (where.act == what.acts.size() || where.at == 0) return where.act;
  act rest = {.what = act::kind::write, .data = what.acts[where.act].data.substr(where.at)};
  what.acts[where.act].data.resize(where.at);
  what.acts.insert(what.acts.begin() + static_cast<std::ptrdiff_t>(where.act) + 1, std::move(rest));
  return where.act + 1;
}

act pause_of(choices& from) {
  return {.what = act::kind::pause,
          .data = {},
          .length = std::chrono::milliseconds(1 + from.draw(longest_pause_ms))};
}

void cut(choices& from, delivery::cut cuts, exchange& what) {
  const std::size_t size = written(what);
  if (size < 2 || cuts == delivery::cut::whole) return;
  if (cuts == delivery::cut::single_octets) {
    const std::size_t begin = draw_position(from, size);
    const std::size_t end = std::min(size, begin + 1 + from.draw(most_single_octets));
    for (std::size_t at = begin; at <= end; ++at)
      cut_at(what, at);
    return;
  }
  const std::uint32_t count = cuts == delivery::cut::pauses ? 1 : 1 + from.draw(most_cuts);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t behind = cut_at(what, draw_position(from, size));
    if (cuts == delivery::cut::pauses && behind < what.acts.size())
      what.acts.insert(what.acts.begin() + static_cast<std::ptrdiff_t>(behind), pause_of(from));
  }
}

void end(choices& from, delivery::end ends, exchange& what) {
  if (ends == delivery::end::as_composed) return;
  if (ends == delivery::end::dropped) {
    // Between octets, and as often between acts: when an answer is on its way.
    if (from.draw(2) == 0) {
      const std::size_t behind = cut_at(what, draw_position(from, written(what) + 1));
      what.acts.resize(behind);
    } else {
      what.acts.resize(draw_position(from, what.acts.size() + 1));
    }
  }
  static constexpr auto kinds =
      std::to_array<act::kind>({act::kind::finish, act::kind::reset, act::kind::close});
  then(what, kinds.at(from.draw(kinds.size())));
}

bool ends_both(act::kind kind) {
  return kind == act::kind::reset || kind == act::kind::close;
}

void keep_within_limits(exchange& what) {
  std::size_t left = most_octets;
  for (act& one : what.acts) {
    one.data.resize(std::min(one.data.size(), left));
    left -= one.data.size();
  }
  if (what.acts.size() > most_acts) {
    what.acts.resize(most_acts - 1);
    then(what, act::kind::close);
  }
  // Nothing is done behind the end, nothing is written behind FIN.
  bool finished = false;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < what.acts.size(); ++i) {
    act& one = what.acts[i];
    const bool empty = one.what == act::kind::write && (one.data.empty() || finished);
    const bool again = one.what == act::kind::finish && finished;
    if (empty || again) continue;
    finished = finished || one.what == act::kind::finish;
    const bool last = ends_both(one.what);
    if (kept != i) what.acts[kept] = std::move(one);
    ++kept;
    if (last) break;
  }
  what.acts.resize(kept);
}

}  // namespace

delivery draw_delivery(choices& from) {
  delivery how;
  const auto drawn = from.draw(64);
  const auto cuts = drawn % 16;
  if (cuts == 15 && drawn == 63) {
    how.cuts = delivery::cut::pauses;
  } else if (cuts == 15) {
    how.cuts = delivery::cut::single_octets;
  } else if (cuts > 10) {
    how.cuts = delivery::cut::pieces;
  }
  const auto ends = from.draw(16);
  if (ends == 15) how.ends = delivery::end::dropped;
  if (ends == 14) how.ends = delivery::end::ended;
  return how;
}

void deliver(choices& from, const delivery& how, exchange& what) {
  end(from, how.ends, what);
  cut(from, how.cuts, what);
  keep_within_limits(what);
}

void say(exchange& what, octet_view data) {
  if (!what.acts.empty() && what.acts.back().what == act::kind::write) {
    what.acts.back().data += data;
  } else {
    what.acts.push_back({.what = act::kind::write, .data = octets(data)});
  }
}

void say(exchange& what, octets&& data) {
  if (!what.acts.empty() && what.acts.back().what == act::kind::write) {
    what.acts.back().data += data;
  } else {
    what.acts.push_back({.what = act::kind::write, .data = std::move(data)});
  }
}

void then(exchange& what, act::kind kind) {
  what.acts.push_back({.what = kind, .data = {}});
}

void then_pause(choices& from, exchange& what) {
  what.acts.push_back(pause_of(from));
}

}  // namespace halley::fuzz
