#include "simulation/event_queue.hpp"

#include "clock/clock.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <tuple>

namespace halley::simulation {

event::~event() {
  if (queue_ != nullptr) queue_->remove(*this);
}

event_queue::~event_queue() {
  for (auto* one : heap_)
    one->queue_ = nullptr;
}

bool event_queue::before(const event& a, const event& b) {
  return std::tie(a.when_, a.tie_, a.order_) < std::tie(b.when_, b.tie_, b.order_);
}

void event_queue::add(event& one, instant when, std::uint64_t tie) {
  if (one.queue_ != nullptr) remove(one);
  one.queue_ = this;
  one.when_ = when;
  one.tie_ = tie;
  one.order_ = added_++;
  heap_.push_back(&one);
  put(one, heap_.size() - 1);
  rise(one.place_);
}

void event_queue::remove(event& one) {
  assert(one.queue_ == this);
  one.queue_ = nullptr;
  const auto place = one.place_;
  auto& last = *heap_.back();
  heap_.pop_back();
  if (&last == &one) return;
  put(last, place);
  rise(place);
  sink(last.place_);
}

event& event_queue::take() {
  auto& first = *heap_.front();
  remove(first);
  return first;
}

void event_queue::put(event& one, std::size_t place) {
  heap_[place] = &one;
  one.place_ = place;
}

void event_queue::rise(std::size_t place) {
  auto& one = *heap_[place];
  while (place > 0) {
    const auto above = (place - 1) / 2;
    if (!before(one, *heap_[above])) break;
    put(*heap_[above], place);
    place = above;
  }
  put(one, place);
}

void event_queue::sink(std::size_t place) {
  auto& one = *heap_[place];
  for (;;) {
    auto below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && before(*heap_[below + 1], *heap_[below])) ++below;
    if (!before(*heap_[below], one)) break;
    put(*heap_[below], place);
    place = below;
  }
  put(one, place);
}

}  // namespace halley::simulation
