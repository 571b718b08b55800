#include "inspect/measures.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <variant>

namespace halley::inspect {
namespace {

using std::chrono::nanoseconds;

/// Requests and messages that wait for an answer; older ones are forgotten.
constexpr std::size_t most_waiting = 256;

}  // namespace

// A slot holds the lengths that agree in their highest bit and the five below it.
void time_histogram::add(nanoseconds length, std::uint64_t times) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(length.count(), 0));
  const auto width = static_cast<std::size_t>(std::bit_width(value));
  const std::size_t slot =
      value < steps ? value : (width - 5) * steps + ((value >> (width - 6U)) & (steps - 1));
  slots_.at(slot) += times;
  min_ = count_ == 0 ? length : std::min(min_, length);
  max_ = std::max(max_, length);
  count_ += times;
}

nanoseconds time_histogram::percentile(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    seen += slots_[slot];
    if (seen < std::max<std::uint64_t>(wanted, 1)) continue;
    const std::size_t power = slot / steps;
    const std::uint64_t top =
        slot < steps ? slot : ((steps + slot % steps + 1) << (power - 1U)) - 1;
    return std::min(max_, nanoseconds(static_cast<std::int64_t>(top)));
  }
  return nanoseconds{0};
}

void stopwatch::see(capture::side from, const trace::event& one) {
  if (std::holds_alternative<wire::request_head>(one.what)) {
    if (asked_.size() < most_waiting) asked_.push_back(one.t);
  } else if (std::holds_alternative<wire::message_end>(one.what)) {
    if (from == capture::side::client && !asked_.empty()) asked_.back() = one.t;
    if (from == capture::side::server) last_event_.reset();
  } else if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
    if (head->status < 200 && head->status != 101) return;
    if (asked_.empty()) return;
    into_.response.add(one.t - asked_.front());
    asked_.pop_front();
  } else if (std::holds_alternative<wire::sse_event>(one.what)) {
    if (last_event_) into_.sse_gap.add(one.t - *last_event_);
    last_event_ = one.t;
  } else if (std::holds_alternative<wire::websocket_message>(one.what)) {
    see_message(from, one);
  }
}

void stopwatch::see_message(capture::side from, const trace::event& one) {
  const auto& message = std::get<wire::websocket_message>(one.what);
  const std::size_t hash = std::hash<octet_view>()(message.data);
  if (from == capture::side::client) {
    said_.emplace_back(hash, one.t);
    if (said_.size() > most_waiting) said_.pop_front();
    return;
  }
  const auto found = std::ranges::find(said_, hash, &std::pair<std::size_t, nanoseconds>::first);
  if (found == said_.end()) return;
  into_.echo.add(one.t - found->second);
  said_.erase(said_.begin(), found + 1);
}

}  // namespace halley::inspect
