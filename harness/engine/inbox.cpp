#include "engine/inbox.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

namespace halley::engine {
namespace {

/// Dropping octets costs a move of the rest: do it only when that is worth it.
constexpr std::size_t worth_dropping = 1024UL * 1024U;

}  // namespace

bool is_end(const trace::event& one) {
  return std::holds_alternative<trace::tcp_fin>(one.what) ||
         std::holds_alternative<trace::tcp_rst>(one.what) ||
         std::holds_alternative<trace::tcp_error>(one.what);
}

void inbox::add_octets(octet_view data, instant arrived) {
  octets_ += data;
  arrivals_.push_back({end_offset(), arrived});
}

instant inbox::arrival_of(std::uint64_t end) const {
  const auto found = std::ranges::lower_bound(arrivals_, end, {}, &arrival::end);
  return found == arrivals_.end() ? instant{0} : found->at;
}

void inbox::add_event(trace::event one) {
  if (std::holds_alternative<trace::tunnel_open>(one.what) && !opaque_from_) {
    const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what);
    if (tunnel->protocol != "websocket") opaque_from_ = one.off;
  }
  if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
    const auto type = head->fields.first("content-type");
    event_stream_ = type && ascii::to_lower(*type).starts_with("text/event-stream");
  }
  // Past the limit nothing more is read: no wait needs to go on.
  const auto* note = std::get_if<trace::note>(&one.what);
  ended_ = ended_ || is_end(one) || (note != nullptr && note->name == "limit");
  events_.push_back(std::move(one));
}

octet_view inbox::octets_from(std::uint64_t from) const {
  if (from <= base_) return octets_;
  const auto skipped =
      static_cast<std::size_t>(std::min<std::uint64_t>(from - base_, octets_.size()));
  return octet_view(octets_).substr(skipped);
}

void inbox::move_to(const cursor& to) {
  position_ = to;
  while (!arrivals_.empty() && arrivals_.front().end <= to.offset)
    arrivals_.pop_front();
  const auto read = static_cast<std::size_t>(
      std::min<std::uint64_t>(to.offset > base_ ? to.offset - base_ : 0, octets_.size()));
  if (read < worth_dropping) return;
  octets_.erase(0, read);
  base_ += read;
}

cursor inbox::skip_to(cursor at, std::uint64_t offset) const {
  at.offset = std::max(at.offset, offset);
  while (at.index < events_.size()) {
    const auto& next = events_[at.index];
    if (is_end(next) || next.off >= at.offset) break;
    if (next.off + next.len > at.offset && std::holds_alternative<wire::body_piece>(next.what)) {
      at.used = static_cast<std::size_t>(at.offset - next.off);
      break;
    }
    ++at.index;
    at.used = 0;
  }
  return at;
}

}  // namespace halley::engine
