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
  for (subscription* to : subscribers_) {
    if (to->overrun_) continue;
    to->octets_ += made->data.size();
    to->queue_.push_back(made);
    if (to->octets_ > to->limit_ && !limits_.mutant("unbounded-queue")) {
      to->overrun_ = true;
      to->let_go_();
    }
    to->changed_.notify();
  }
  if (std::exchange(forget_next_, false)) return last_;
  log_octets_ += made->data.size();
  log_.push_back(std::move(made));
  const std::size_t most =
      limits_.topic_window_events - (limits_.mutant("sse-ring-off-by-one") ? 1 : 0);
  while (log_.size() > most || (log_octets_ > limits_.topic_window_octets && log_.size() > 1)) {
    log_octets_ -= log_.front()->data.size();
    log_.pop_front();
  }
  return last_;
}

std::vector<event_ref> topic::after(std::uint64_t id) const {
  std::vector<event_ref> result;
  std::ranges::copy_if(log_, std::back_inserter(result),
                       [&](const event_ref& one) { return one->id > id; });
  return result;
}

void topic::subscribe(subscription& to, const octets& client) {
  subscribers_.push_back(&to);
  if (client.empty()) return;
  auto& of_client = clients_[client];
  if (of_client != nullptr) {
    of_client->superseded_ = true;
    of_client->changed_.notify();
  }
  of_client = &to;
}

void topic::unsubscribe(subscription& to) {
  std::erase(subscribers_, &to);
  std::erase_if(clients_, [&](const auto& entry) { return entry.second == &to; });
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
