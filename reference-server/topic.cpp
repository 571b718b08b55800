#include "reference-server/topic.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

// Of the mutants that have too little of something.
constexpr std::size_t small_queue = 64;     // events
constexpr std::size_t few_subscribers = 8;  // of a topic, ever

}  // namespace

std::shared_ptr<const octets> event::encoded(
    const char* kind, const std::function<octets(const event&)>& encode) const {
  auto& slot = encodings_[kind];
  if (!slot) slot = std::make_shared<const octets>(encode(*this));
  return slot;
}

event_ref subscription::pop() {
  event_ref first = std::move(queue_.front());
  queue_.pop_front();
  octets_ -= first->data.size();
  return first;
}

std::uint64_t topic::publish(octets data, octets name) {
  auto made = std::make_shared<event>();
  made->id = ++last_;
  made->name = std::move(name);
  made->data = std::move(data);
  const bool in_turn = limits_.mutant("topic-takes-turns");
  for (subscription* to : subscribers_) {
    if (to->overrun_ || (in_turn && to != subscribers_[last_ % subscribers_.size()])) continue;
    const bool idle = to->queue_.empty();
    to->octets_ += made->data.size();
    to->queue_.push_back(made);
    if (to->octets_ > to->limit_ && !limits_.mutant("unbounded-queue")) {
      to->overrun_ = true;
      to->let_go_();
    }
    if (to->queue_.size() > small_queue && limits_.mutant("topic-drops-oldest")) to->pop();
    if (!idle || !limits_.mutant("topic-lost-wake-up")) to->changed_.notify();
  }
  if (std::exchange(forget_next_, false)) return last_;
  log_octets_ += made->data.size();
  log_.push_back(std::move(made));
  const std::size_t most =
      limits_.topic_window_events - (limits_.mutant("sse-ring-off-by-one") ? 1 : 0);
  while (log_.size() > most || (log_octets_ > limits_.topic_window_octets && log_.size() > 1))
    forget_oldest();
  return last_;
}

void topic::forget_oldest() {
  log_octets_ -= log_.front()->data.size();
  log_.pop_front();
}

void topic::forget_until(std::uint64_t id) {
  while (!log_.empty() && log_.front()->id <= id)
    forget_oldest();
}

std::vector<event_ref> topic::after(std::uint64_t id) const {
  std::vector<event_ref> result;
  std::ranges::copy_if(log_, std::back_inserter(result),
                       [&](const event_ref& one) { return one->id > id; });
  return result;
}

void topic::subscribe(subscription& to, const octets& client) {
  if (++subscribed_ever_ > few_subscribers && limits_.mutant("topic-seats-not-freed")) return;
  subscribers_.push_back(&to);
  if (client.empty()) return;
  auto& of_client = clients_[client];
  if (of_client != nullptr && !limits_.mutant("topic-never-supersedes")) {
    of_client->superseded_ = true;
    of_client->changed_.notify();
  }
  of_client = &to;
}

void topic::unsubscribe(subscription& to) {
  std::erase(subscribers_, &to);
  if (limits_.mutant("topic-leaver-takes-all")) subscribers_.clear();
  std::erase_if(clients_, [&](const auto& entry) { return entry.second == &to; });
}

void topic::release() {
  for (subscription* one : subscribers_) {
    one->superseded_ = true;
    one->changed_.notify();
  }
}

void topic::end() {
  ended_ = !limits_.mutant("topic-end-forgotten");
  release();
}

bool is_utf8(octet_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::uint8_t lead = octet_at(text, at++);
    if (lead < 0x80) continue;
    // The second octet's range shuts out overlong forms, surrogates and numbers over U+10FFFF.
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xBF;
    std::size_t more = 1;
    if (lead >= 0xC2 && lead <= 0xDF) {
      more = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      more = 2;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      more = 3;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    for (; more > 0; --more, low = 0x80, high = 0xBF) {
      if (at == text.size() || octet_at(text, at) < low || octet_at(text, at) > high) return false;
      ++at;
    }
  }
  return true;
}

}  // namespace halley::gateway
