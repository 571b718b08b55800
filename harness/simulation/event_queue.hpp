#pragma once

#include "clock/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::simulation {

class event_queue;

/// Something that happens at a time: a timer, the arrival of a segment. It belongs to whoever made
/// it and leaves the queue when it is destroyed.
class event {
public:
  event() = default;
  event(const event&) = delete;
  event& operator=(const event&) = delete;
  virtual ~event();

  virtual void happen() = 0;
  bool waits() const { return queue_ != nullptr; }
  instant when() const { return when_; }

private:
  friend class event_queue;

  event_queue* queue_ = nullptr;
  std::size_t place_ = 0;
  instant when_{0};
  std::uint64_t tie_ = 0;
  std::uint64_t order_ = 0;
};

/// Events by time: a binary heap in which each event knows its place, so that one can be taken out
/// without a trace. A cancelled wait never moves the clock.
class event_queue {
public:
  event_queue() = default;
  event_queue(const event_queue&) = delete;
  event_queue& operator=(const event_queue&) = delete;
  ~event_queue();

  /// `tie` decides between events of the same instant, then the order of adding. An event that
  /// waits already is moved.
  void add(event& one, instant when, std::uint64_t tie = 0);
  void remove(event& one);

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  /// Precondition: not empty.
  instant next() const { return heap_.front()->when_; }
  /// Takes the earliest out. Precondition: not empty.
  event& take();

private:
  static bool before(const event& a, const event& b);
  void put(event& one, std::size_t place);
  void rise(std::size_t place);
  void sink(std::size_t place);

  std::vector<event*> heap_;
  std::uint64_t added_ = 0;
};

}  // namespace halley::simulation
