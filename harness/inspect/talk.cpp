#include "inspect/talk.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "checks/all_checks.hpp"
#include "checks/finding.hpp"
#include "inspect/event_keeper.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/stream_memory.hpp"
#include "inspect/verdict.hpp"
#include "trace/event.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::inspect {
namespace {

using capture::side;
using trace::direction;
using wire::wire_error;

constexpr unsigned most_tunnels = 8;
/// As many octets of a fault as checks quote, and one that says that there are more.
constexpr std::uint64_t quoted_octets = 41;
constexpr std::size_t shown_octets = 64;
constexpr std::size_t most_unanswered = 10'000;
constexpr std::size_t filler_block = std::size_t{64} * 1024;
constexpr const char* unassigned_code = "rfc6455/7.4.2-unassigned-code";

side side_of(direction dir) {
  return dir == direction::out ? side::client : side::server;
}

/// Faults of what a payload says, which nobody can tell where octets of it are missing.
bool is_about_content(wire_error error) {
  return error == wire_error::bad_utf8 || error == wire_error::bad_deflate_data ||
         error == wire_error::inflated_too_large || error == wire_error::event_stream_bad_utf8;
}

bool accepts_deflate(const wire::response_head& head) {
  const auto value = head.fields.combined("Sec-WebSocket-Extensions").value_or("");
  return head.status == 101 && value.find("permessage-deflate") != octets::npos;
}

bool is_event_stream(const wire::response_head& head) {
  const octets type = head.fields.first("Content-Type").value_or("");
  const octet_view name = octet_view(type).substr(0, type.find(';'));
  return ascii::iequals(ascii::trim_blank(name), "text/event-stream");
}

octets path_of(octet_view target) {
  return octets(target.substr(0, target.find('?')));
}

severity severity_of(checks::weight level) {
  switch (level) {
    case checks::weight::must:
      return severity::violation;
    case checks::weight::should:
      return severity::should;
    case checks::weight::may:
      break;
  }
  return severity::info;
}

}  // namespace

talk::talk(flow_surroundings& around, unsigned depth, std::array<std::uint64_t, 2> base)
    : around_(around),
      depth_(depth),
      conversation_(true, [this](trace::event&& one) { see(std::move(one)); }) {
  ways_[0].base = base[0];
  ways_[1].base = base[1];
  if (around.settings.measured != nullptr) watch_.emplace(*around.settings.measured);
}

talk::~talk() = default;

direction talk::direction_of(side one) {
  return one == side::client ? direction::out : direction::in;
}

void talk::data(side from, std::uint64_t off, octet_view data) {
  way& here = of(from);
  if (here.dead || data.empty()) return;
  if (here.through) return feed_inner(from, off, data);
  if (!filling_) guess_.take(from, data);
  take_wanted(from);
  const bool other_through = of(other(from)).through;
  conversation_.octets_seen(direction_of(from), data, around_.now.t);
  if (!other_through) feed_early(other(from));
  if (here.through) {
    const std::uint64_t inside = here.tunnel_at > off ? here.tunnel_at - off : 0;
    if (inside < data.size())
      feed_inner(from, off + inside, data.substr(static_cast<std::size_t>(inside)));
  }
}

/// What the client sent ahead of the answer has waited for it.
void talk::feed_early(side from) {
  const way& here = of(from);
  if (!here.through || !inner_) return;
  const stream_memory& held = around_.memory.at(index_of(from));
  const octets early(held.octets_at(here.tunnel_at, held.end() - here.tunnel_at));
  if (here.tunnel_at + early.size() == held.end())
    feed_inner(from, here.tunnel_at, early);
  else
    inner_->stop(from, here.tunnel_at);
}

void talk::feed_inner(side from, std::uint64_t off, octet_view data) {
  if (inner_) inner_->data(from, off, data);
}

void talk::end(side from) {
  way& here = of(from);
  if (here.through && inner_) inner_->end(from);
  if (!here.dead) conversation_.end_seen(direction_of(from), around_.now.t);
}

bool talk::gap(side from, std::uint64_t off, std::uint64_t length) {
  way& here = of(from);
  if (here.dead) return false;
  if (here.through) return inner_ ? inner_->gap(from, off, length) : true;
  if (here.opaque) return true;
  const bool begun = off > here.base;
  const std::uint64_t payload = conversation_.payload_left(direction_of(from));
  if (!begun || payload < length || length > around_.settings.filler_left) {
    stop(from, off);
    return false;
  }
  here.lost.emplace_back(off, off + length);
  here.text_lost = true;
  if (deflate_) here.deflate_lost = true;
  if (conversation_.reads_frames(direction_of(from)))
    omit(from, off,
         deflate_ ? "the text and compression of messages: octets are missing"
                  : "the text of one message: octets are missing");
  around_.settings.filler_left -= length;
  fill(from, off, length);
  return true;
}

/// Other octets in place of the missing ones, so that what is behind them is read where it is.
void talk::fill(side from, std::uint64_t off, std::uint64_t length) {
  static const octets zeros(filler_block, '\0');
  filling_ = true;
  while (length > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(length, zeros.size()));
    data(from, off, octet_view(zeros).substr(0, count));
    off += count;
    length -= count;
  }
  filling_ = false;
}

void talk::stop(side from, std::uint64_t off) {
  if (of(from).dead) return;
  if (of(from).through && inner_) return inner_->stop(from, off);
  const bool frames =
      conversation_.reads_frames(direction::out) && conversation_.reads_frames(direction::in);
  of(from).dead = true;
  if (frames) {
    // A Close frame may be among what is lost, and to echo its code is the custom.
    unsure_codes_ = true;
    omit(from, off, "octets are missing that may hold the border of a frame");
    return;
  }
  // Requests and responses can only be read together. What the other side sent behind the last
  // octet of this side that is known may be about lost ones.
  way& there = of(other(from));
  if (!there.dead) {
    there.dead = true;
    const std::uint64_t last = of(from).last_order;
    std::erase_if(keeper_.events(), [&](const kept_event& one) {
      return one.order > last && one.what.dir == direction_of(other(from));
    });
  }
  omit(std::nullopt, off,
       "octets of the " + name(from) + " are missing that may hold the border of a message");
}

void talk::omit(std::optional<side> of, std::uint64_t behind, std::string reason) {
  const bool known = std::ranges::any_of(
      omissions_, [&](const omission& one) { return one.of == of && one.reason == reason; });
  if (!known)
    omissions_.push_back(
        {.of = of, .behind = behind, .frame = around_.now.frame, .reason = std::move(reason)});
}

bool talk::explained_by_loss(side from, const trace::event& one) const {
  const way& here = ways_.at(index_of(from));
  const auto* fault = std::get_if<trace::wire_fault>(&one.what);
  if (fault == nullptr || here.lost.empty()) return false;
  if (is_about_content(fault->what) && (here.text_lost || here.deflate_lost)) return true;
  const std::uint64_t end = one.off + std::max<std::uint64_t>(one.len, 1);
  return std::ranges::any_of(
      here.lost, [&](const auto& range) { return range.first < end && one.off < range.second; });
}

/// Whether the message or body ends here whose octets are missing.
void talk::forget_loss(side from, const trace::event& one) {
  const auto* frame = std::get_if<wire::websocket_frame>(&one.what);
  const bool ends = frame != nullptr ? frame->fin && !wire::is_control(frame->code)
                                     : std::holds_alternative<wire::message_end>(one.what);
  if (ends) of(from).text_lost = false;
}

void talk::see(trace::event&& one) {
  const side from = side_of(one.dir);
  way& here = of(from);
  one.off += here.base;
  const std::uint64_t order = ++around_.next_order;
  one.seq = order;
  here.last_order = order;
  const auto moment = around_.memory.at(index_of(from)).moment_of(one.off);
  const std::uint64_t frame = moment ? moment->frame : 0;
  std::uint64_t missing = 0;
  for (const auto& [begin, end] : here.lost)
    if (begin < one.off + one.len && one.off < end)
      missing += std::min(end, one.off + one.len) - std::max(begin, one.off);

  if (explained_by_loss(from, one)) return;
  forget_loss(from, one);
  count(from, one);
  if (watch_) watch_->see(from, one);
  if (around_.tell)
    around_.tell({.what = one,
                  .from = from,
                  .frame = frame,
                  .order = order,
                  .depth = depth_,
                  .missing = missing});
  if (std::holds_alternative<trace::wire_fault>(one.what)) want(from, one.off, one.len);
  const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what);
  here.opaque = here.opaque || (tunnel != nullptr && tunnel->protocol != "websocket");
  if (tunnel != nullptr && tunnel->protocol == "connect") enter_tunnel(from, one.off);
  // The octets of a body that stand for missing ones are no content.
  if (filling_ && std::holds_alternative<wire::body_piece>(one.what)) return;
  if (keeper_.full() && std::exchange(kept_all_, false))
    omit(std::nullopt, one.off, "more happens on this connection than is kept");
  keeper_.add({.what = std::move(one), .order = order, .frame = frame});
}

/// Whether the response has a body that is an event stream. Source: RFC 9112 §6.3.
bool talk::streams(const wire::response_head& head) {
  if (head.status < 200) return false;
  bool to_head = false;
  if (!heads_asked_.empty()) {
    to_head = heads_asked_.front();
    heads_asked_.pop_front();
  }
  return !to_head && head.status != 204 && head.status != 304 && is_event_stream(head);
}

void talk::count(side from, const trace::event& one) {
  if (const auto* asked = std::get_if<wire::request_head>(&one.what)) {
    ++counts_.requests;
    if (path_.empty()) path_ = path_of(asked->target);
    if (heads_asked_.size() < most_unanswered) heads_asked_.push_back(asked->method == "HEAD");
  } else if (const auto* head = std::get_if<wire::response_head>(&one.what)) {
    ++counts_.responses;
    deflate_ = deflate_ || accepts_deflate(*head);
    streams_ = streams(*head) || streams_;
  } else if (std::holds_alternative<wire::websocket_frame>(one.what)) {
    ++counts_.frames;
  } else if (const auto* message = std::get_if<wire::websocket_message>(&one.what)) {
    ++counts_.messages;
    if (message->compressed) ++counts_.deflated;
  } else if (const auto* close = std::get_if<wire::websocket_close>(&one.what)) {
    ++counts_.frames;
    if (!close_) close_ = flow_close{.by = from, .code = close->code};
  } else if (std::holds_alternative<wire::sse_event>(one.what)) {
    ++counts_.sse_events;
  } else if (const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what)) {
    if (from == side::server) tunnel_ = tunnel->protocol;
    if (from == side::server && tunnel->protocol == "connect") ++counts_.tunnels;
  }
}

void talk::enter_tunnel(side from, std::uint64_t off) {
  way& here = of(from);
  here.through = true;
  here.tunnel_at = off;
  if (inner_) {
    inner_->of(from).base = off;
  } else if (depth_ < most_tunnels) {
    std::array<std::uint64_t, 2> base{};
    base.at(index_of(from)) = off;
    inner_ = std::make_unique<talk>(around_, depth_ + 1, base);
  }
}

void talk::want(side from, std::uint64_t off, std::uint64_t len) {
  if (filling_) return;
  // Where two faults share their first octet one window has to serve both.
  way& here = of(from);
  here.wanted.push_back(
      {.off = off, .size = std::min(std::max<std::uint64_t>(len, 1), quoted_octets)});
  take_wanted(from);
}

/// Keeps the octets of faults, as far as they have come.
void talk::take_wanted(side from) {
  way& here = of(from);
  const stream_memory& known = around_.memory.at(index_of(from));
  std::erase_if(here.wanted, [&](const way::window& one) {
    if (known.end() < one.off + one.size) return false;
    const octet_view data = known.octets_at(one.off, shown_octets);
    if (data.empty()) return true;
    trace::event moved;
    moved.dir = direction_of(from);
    moved.off = one.off;
    moved.len = data.size();
    moved.what = trace::wire_octets{.data = octets(data)};
    keeper_.add({.what = std::move(moved), .order = around_.next_order, .frame = 0});
    return true;
  });
}

void talk::judge_side(side by, bool sure, flow_verdict& result) const {
  // Checks judge direction::in.
  std::vector<trace::event> events;
  events.reserve(keeper_.events().size());
  for (std::size_t i = 0; i < keeper_.events().size(); ++i) {
    events.push_back(keeper_.events()[i].what);
    events.back().seq = i;
    if (by == side::client)
      events.back().dir = events.back().dir == direction::in ? direction::out : direction::in;
  }
  for (checks::finding& one : checks::judge(events, {.target_is_client = by == side::client})) {
    if (unsure_codes_ && one.broken.id == unassigned_code) continue;
    const kept_event& shown = keeper_.events()[static_cast<std::size_t>(one.seq)];
    flow_finding found;
    found.weight = sure ? severity_of(one.broken.level) : severity::info;
    found.by = by;
    found.off = one.off;
    // A fault inside compressed data is of all that its frame announces: as much of it as there is.
    const std::uint64_t seen = around_.memory.at(index_of(by)).end();
    found.len = one.off < seen ? std::min(one.len, seen - one.off) : one.len;
    found.frame = shown.frame;
    found.t = shown.what.t;
    found.order = shown.order;
    found.depth = depth_;
    for (const kept_event& moved : keeper_.events())
      if (const auto* data = std::get_if<trace::wire_octets>(&moved.what.what))
        if (moved.what.off == one.off && side_of(moved.what.dir) == by)
          found.data = data->data.substr(0, std::min<std::size_t>(one.len, shown_octets));
    found.broken = std::move(one.broken);
    found.expected = std::move(one.expected);
    found.got = std::move(one.got);
    if (!sure) found.got += " (the capture begins inside this connection)";
    result.findings.push_back(std::move(found));
  }
}

void talk::name_it(flow_verdict& result) const {
  std::string is;
  if (tunnel_ == "websocket")
    is = "ws";
  else if (tunnel_ == "connect")
    is = "tunnel";
  else if (guess_.is_http() && !tunnel_.empty() && tunnel_ != "unknown")
    is = tunnel_;
  else if (guess_.is_http())
    is = streams_ ? "sse" : "http";
  else if (!guess_.silent())
    is = guess_.other_name();
  if (is.empty()) return;
  result.protocol += (result.protocol.empty() ? "" : " → ") + is;
  std::string about = path_;
  if (const auto hello = guess_.hello(); hello && is == "tls") {
    about = hello->server_name;
    for (const std::string& one : hello->protocols)
      about += (about.empty() ? "" : " ") + one;
  }
  if (!about.empty()) result.about += (result.about.empty() ? "" : " → ") + about;
}

void talk::judge(flow_verdict& result) const {
  if (guess_.is_http() && begins()) {
    const bool sure = depth_ > 0 || around_.whole;
    if (guess_.client_speaks_http()) judge_side(side::client, sure, result);
    if (guess_.server_speaks_http()) judge_side(side::server, sure, result);
  }
  if (inner_) inner_->judge(result);
}

void talk::finish(flow_verdict& result) {
  if (depth_ == 0) judge(result);
  name_it(result);
  const bool http = guess_.is_http();
  if (!http && !guess_.silent()) {
    omit(std::nullopt, 0, "this is no HTTP/1.1: " + guess_.other_name());
  } else if (!begins() && !guess_.silent()) {
    omit(std::nullopt, 0, "the capture begins inside this connection");
  }
  if (http) {
    result.counts.requests += counts_.requests;
    result.counts.responses += counts_.responses;
    result.counts.frames += counts_.frames;
    result.counts.messages += counts_.messages;
    result.counts.deflated += counts_.deflated;
    result.counts.sse_events += counts_.sse_events;
    result.counts.tunnels += counts_.tunnels;
    if (close_) result.close = close_;
  }
  for (omission& one : omissions_)
    result.not_judged.push_back(std::move(one));
  if (inner_) inner_->finish(result);
}

}  // namespace halley::inspect
