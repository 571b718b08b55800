#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {

/// How an event is written for one kind of view.
enum class form { sse, sse_chunk, line, line_chunk, frame };
constexpr std::size_t form_count = 5;

struct event;
using encoder = octets (*)(const event&, const options&);

/// One published event. Its encodings are made once and shared by all subscribers.
struct event {
  std::uint64_t id = 0;
  octets name;  // the SSE event type; empty = message
  octets data;

  /// The encoding `as`, made by `encode` the first time.
  const octets& encoded(form as, encoder encode, const options& how) const;

private:
  mutable std::array<std::unique_ptr<const octets>, form_count> encodings_;
};

using event_ref = std::shared_ptr<const event>;

/// Events that a subscriber will never get, by their ids.
struct gap {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

/// The way past a subscriber's writer, for as long as that has nothing to do: what is published is
/// offered to the socket at once, without waking anybody.
struct shortcut {
  form as = form::sse;
  encoder encode = nullptr;
  /// Takes as much of it as the peer takes now. Returns: the count of octets.
  std::function<std::size_t(octet_view)> write_now;
};

/// What one subscriber has not sent yet: bounded, so that a slow one never delays the others.
class subscription {
public:
  struct limits {
    std::size_t octets = 0;  // queued
    slow_policy over = slow_policy::disconnect;
  };

  /// `let_go` is called when the queue grows over its limit and the policy is to disconnect: the
  /// subscriber's writer may hang on a peer that reads nothing, so it cannot be the one to notice.
  subscription(clock::wake& changed, limits most, std::function<void()> let_go)
      : changed_(changed), limits_(most), let_go_(std::move(let_go)) {}

  /// What the subscriber has missed goes out first. It is bounded by the window already.
  void begin_with(std::vector<event_ref> missed, std::optional<gap> lost);
  bool empty() const { return first_ == queue_.size(); }
  event_ref pop();
  const event_ref& next() const { return queue_[first_]; }
  /// What was dropped in front of the next event, asked once.
  std::optional<gap> take_gap() { return std::exchange(gap_, std::nullopt); }
  /// Whether the queue grew over its limit; it takes nothing more then.
  bool overrun() const { return overrun_; }
  /// Whether it is to end: the same client came back on another connection, or the topic ended.
  bool superseded() const { return superseded_; }

  void use(shortcut way) { shortcut_ = std::move(way); }
  /// Whether the writer waits, with nothing of it under way.
  void idle(bool is) { idle_ = is; }
  /// What of the last event the shortcut could not get rid of; to be written before anything else.
  octets take_rest() { return std::exchange(rest_, octets()); }
  bool has_rest() const { return !rest_.empty(); }
  /// When the shortcut was last taken.
  instant written_at() const { return written_at_; }

private:
  friend class topic;

  void push(const event_ref& one, const options& how);
  void drop_oldest();
  bool takes_shortcut() const { return shortcut_.write_now && idle_ && !gap_ && rest_.empty(); }

  clock::wake& changed_;
  limits limits_;
  std::function<void()> let_go_;
  shortcut shortcut_;
  std::vector<event_ref> queue_;
  std::size_t first_ = 0;  // of queue_ that was not taken yet
  std::size_t octets_ = 0;
  octets rest_;
  octets client_;          // whose it is, if that was said
  std::size_t place_ = 0;  // among the topic's subscribers
  std::optional<gap> gap_;
  instant written_at_{0};
  bool idle_ = false;
  bool overrun_ = false;
  bool superseded_ = false;
};

/// A named log with a bounded replay window, and those who listen to it.
class topic : public std::enable_shared_from_this<topic> {
public:
  topic(const options& limits, executor where, clock::clock& time)
      : limits_(limits), where_(std::move(where)), time_(time) {}
  topic(const topic&) = delete;
  topic& operator=(const topic&) = delete;

  std::uint64_t publish(octets data, octets name);
  /// How long until `count` more events may be published; nothing where it is never that many at
  /// once. They count as published where it is 0.
  std::optional<duration> admit(std::uint64_t count);
  std::uint64_t last() const { return last_; }
  /// The oldest id that can still be replayed; last() + 1 where none can.
  std::uint64_t oldest() const { return log_.empty() ? last_ + 1 : log_.front()->id; }
  std::vector<event_ref> after(std::uint64_t id) const;

  /// From now on `to` gets each event. A subscription of the same `client` (unless that is empty)
  /// is superseded.
  void subscribe(subscription& to, const octets& client);
  void unsubscribe(subscription& to);
  std::size_t subscribers() const { return subscribers_.size() - left_; }

  /// Lets all present subscribers go: their streams are completed, their polls answered.
  void release();
  /// Releases them for good: who comes now is told that nothing follows.
  void end();
  bool ended() const { return ended_; }

  /// The answer to all who poll with the same cursor is the same until the next event.
  struct poll_answer {
    std::uint64_t cursor = 0;
    std::uint64_t last = 0;
    octets text;
  };
  poll_answer& last_poll() { return last_poll_; }

  /// A poll of it was abandoned (for a mutant that miscounts them).
  void note_abandoned() { ++abandoned_; }
  std::size_t abandoned() const { return abandoned_; }

  /// The next published event reaches present subscribers only (a mutant's fault).
  void forget_next() { forget_next_ = true; }
  /// Drops what is not newer than `id` before the window does (a mutant's fault).
  void forget_until(std::uint64_t id);

private:
  /// The same events in the same form, for all whose queues are alike.
  struct run {
    form as = form::sse;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    octets text;
  };

  void forget_oldest();
  void close_ranks();
  void flush_soon();
  void flush();
  void flush_to(subscription& to, run& cached);

  const options& limits_;
  executor where_;
  clock::clock& time_;
  std::deque<event_ref> log_;
  std::size_t log_octets_ = 0;
  std::uint64_t last_ = 0;
  instant paid_until_{0};  // of the publish rate
  bool flush_due_ = false;
  bool forget_next_ = false;
  std::size_t abandoned_ = 0;
  std::vector<subscription*> subscribers_;  // in the order in which they came; null = has left
  std::size_t left_ = 0;                    // of these
  std::size_t subscribed_ever_ = 0;
  std::map<octets, subscription*> clients_;
  bool ended_ = false;
  poll_answer last_poll_;
};

/// Subscribes for as long as it lives.
class subscribed {
public:
  subscribed(topic& to, subscription& with, const octets& client) : to_(to), with_(with) {
    to_.subscribe(with_, client);
  }
  subscribed(const subscribed&) = delete;
  subscribed& operator=(const subscribed&) = delete;
  ~subscribed() { to_.unsubscribe(with_); }

private:
  topic& to_;
  subscription& with_;
};

/// Whether `text` is UTF-8, which both SSE and WebSocket text demand. Source: RFC 3629 §4.
bool is_utf8(octet_view text);

}  // namespace halley::gateway
