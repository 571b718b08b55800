#pragma once

#include "base/bytes.hpp"
#include "clock/wake.hpp"
#include "reference-server/options.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {

/// One published event. Its encodings are made once and shared by all subscribers.
struct event {
  std::uint64_t id = 0;
  octets name;  // the SSE event type; empty = message
  octets data;

  /// The encoding `kind`, made by `encode` the first time.
  std::shared_ptr<const octets> encoded(const char* kind,
                                        const std::function<octets(const event&)>& encode) const;

private:
  mutable std::map<std::string, std::shared_ptr<const octets>> encodings_;
};

using event_ref = std::shared_ptr<const event>;

/// What one subscriber has not sent yet: bounded, so that a slow one never delays the others.
class subscription {
public:
  /// `let_go` is called when the queue grows over `limit` octets: the subscriber's writer may hang
  /// on a peer that reads nothing, so it cannot be the one to notice.
  subscription(clock::wake& changed, std::size_t limit, std::function<void()> let_go)
      : changed_(changed), limit_(limit), let_go_(std::move(let_go)) {}

  bool empty() const { return queue_.empty(); }
  event_ref pop();
  /// Whether the queue grew over its limit; it takes nothing more then.
  bool overrun() const { return overrun_; }
  /// Whether it is to end: the same client came back on another connection, or the topic ended.
  bool superseded() const { return superseded_; }

private:
  friend class topic;

  clock::wake& changed_;
  std::size_t limit_;
  std::function<void()> let_go_;
  std::deque<event_ref> queue_;
  std::size_t octets_ = 0;
  bool overrun_ = false;
  bool superseded_ = false;
};

/// A named log with a bounded replay window, and those who listen to it.
class topic {
public:
  explicit topic(const options& limits) : limits_(limits) {}
  topic(const topic&) = delete;
  topic& operator=(const topic&) = delete;

  std::uint64_t publish(octets data, octets name);
  std::uint64_t last() const { return last_; }
  /// The oldest id that can still be replayed; last() + 1 where none can.
  std::uint64_t oldest() const { return log_.empty() ? last_ + 1 : log_.front()->id; }
  std::vector<event_ref> after(std::uint64_t id) const;

  /// From now on `to` gets each event. A subscription of the same `client` (unless that is empty)
  /// is superseded.
  void subscribe(subscription& to, const octets& client);
  void unsubscribe(subscription& to);
  std::size_t subscribers() const { return subscribers_.size(); }

  /// Lets all present subscribers go: their streams are completed, their polls answered.
  void release();
  /// Releases them for good: who comes now is told that nothing follows.
  void end();
  bool ended() const { return ended_; }

  /// A poll of it was abandoned (for a mutant that miscounts them).
  void note_abandoned() { ++abandoned_; }
  std::size_t abandoned() const { return abandoned_; }

  /// The next published event reaches present subscribers only (a mutant's fault).
  void forget_next() { forget_next_ = true; }
  /// Drops what is not newer than `id` before the window does (a mutant's fault).
  void forget_until(std::uint64_t id);

private:
  void forget_oldest();

  const options& limits_;
  std::deque<event_ref> log_;
  std::size_t log_octets_ = 0;
  std::uint64_t last_ = 0;
  bool forget_next_ = false;
  std::size_t abandoned_ = 0;
  std::vector<subscription*> subscribers_;  // in the order in which they came
  std::size_t subscribed_ever_ = 0;
  std::map<octets, subscription*> clients_;
  bool ended_ = false;
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
