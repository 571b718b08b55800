#include "reference-server/topic.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/options.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

// Of the mutants that have too little of something.
constexpr std::size_t small_queue = 64;     // events
constexpr std::size_t few_subscribers = 8;  // of a topic, ever

}  // namespace

const octets& event::encoded(form as, encoder encode, const options& how) const {
  auto& slot = encodings_.at(static_cast<std::size_t>(as));
  if (!slot) slot = std::make_unique<const octets>(encode(*this, how));
  return *slot;
}

void subscription::begin_with(std::vector<event_ref> missed, std::optional<gap> lost) {
  queue_ = std::move(missed);
  gap_ = lost;
  for (const event_ref& one : queue_)
    octets_ += one->data.size();
  limits_.octets += octets_;
}

event_ref subscription::pop() {
  event_ref taken = std::move(queue_[first_++]);
  octets_ -= taken->data.size();
  // The room of what was taken is given back where that is half of the queue: all moves together
  // are no more than the events.
  if (first_ * 2 >= queue_.size()) {
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return taken;
}

void subscription::drop_oldest() {
  const std::uint64_t id = pop()->id;
  gap_ = gap{gap_ ? gap_->from : id, id};
}

void subscription::push(const event_ref& one, const options& how) {
  octets_ += one->data.size();
  queue_.push_back(one);
  if (octets_ > limits_.octets && !how.mutant("unbounded-queue")) {
    if (limits_.over == slow_policy::disconnect) {
      overrun_ = true;
      let_go_();
      return;
    }
    while (octets_ > limits_.octets && queue_.size() > first_ + 1)
      drop_oldest();
  }
  if (queue_.size() > small_queue && how.mutant("topic-drops-oldest")) pop();
}

std::uint64_t topic::publish(octets data, octets name) {
  auto made = std::make_shared<event>();
  made->id = ++last_;
  made->name = std::move(name);
  made->data = std::move(data);
  const event_ref one = std::move(made);
  const bool in_turn = limits_.mutant("topic-takes-turns");
  const bool loses_wake_up = limits_.mutant("topic-lost-wake-up");
  if (in_turn) close_ranks();
  for (subscription* to : subscribers_) {
    if (to == nullptr || to->overrun_ ||
        (in_turn && to != subscribers_[last_ % subscribers_.size()]))
      continue;
    const bool idle = to->empty();
    to->push(one, limits_);
    if (to->takes_shortcut()) {
      flush_soon();
    } else if (!idle || !loses_wake_up) {
      to->changed_.notify();
    }
  }
  if (std::exchange(forget_next_, false)) return last_;
  log_octets_ += one->data.size();
  log_.push_back(one);
  const std::size_t most =
      limits_.topic_window_events - (limits_.mutant("sse-ring-off-by-one") ? 1 : 0);
  while (log_.size() > most || (log_octets_ > limits_.topic_window_octets && log_.size() > 1))
    forget_oldest();
  return last_;
}

std::optional<duration> topic::admit(std::uint64_t count) {
  if (limits_.publish_rate == 0 || limits_.mutant("publish-unlimited")) return duration(0);
  if (limits_.mutant("publish-limit-for-ever") && count > limits_.publish_rate)
    paid_until_ = time_.now() + std::chrono::hours(1);
  if (count > limits_.publish_burst) return std::nullopt;
  // A bucket that holds a burst and fills at the rate, kept as the time until which it is paid for.
  const duration each =
      duration(std::chrono::seconds(1)) / static_cast<std::int64_t>(limits_.publish_rate);
  const duration whole = each * static_cast<std::int64_t>(limits_.publish_burst);
  const instant now = time_.now();
  const instant paid = std::max(paid_until_, now) + each * static_cast<std::int64_t>(count);
  if (paid - now > whole) return paid - now - whole;
  paid_until_ = paid;
  return duration(0);
}

/// What is published until everybody who is ready now has had its turn leaves together: in one
/// write for each subscriber.
void topic::flush_soon() {
  if (std::exchange(flush_due_, true)) return;
  boost::asio::post(where_, [self = weak_from_this()] {
    if (const auto here = self.lock()) here->flush();
  });
}

void topic::flush() {
  flush_due_ = false;
  run cached;
  for (subscription* to : subscribers_)
    if (to != nullptr && !to->empty() && to->takes_shortcut()) flush_to(*to, cached);
}

void topic::flush_to(subscription& to, run& cached) {
  const form as = to.shortcut_.as;
  const std::uint64_t first = to.queue_[to.first_]->id;
  const std::uint64_t last = to.queue_.back()->id;
  if (cached.as != as || cached.first != first || cached.last != last) {
    cached = run{as, first, last, {}};
    for (std::size_t i = to.first_; i < to.queue_.size(); ++i)
      cached.text += to.queue_[i]->encoded(as, to.shortcut_.encode, limits_);
  }
  const std::size_t sent = to.shortcut_.write_now(cached.text);
  if (sent != 0) {
    to.written_at_ = time_.now();
    to.queue_.clear();
    to.first_ = 0;
    to.octets_ = 0;
    to.rest_ = octet_view(cached.text).substr(sent);
  }
  if (sent < cached.text.size()) to.changed_.notify();
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
  to.place_ = subscribers_.size();
  subscribers_.push_back(&to);
  if (client.empty()) return;
  auto& of_client = clients_[client];
  if (of_client != nullptr && !limits_.mutant("topic-never-supersedes")) {
    of_client->superseded_ = true;
    of_client->changed_.notify();
  }
  of_client = &to;
  to.client_ = client;
}

void topic::unsubscribe(subscription& to) {
  const auto at = clients_.find(to.client_);
  if (at != clients_.end() && at->second == &to) clients_.erase(at);
  // Not there where a mutant lost it.
  if (to.place_ >= subscribers_.size() || subscribers_[to.place_] != &to) return;
  subscribers_[to.place_] = nullptr;
  // Polls come and go with each event: closing the gaps each time would take each time as long as
  // there are subscribers.
  if (++left_ * 2 > subscribers_.size()) close_ranks();
  if (limits_.mutant("topic-leaver-takes-all")) {
    subscribers_.clear();
    left_ = 0;
  }
}

void topic::close_ranks() {
  std::erase(subscribers_, nullptr);
  left_ = 0;
  for (std::size_t i = 0; i < subscribers_.size(); ++i)
    subscribers_[i]->place_ = i;
}

void topic::release() {
  last_poll_ = {};
  close_ranks();
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
