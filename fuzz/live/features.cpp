#include "fuzz/live/features.hpp"

#include "fuzz/live/record.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <variant>

namespace halley::fuzz {
namespace {

/// What kind of thing happened, without its values.
std::uint64_t kind_of(const trace::event& one) {
  std::uint64_t detail = 0;
  if (const auto* head = std::get_if<wire::response_head>(&one.what))
    detail = static_cast<std::uint64_t>(head->status);
  else if (const auto* fault = std::get_if<trace::wire_fault>(&one.what))
    detail = static_cast<std::uint64_t>(fault->what);
  else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what))
    detail = static_cast<std::uint64_t>(frame->code);
  else if (const auto* close = std::get_if<wire::websocket_close>(&one.what))
    detail = close->code.value_or(0);
  return (detail << 8U) | (std::uint64_t{one.what.index()} << 2U) |
         static_cast<std::uint64_t>(one.dir);
}

std::uint64_t mixed(std::uint64_t of) {
  of = (of ^ (of >> 31U)) * 0x9E3779B97F4A7C15U;
  return of ^ (of >> 29U);
}

}  // namespace

std::size_t features::take(const record& seen) {
  std::size_t fresh = 0;
  std::uint64_t before = 0;
  for (const trace::event& one : seen.events) {
    if (std::holds_alternative<trace::wire_octets>(one.what)) continue;
    const std::uint64_t now = kind_of(one);
    const auto at = static_cast<std::size_t>(mixed(mixed(before) + now) % known_.size());
    if (!known_[at]) {
      known_[at] = true;
      ++fresh;
    }
    before = now;
  }
  count_ += fresh;
  return fresh;
}

}  // namespace halley::fuzz
