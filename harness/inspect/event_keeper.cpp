#include "inspect/event_keeper.hpp"

#include "base/bytes.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace halley::inspect {
namespace {

/// As many octets as a finding quotes, and one that says that there are more.
constexpr std::size_t quoted_octets = 41;

template <typename... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

void cut(octets& text) {
  if (text.size() <= quoted_octets) return;
  text.resize(quoted_octets);
  text.shrink_to_fit();
}

void drop_raw(octets& raw, wire::field_section& fields) {
  raw = octets();
  for (wire::field_line& line : fields.lines)
    line.raw = octets();
}

std::size_t size_of(const wire::field_section& fields) {
  std::size_t sum = 0;
  for (const wire::field_line& line : fields.lines)
    sum += sizeof line + line.name.size() + line.value.size();
  return sum;
}

/// Takes the octets away that no check reads. Returns: how many are left, about.
std::size_t trim(trace::event& one) {
  return std::visit(overloaded{
                        [](wire::request_head& head) {
                          drop_raw(head.raw, head.fields);
                          return head.target.size() + size_of(head.fields);
                        },
                        [](wire::response_head& head) {
                          drop_raw(head.raw, head.fields);
                          return head.reason.size() + size_of(head.fields);
                        },
                        [](wire::trailer_section& trailer) {
                          octets none;
                          drop_raw(none, trailer.fields);
                          return size_of(trailer.fields);
                        },
                        [](wire::chunk_header& chunk) {
                          cut(chunk.extension);
                          return chunk.extension.size();
                        },
                        [](wire::body_piece& piece) {
                          cut(piece.data);
                          return piece.data.size();
                        },
                        [](wire::websocket_frame& frame) {
                          cut(frame.payload);
                          return frame.payload.size();
                        },
                        [](wire::websocket_message& message) {
                          message.data = octets();
                          return message.data.size();
                        },
                        [](wire::sse_event& event) {
                          event = {};
                          return event.data.size();
                        },
                        [](wire::sse_comment& comment) {
                          comment = {};
                          return comment.text.size();
                        },
                        [](auto&) { return std::size_t{0}; },
                    },
                    one.what);
}

template <typename What>
bool is(const kept_event& one) {
  return std::holds_alternative<What>(one.what.what);
}

}  // namespace

/// Sees one direction's events and tells which of them no check would miss.
class event_keeper::idle_events {
public:
  explicit idle_events(event_keeper& keeper) : keeper_(keeper) {}

  void see(const kept_event& one) {
    const bool explains_fault = fault_;
    if (is<trace::wire_octets>(one)) return;
    fault_ = is<trace::wire_fault>(one);
    if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what.what)) {
      see_frame(one.serial, *frame, explains_fault || frame_fault_);
      frame_fault_ = false;
    } else if (is<trace::wire_fault>(one)) {
      frame_fault_ = true;
    } else if (is<wire::response_head>(one) || is<wire::request_head>(one)) {
      content_ = false;
    } else if (const auto* piece = std::get_if<wire::body_piece>(&one.what.what)) {
      const bool first = !content_ && !piece->data.empty();
      content_ = content_ || !piece->data.empty();
      if (!first && !explains_fault) keeper_.drop(one.serial);
    } else if (is<wire::chunk_header>(one) || is<wire::websocket_message>(one) ||
               is<wire::sse_event>(one) || is<wire::sse_comment>(one) || is<wire::sse_retry>(one)) {
      if (!explains_fault) keeper_.drop(one.serial);
    }
  }

private:
  struct masked {
    std::uint64_t serial = 0;
    std::optional<std::array<std::uint8_t, 4>> mask;
    bool stays = false;
    bool beside = false;  // of one that stays
  };

  // Equal masking keys in a row tell something, but not those of empty frames. A frame that stays
  // keeps its neighbours, so that no equal keys come together that did not.
  void see_frame(std::uint64_t serial, const wire::websocket_frame& frame, bool needed) {
    if (!frame.mask || frame.payload.empty()) {
      if (!needed) keeper_.drop(serial);
      return;
    }
    const bool same = last_ && last_->mask == frame.mask;
    if (last_) last_->stays = last_->stays || same;
    const bool between = before_ && !before_->beside && !last_->stays;
    if (between && !before_->stays) keeper_.drop(before_->serial);
    before_ = last_;
    last_ = masked{.serial = serial,
                   .mask = frame.mask,
                   .stays = needed || same,
                   .beside = before_ && before_->stays};
  }

  event_keeper& keeper_;
  bool fault_ = false;
  bool frame_fault_ = false;
  bool content_ = false;
  std::optional<masked> before_;
  std::optional<masked> last_;
};

event_keeper::event_keeper()
    : ways_{std::make_unique<idle_events>(*this), std::make_unique<idle_events>(*this)} {
}
event_keeper::~event_keeper() = default;

void event_keeper::add(kept_event one) {
  if (full_) return;
  octets_ += trim(one.what) + sizeof one;
  one.serial = ++serial_;
  events_.push_back(std::move(one));
  ways_.at(events_.back().what.dir == trace::direction::in ? 1 : 0)->see(events_.back());
  if (events_.size() < compact_at_ && octets_ < most_octets) return;
  compact();
  compact_at_ = std::clamp<std::size_t>(2 * events_.size(), 1024, most_events);
  // Where little became free the next time would be soon.
  full_ = events_.size() >= most_events / 4 * 3 || octets_ >= most_octets / 4 * 3;
}

void event_keeper::drop(std::uint64_t serial) {
  const auto found = std::ranges::lower_bound(events_, serial, {}, &kept_event::serial);
  if (found != events_.end() && found->serial == serial) found->idle = true;
}

void event_keeper::compact() {
  std::erase_if(events_, [](const kept_event& one) { return one.idle; });
  octets_ = 0;
  for (kept_event& one : events_)
    octets_ += trim(one.what) + sizeof one;
}

}  // namespace halley::inspect
