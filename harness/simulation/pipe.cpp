#include "simulation/pipe.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace halley::simulation {
namespace {

using namespace std::chrono_literals;
using transport::cut;

constexpr duration first_retry = 200ms;
constexpr duration longest_retry = 120s;
constexpr int most_retries = 15;
constexpr std::uint32_t million = 1'000'000;

constexpr std::size_t usual_segment = 1'448;  // Ethernet's, with time stamps: RFC 6691 §2
constexpr std::uint64_t nanoseconds = 1'000'000'000;

}  // namespace

pipe::pipe(world& of, const transport::path& on, random_source chance, ends whose)
    : world_(of),
      path_(on),
      chance_(chance),
      ends_(whose),
      landing_([this] { land(); }),
      retrying_([this] { retry(); }) {
}

void pipe::push(piece&& one) {
  if (ended_) return;
  const bool was_busy = busy();
  waiting_.push_back(std::move(one));
  transmit();
  if (busy() != was_busy) ends_.user.busy_changed();
}

void pipe::clear() {
  const bool was_busy = busy();
  waiting_.clear();
  front_sent_ = 0;
  flying_.clear();
  if (landing_.waits()) world_.cancel(landing_);
  if (retrying_.waits()) world_.cancel(retrying_);
  if (was_busy) ends_.user.busy_changed();
}

void pipe::end() {
  ended_ = true;
  clear();
}

void pipe::transmit() {
  while (!waiting_.empty()) {
    if (blocked()) return;
    auto& next = waiting_.front();
    if (swallows(next)) {
      const auto lost = next.data.size() - front_sent_;
      waiting_.take_front();
      front_sent_ = 0;
      if (lost != 0) ends_.user.swallowed(this, lost);
      continue;
    }
    pass_front();
    apply_cut();
  }
}

/// Whether what waits has to wait on, or is lost.
bool pipe::blocked() {
  if (gone_ || ends_.down) {
    lose();
    if (waiting_.empty() || retrying_.waits()) return true;
    backoff_ = std::clamp(backoff_ * 2, first_retry, longest_retry);
    world_.at(world_.now() + backoff_, retrying_);
    return true;
  }
  if (retrying_.waits()) return true;
  if (held_until_ > world_.now()) {
    world_.at(held_until_, retrying_);
    return true;
  }
  backoff_ = duration{0};
  retries_ = 0;
  return false;
}

/// An RST empties the queue of its sender before it is lost itself.
void pipe::lose() {
  using kind = piece::kind;
  const auto is_reset = [](const piece& one) { return one.what == kind::reset; };
  if (std::ranges::any_of(waiting_, is_reset)) {
    waiting_.clear();
    front_sent_ = 0;
    if (retrying_.waits()) world_.cancel(retrying_);
  } else if (gone_) {
    waiting_.erase_if([](const piece& one) { return one.what == kind::window; });
  }
}

void pipe::pass_front() {
  auto& next = waiting_.front();
  const auto available = next.data.size() - front_sent_;
  const auto length = next.what == piece::kind::data ? next_length(available) : 0;
  if (length < available) {
    piece part{piece::kind::data, next.data.substr(front_sent_, length)};
    front_sent_ += length;
    fly(std::move(part));
    return;
  }
  piece rest = waiting_.take_front();
  rest.data.erase(0, std::exchange(front_sent_, 0));
  fly(std::move(rest));
}

bool pipe::swallows(const piece& one) {
  return swallow_ && (one.what == piece::kind::data || one.what == piece::kind::fin);
}

/// How many octets of `available` go in one piece: up to the segment's size and the next cut. A
/// slow line has segments in any case: its receiver sees octets come, and makes room, all the time.
std::size_t pipe::next_length(std::size_t available) const {
  auto length = available;
  if (path_.segment != 0 && passed_ < path_.segmented) {
    length = std::min(length, path_.segment);
  } else if (path_.rate != 0) {
    length = std::min(length, usual_segment);
  }
  if (path_.ends && !cut_ && path_.ends->after > passed_)
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, path_.ends->after - passed_));
  return length;
}

void pipe::fly(piece&& one) {
  const auto count = one.data.size();
  passed_ += count;
  if (free_ < world_.now()) {
    free_ = world_.now();
    fraction_ = 0;
  }
  free_ += time_on_line(count);
  instant at = free_ + path_.delay;
  if (path_.jitter.count() > 0)
    at += duration(static_cast<duration::rep>(
        chance_.below(static_cast<std::uint64_t>(path_.jitter.count()) + 1)));
  if (path_.loss != 0 && count != 0 && chance_.below(million) < path_.loss)
    at += first_retry + 2 * path_.delay;
  if (one.what == piece::kind::fin) at += path_.slow_close;
  // Order is kept, and no two arrivals of one direction are at the same instant.
  at = std::max(at, last_ + duration{1});
  last_ = at;
  flying_.push_back({at, std::move(one)});
  if (!landing_.waits()) world_.at(at, landing_);
}

/// How long the line is busy with `count` octets. What does not make a whole nanosecond is kept, so
/// that many small pieces take as long as one large.
duration pipe::time_on_line(std::size_t count) {
  if (path_.rate == 0) return duration{0};
  const auto units = count * nanoseconds + fraction_;
  fraction_ = units % path_.rate;
  return duration(static_cast<duration::rep>(units / path_.rate));
}

void pipe::land() {
  piece one = flying_.take_front().what;
  if (!flying_.empty()) world_.at(flying_.front().at, landing_);
  if (!busy()) ends_.user.busy_changed();
  ends_.user.arrived(this, std::move(one));
}

void pipe::retry() {
  if (!waiting_.empty() && (gone_ || ends_.down) && ++retries_ > most_retries) {
    const auto matters = [](const piece& one) { return one.what != piece::kind::window; };
    const bool mattered = std::ranges::any_of(waiting_, matters);
    clear();
    if (mattered) ends_.user.timed_out(this);
    return;
  }
  transmit();
  if (!busy()) ends_.user.busy_changed();
}

void pipe::apply_cut() {
  if (!path_.ends || cut_ || passed_ < path_.ends->after) return;
  cut_ = true;
  switch (path_.ends->what) {
    case cut::kind::fin: {
      fly(piece{piece::kind::fin});
      swallow_ = true;
      break;
    }
    case cut::kind::reset: {
      ends_.user.reset_both();
      break;
    }
    case cut::kind::hold: {
      held_until_ = std::max(free_, world_.now()) + path_.ends->length;
      break;
    }
    case cut::kind::vanish: {
      ends_.user.vanish_both();
      break;
    }
  }
}

}  // namespace halley::simulation
