#include "inspect/flow_transcript.hpp"

#include "base/bytes.hpp"
#include "base/cut_text.hpp"
#include "base/hex.hpp"
#include "capture/flow_sink.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/utf8.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::inspect {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t head_octets = std::size_t{16} << 10U;
constexpr std::size_t middle_octets = std::size_t{24} << 10U;
constexpr std::size_t tail_octets = std::size_t{24} << 10U;
constexpr std::size_t quoted_octets = 1024;
constexpr std::size_t quoted_going_on = 64;
constexpr std::size_t quoted_text = 512;
constexpr std::size_t preview_octets = 160;
constexpr std::size_t most_fields = 64;
constexpr std::size_t most_places = 100;
/// Events before and behind a wanted one that explain it.
constexpr std::size_t neighbours = 6;
/// About what the names and numbers of an event take.
constexpr std::size_t bare_event = 150;

template <typename... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};

octets beginning(const octets& data, std::size_t most = quoted_octets) {
  return data.substr(0, most);
}

/// A copy whose payload is cut after `most` octets. `size` becomes the payload's, `cost` what it
/// takes in a page.
trace::event shortened(const trace::event& one,
                       std::size_t most,
                       std::uint64_t& size,
                       std::size_t& cost) {
  trace::event copy;
  copy.t = one.t;
  copy.dir = one.dir;
  copy.off = one.off;
  copy.len = one.len;
  octet_view payload;
  std::size_t whole = 0;
  std::visit(overloaded{
                 [&](const trace::wire_octets& moved) {
                   payload = moved.data;
                   copy.what = trace::wire_octets{.data = beginning(moved.data, most)};
                 },
                 [&](const wire::body_piece& piece) {
                   payload = piece.data;
                   copy.what = wire::body_piece{.data = beginning(piece.data)};
                 },
                 [&](const wire::websocket_frame& frame) {
                   payload = frame.payload;
                   copy.what = wire::websocket_frame{.fin = frame.fin,
                                                     .rsv = frame.rsv,
                                                     .code = frame.code,
                                                     .mask = frame.mask,
                                                     .form = frame.form,
                                                     .payload = beginning(frame.payload)};
                 },
                 [&](const wire::websocket_message& message) {
                   payload = message.data;
                   copy.what = wire::websocket_message{.type = message.type,
                                                       .data = beginning(message.data),
                                                       .compressed = message.compressed,
                                                       .fragments = message.fragments};
                 },
                 [&](const wire::sse_event& event) {
                   payload = event.data;
                   wire::sse_event cut;
                   cut.type = beginning(event.type);
                   cut.data = beginning(event.data);
                   cut.last_event_id = beginning(event.last_event_id);
                   if (event.id) cut.id = beginning(*event.id);
                   copy.what = std::move(cut);
                 },
                 [&](const wire::sse_comment& comment) {
                   payload = comment.text;
                   copy.what = wire::sse_comment{.text = beginning(comment.text)};
                 },
                 [&](const wire::request_head& head) {
                   payload = head.raw;
                   whole = head.raw.size();
                   copy.what = head;
                 },
                 [&](const wire::response_head& head) {
                   payload = head.raw;
                   whole = head.raw.size();
                   copy.what = head;
                 },
                 [&](const auto& other) { copy.what = other; },
             },
             one.what);
  size = payload.size();
  cost = bare_event + std::max(whole, 2 * std::min(payload.size(), most));
  return copy;
}

/// The beginning of `data` where it is text, between code points.
octets preview(octet_view data) {
  octets text(data.substr(0, preview_octets));
  while (!text.empty() && data.size() > preview_octets && text.size() > preview_octets - 4 &&
         !wire::is_utf8(text))
    text.pop_back();
  return wire::is_utf8(text) ? text : octets();
}

void cut_texts(json& value) {
  if (auto* const text = value.get_ptr<std::string*>()) {
    cut_text(*text, quoted_text);
  } else if (value.is_array()) {
    auto& list = value.get_ref<json::array_t&>();
    if (list.size() > most_fields) list.resize(most_fields);
    for (json& one : list)
      cut_texts(one);
  }
}

/// Beside the fields of events.jsonl: what of a payload a label can say. The octets of heads and
/// bodies are those that were captured, which stand in wire.out and wire.in.
struct payload_fields {
  json& to;

  void keep(octet_view data, bool with_octets) const {
    const octets text = preview(data);
    if (!with_octets) to.erase("hex");
    if (with_octets) to["hex"] = to_hex(data);
    if (!text.empty()) to["text"] = text;
  }

  void operator()(const trace::wire_octets& one) const { to["hex"] = to_hex(one.data); }
  void operator()(const wire::request_head& /*one*/) const { to.erase("hex"); }
  void operator()(const wire::response_head& /*one*/) const { to.erase("hex"); }
  void operator()(const wire::trailer_section& /*one*/) const { to.erase("hex"); }
  void operator()(const wire::body_piece& one) const { keep(one.data, false); }
  void operator()(const wire::websocket_frame& one) const {
    if (one.mask)
      to["hex"] = to_hex(one.payload);
    else
      to.erase("hex");
  }
  void operator()(const wire::websocket_message& one) const { keep(one.data, one.compressed); }
  template <typename Other>
  void operator()(const Other& /*one*/) const {}
};

double milliseconds(std::chrono::nanoseconds length) {
  return std::round(static_cast<double>(length.count()) / 1e3) / 1e3;
}

}  // namespace

flow_transcript::flow_transcript(std::vector<stream_place> wanted,
                                 std::chrono::nanoseconds since,
                                 std::size_t& live)
    : wanted_(std::move(wanted)), since_(since), live_(live) {
  if (wanted_.size() > most_places) wanted_.resize(most_places);
}

flow_transcript::~flow_transcript() {
  live_ -= head_cost_ + middle_cost_ + tail_cost_;
}

bool flow_transcript::is_wanted(const trace::event& one) const {
  const std::uint64_t end = one.off + std::max<std::uint64_t>(one.len, 1);
  return std::ranges::any_of(wanted_, [&](const stream_place& place) {
    const auto dir =
        place.by == capture::side::client ? trace::direction::out : trace::direction::in;
    return one.dir == dir && place.off < end &&
           one.off < place.off + std::max<std::uint64_t>(place.len, 1);
  });
}

/// A large message comes in many segments: what is seen of it stands in the first.
std::size_t flow_transcript::quoted(const trace::event& one) {
  bool& goes_on = goes_on_.at(one.dir == trace::direction::in ? 1 : 0);
  const bool segment = std::holds_alternative<trace::wire_octets>(one.what);
  return std::exchange(goes_on, segment) && segment ? quoted_going_on : quoted_octets;
}

void flow_transcript::add(const transcript_entry& one) {
  item made;
  made.what = shortened(one.what, quoted(one.what), made.size, made.cost);
  made.frame = one.frame;
  made.depth = one.depth;
  made.missing = one.missing;
  made.wanted = is_wanted(one.what);
  push(std::move(made));
}

void flow_transcript::push(item&& one) {
  live_ += one.cost;
  if (!head_full_ && head_cost_ + one.cost <= head_octets) {
    head_cost_ += one.cost;
    kept_.push_back({.what = std::move(one), .instead = {}});
    return;
  }
  head_full_ = true;
  if (one.wanted) {
    wanted_next_ = neighbours;
    for (std::size_t i = 0; i < std::min(neighbours, tail_.size()); ++i)
      tail_[tail_.size() - 1 - i].wanted = true;
  } else if (wanted_next_ > 0) {
    --wanted_next_;
    one.wanted = true;
  }
  tail_cost_ += one.cost;
  tail_.push_back(std::move(one));
  shorten();
}

void flow_transcript::shorten() {
  while (tail_.size() > 1 && (tail_cost_ > tail_octets || live_ > most_live)) {
    item first = std::move(tail_.front());
    tail_.pop_front();
    tail_cost_ -= first.cost;
    if (first.wanted && middle_cost_ + first.cost <= middle_octets) {
      middle_cost_ += first.cost;
      kept_.push_back({.what = std::move(first), .instead = {}});
    } else {
      live_ -= first.cost;
      leave_out(first);
    }
  }
}

void flow_transcript::leave_out(const item& one) {
  if (kept_.empty() || kept_.back().what) kept_.push_back({.what = {}, .instead = {}});
  hole& into = kept_.back().instead;
  ++into.count;
  if (one.frame == 0) return;
  if (into.first_frame == 0) into.first_frame = one.frame;
  into.last_frame = one.frame;
}

json flow_transcript::events() const {
  json list = json::array();
  const auto put = [&](const item& one) {
    trace::event event = one.what;
    event.t = std::chrono::nanoseconds{0};  // an epoch's milliseconds do not fit into a double
    json fields = json::parse(trace::to_line(event));
    fields.erase("seq");
    fields["t"] = milliseconds(one.what.t - since_);
    for (auto& [name, value] : fields.items())
      cut_texts(value);
    std::visit(payload_fields{fields}, one.what.what);
    if (one.missing > 0)  // others stand in the place of its octets
      for (const char* const name : {"hex", "text"})
        fields.erase(name);
    if (one.size > 0 && fields.contains("size")) fields["size"] = one.size;
    if (std::holds_alternative<trace::wire_octets>(one.what.what)) fields["len"] = one.size;
    if (one.frame != 0) fields["frame"] = one.frame;
    if (one.depth > 0) fields["depth"] = one.depth;
    if (one.missing > 0) fields["missing"] = one.missing;
    list.push_back(std::move(fields));
  };
  for (const kept& one : kept_) {
    if (one.what)
      put(*one.what);
    else
      list.push_back({{"ev", "view.omitted"},
                      {"t", list.empty() ? json(0) : list.back()["t"]},
                      {"count", one.instead.count},
                      {"frames", {one.instead.first_frame, one.instead.last_frame}}});
  }
  for (const item& one : tail_)
    put(one);
  return list;
}

}  // namespace halley::inspect
