#include "transport/impaired_lane.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace halley::transport {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t block_size = std::size_t{1} << 14U;
/// A wait whose end only a notification brings looks around this often.
constexpr duration long_wait = 1h;
/// What a receiver has not taken when an RST is due for this long is lost.
constexpr duration reset_patience = 1s;
/// How much later than the others a lost piece comes, beside a round trip: the shortest
/// retransmission timeout of Linux.
constexpr duration retransmission = 200ms;
constexpr std::uint32_t million = 1'000'000;
/// With a rate, pieces are no longer than this time on the line, so that they trickle.
constexpr std::uint64_t pieces_a_second = 50;

duration time_on_line(std::size_t count, std::uint64_t rate) {
  if (rate == 0) return duration{0};
  return duration(static_cast<duration::rep>(count * 1'000'000'000ULL / rate));
}

}  // namespace

impaired_lane::impaired_lane(clock::clock& time, lane_owner& owner, sides between, const path& on)
    : time_(time),
      owner_(owner),
      source_(between.source),
      sink_(between.sink),
      on_(on),
      room_(time),
      work_(time),
      last_write_(time) {
}

void impaired_lane::notify() {
  room_.notify();
  work_.notify();
}

std::size_t impaired_lane::room() const {
  if (queue_.size() >= limits_.pieces || queued_ >= limits_.octets) return 0;
  const auto pieces = limits_.pieces - queue_.size();
  const auto size = piece_size();
  // Never more pieces than there is room for, however small they are.
  const auto octets_of_pieces = pieces > limits_.octets / size ? limits_.octets : pieces * size;
  return std::min(limits_.octets - queued_, octets_of_pieces);
}

std::size_t impaired_lane::piece_size() const {
  auto size = block_size;
  if (on_.segment != 0 && taken_ < on_.segmented) size = std::min(size, on_.segment);
  if (on_.rate != 0)
    size = static_cast<std::size_t>(std::clamp<std::uint64_t>(on_.rate / pieces_a_second, 1, size));
  return size;
}

awaitable<void> impaired_lane::read_all() {
  std::string block(block_size, '\0');
  while (!owner_.ended()) {
    const auto most = std::min(room(), block.size());
    if (most == 0) {
      const instant later = time_.now() + long_wait;
      co_await room_.wait_until(later);
      continue;
    }
    error_code error;
    const auto into = boost::asio::buffer(block.data(), most);
    const std::size_t got = co_await read_some(source_, into, error);
    if (owner_.ended()) co_return;
    if (error) {
      source_ends(error != boost::asio::error::eof);
      co_return;
    }
    arrived(octet_view(block).substr(0, got));
  }
}

void impaired_lane::arrived(octet_view data) {
  while (!data.empty()) {
    const auto part = data.substr(0, piece_size());
    add(kind::data, part);
    taken_ += part.size();
    data.remove_prefix(part.size());
  }
}

void impaired_lane::source_ends(bool with_reset) {
  source_ended_ = true;
  add(with_reset || source_reset_ ? kind::reset : kind::fin, {});
  owner_.progressed();
}

void impaired_lane::source_was_reset() {
  if (source_reset_) return;
  source_reset_ = true;
  // Else the read under way ends, and says FIN though it was RST: the kernel tells that only once.
  if (source_ended_) add(kind::reset, {});
  watch_reset();
}

/// An RST does not wait for a receiver that has stopped to read.
void impaired_lane::watch_reset() {
  const auto patience = std::max({last_due_, held_until_, time_.now()}) + reset_patience;
  last_write_.arm(patience, [this] {
    if (owner_.vanished()) return;
    if (held_until_ > time_.now()) {
      watch_reset();
    } else {
      owner_.reset();
    }
  });
}

void impaired_lane::add(kind what, octet_view data) {
  piece one{what, due(data.size(), what), octets(data)};
  if (what == kind::reset) watch_reset();
  queued_ += data.size();
  queue_.push_back(std::move(one));
  work_.notify();
}

/// When a piece that comes now is to be passed on. Order is kept.
instant impaired_lane::due(std::size_t count, kind what) {
  line_free_ = std::max(line_free_, time_.now()) + time_on_line(count, on_.rate);
  instant when = line_free_ + on_.delay;
  if (on_.jitter.count() > 0)
    when += duration(static_cast<duration::rep>(
        chance_.below(static_cast<std::uint64_t>(on_.jitter.count()) + 1)));
  if (count != 0 && on_.loss != 0 && chance_.below(million) < on_.loss)
    when += retransmission + 2 * on_.delay;
  if (what == kind::fin) when += on_.slow_close;
  last_due_ = std::max(last_due_, when);
  return last_due_;
}

awaitable<void> impaired_lane::write_all() {
  apply_cut();
  while (!owner_.ended()) {
    const instant now = time_.now();
    instant next = now + long_wait;
    if (!queue_.empty() && !owner_.vanished()) next = std::max(queue_.front().due, held_until_);
    if (next > now) {
      co_await work_.wait_until(next);
      continue;
    }
    const piece one = std::move(queue_.front());
    queue_.pop_front();
    co_await pass(one);
    room_.notify();
  }
}

awaitable<void> impaired_lane::pass(const piece& one) {
  switch (one.what) {
    case kind::data:
      break;
    case kind::fin:
      pass_fin();
      co_return;
    case kind::reset:
      owner_.reset();
      co_return;
  }
  co_await pass_data(one.data);
  queued_ -= one.data.size();
}

/// A piece with the cut inside is passed in two parts.
awaitable<void> impaired_lane::pass_data(octet_view data) {
  while (!data.empty() && !swallows_ && !owner_.ended() && !owner_.vanished()) {
    auto count = data.size();
    if (on_.ends && !cut_)
      count = static_cast<std::size_t>(std::min<std::uint64_t>(count, on_.ends->after - passed_));
    co_await write(data.substr(0, count));
    data.remove_prefix(count);
    if (held_until_ > time_.now() && !data.empty()) {
      // What is behind the cut waits in the queue with the rest.
      queue_.push_front({kind::data, held_until_, octets(data)});
      queued_ += data.size();
      co_return;
    }
  }
}

awaitable<void> impaired_lane::write(octet_view data) {
  error_code error;
  const auto from = boost::asio::buffer(data);
  const std::size_t count = co_await halley::transport::write_all(sink_, from, error);
  passed_ += count;
  if (owner_.ended()) co_return;
  if (error) {
    swallows_ = true;
    owner_.sink_failed(this);
    co_return;
  }
  apply_cut();
}

void impaired_lane::apply_cut() {
  if (!on_.ends || cut_ || passed_ < on_.ends->after) return;
  cut_ = true;
  switch (on_.ends->what) {
    case cut::kind::fin: {
      swallows_ = true;
      error_code ignored;  // a sink that is gone has no need of it
      sink_.shutdown_send(ignored);
      break;
    }
    case cut::kind::reset:
      owner_.reset();
      break;
    case cut::kind::hold:
      held_until_ = time_.now() + on_.ends->length;
      break;
    case cut::kind::vanish:
      owner_.vanish();
      break;
  }
}

void impaired_lane::pass_fin() {
  closed_ = true;
  if (!swallows_) {
    error_code ignored;
    sink_.shutdown_send(ignored);
  }
  swallows_ = true;
  owner_.progressed();
}

}  // namespace halley::transport
