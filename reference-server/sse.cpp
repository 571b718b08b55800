#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"
#include "reference-server/topic.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

/// How many subscribers a topic has where it has few.
constexpr std::size_t few = 4;

/// One "data:" line per line of the payload, which CR, LF and CRLF end alike: a lone CR that went
/// out as it is would end the field at the client. Source: HTML, server-sent events, parsing.
octets data_lines(octet_view payload, const options& how) {
  octets out;
  if (payload.empty() && how.mutant("sse-empty-unsaid")) return out;
  const bool lf_only = how.mutant("sse-lf-only");
  const octet_view field = how.mutant("sse-no-space") ? "data:" : "data: ";
  for (;;) {
    const std::size_t end =
        std::min(payload.find_first_of(lf_only ? "\n" : "\r\n"), payload.size());
    out += field;
    out += payload.substr(0, end);
    out += '\n';
    if (end == payload.size()) return out;
    const bool pair = payload.substr(end).starts_with("\r\n");
    payload.remove_prefix(end + (pair && !lf_only ? 2 : 1));
  }
}

octets encode(const event& one, const options& how) {
  // A byte order mark means something at the very start of a stream only.
  octets out = how.mutant("sse-mark-each-event") ? "\xEF\xBB\xBF" : "";
  if (!one.name.empty() && !how.mutant("sse-drops-name")) out += "event: " + one.name + "\n";
  const std::uint64_t id = how.mutant("sse-ids-repeat") ? (one.id + 1) / 2 : one.id;
  if (!how.mutant("sse-no-id")) out += "id: " + std::to_string(id) + "\n";
  return out + data_lines(one.data, how) + "\n";
}

octets encode_chunk(const event& one, const options& how) {
  return as_chunk(encode(one, how));
}

octets gap_event(std::uint64_t from, std::uint64_t to) {
  return "event: gap\ndata: " + std::to_string(from) + "-" + std::to_string(to) + "\n\n";
}

/// The id that the client names as the last it has seen, if it names any.
std::optional<octets> last_seen(const request& head) {
  if (const octets* field = head.find("Last-Event-ID")) return *field;
  return head.parameter("lastEventId");
}

/// The id after which the client wants to go on; nothing where it names none that we gave.
std::optional<std::uint64_t> resume_point(exchange& with, const topic& from) {
  if (with.settings().mutant("sse-drops-last-event-id")) return std::nullopt;
  const auto given = last_seen(with.head());
  if (!given) return std::nullopt;
  const auto id = parse_number(*given);
  if (!id || *id > from.last()) return std::nullopt;
  if (with.settings().mutant("sse-skip-one")) return std::min(*id + 1, from.last());
  if (with.settings().mutant("sse-replay-one")) return *id == 0 ? 0 : *id - 1;
  return id;
}

/// What a client that comes with `after` has missed, as one text.
octets missed(exchange& with, const topic& from, std::uint64_t after) {
  octets out;
  if (after + 1 < from.oldest() && !with.settings().mutant("sse-silent-gap")) {
    // Lost for good: say so, or the client would take the next id for a neighbour.
    out += gap_event(after + 1, from.oldest() - 1);
  }
  constexpr std::size_t lossy_ring = 8;  // a mutant's
  const auto events = from.after(after);
  const bool lose = with.settings().mutant("sse-eight-missed") && events.size() == lossy_ring;
  for (std::size_t i = lose ? 1 : 0; i < events.size(); ++i)
    out += encode(*events[i], with.settings());
  return out;
}

duration heartbeat_of(exchange& with) {
  const auto asked = with.head().parameter("heartbeat");
  const auto length = asked ? parse_number(*asked) : std::nullopt;
  if (!length || *length == 0 || *length > 3'600'000) return with.settings().sse_heartbeat;
  return std::chrono::milliseconds(*length);
}

octets prelude(exchange& with) {
  if (with.settings().mutant("sse-no-retry")) return ":\n\n";
  const auto retry =
      std::chrono::duration_cast<std::chrono::milliseconds>(with.settings().sse_retry).count();
  return "retry: " + std::to_string(retry) + "\n\n";
}

/// Sends one event, and before it what says that others are lost.
awaitable<bool> send_next(exchange& with, subscription& events) {
  const auto lost = events.take_gap();
  if (lost && !with.settings().mutant("sse-drop-unsaid")) {
    const octets notice = gap_event(lost->from, lost->to);
    const bool sent = co_await with.write_piece(notice);
    if (!sent) co_return false;
  }
  const event_ref one = events.pop();
  const form as = with.chunked() ? form::sse_chunk : form::sse;
  const encoder how = with.chunked() ? encode_chunk : encode;
  const octets& text = one->encoded(as, how, with.settings());
  const bool sent = co_await with.write_framed(text);
  co_return sent;
}

/// Sends events until the client goes, is too slow or has come back elsewhere, or the gateway
/// stops. Returns: whether the stream may be completed.
awaitable<bool> send_events(exchange& with, subscription& events) {
  const options& how = with.settings();
  const duration heartbeat = heartbeat_of(with);
  instant last_beat = with.shared().now();
  if (with.chunked()) {
    take_shortcut(with, events, form::sse_chunk, encode_chunk);
  } else {
    take_shortcut(with, events, form::sse, encode);
  }
  for (;;) {
    const bool left = with.peer().peer() != connection::inbound::open;
    if ((left && !how.mutant("sse-deaf")) || with.peer().closed()) co_return false;

    const instant next_beat = std::max(last_beat, events.written_at()) + heartbeat;
    bool sent = true;
    if (events.has_rest()) {
      const octets rest = events.take_rest();
      sent = co_await with.write_framed(rest);
    } else if (!events.empty()) {
      sent = co_await send_next(with, events);
    } else if (events.superseded() || with.shared().stopping) {
      co_return true;
    } else if (with.shared().now() >= next_beat) {
      const octet_view comment = how.mutant("sse-no-heartbeat") ? "" : ":\n\n";
      sent = co_await with.write_piece(comment);
    } else {
      events.idle(true);
      co_await with.peer().changed(next_beat);
      events.idle(false);
      continue;
    }
    if (!sent) co_return false;
    last_beat = with.shared().now();
  }
}

/// Waits for an event, or for the end: what a mutant does before it sends the head.
awaitable<void> first_event(exchange& with, const subscription& events) {
  connection& peer = with.peer();
  while (events.empty() && peer.peer() == connection::inbound::open && !with.shared().stopping) {
    const instant later = with.shared().now() + with.settings().sse_heartbeat;
    co_await peer.changed(later);
  }
}

/// Nothing follows: 204 tells a client not to come back (HTML §9.2.3).
awaitable<void> answer_over(exchange& with) {
  response over;
  over.status = 204;
  over.fields.push_back({"Cache-Control", "no-store"});
  co_await with.respond(std::move(over));
}

octets type_of_stream(const options& how) {
  if (how.mutant("sse-wrong-type")) return "text/plain";
  return how.mutant("sse-latin-1") ? "text/event-stream; charset=iso-8859-1" : "text/event-stream";
}

/// An event stream, where the topic has no more than `limit` of them.
awaitable<void> stream_within(exchange& with, std::size_t limit) {
  const in_stage counted(with.shared().stages["sse"]);
  topic* const from = with.shared().find_topic(with.key);
  const bool full = from == nullptr || from->subscribers() >= limit;
  if (full && with.settings().mutant("sse-full-503")) {
    co_await with.refuse(503, "too many subscribers\n");
    co_return;
  }
  if (full) {
    // Any status but 200 would stop a conforming client for good: let it come back instead.
    with.close_after();
  }
  response head;
  head.fields.push_back({"Content-Type", type_of_stream(with.settings())});
  head.fields.push_back({"Cache-Control", "no-store"});
  octets first = prelude(with);
  if (full || with.is_head()) {
    const bool begun = co_await with.begin_stream(std::move(head), first);
    if (begun) co_await with.end_stream();
    co_return;
  }
  subscription events(with.peer().events(), bounds_of(with), [&with] { with.peer().cut(); });
  const subscribed while_here(*from, events, with.head().parameter("client").value_or(""));
  const auto after = resume_point(with, *from);
  if (from->ended() && after.value_or(from->last()) >= from->last()) {
    co_await answer_over(with);
    co_return;
  }
  if (after) first += missed(with, *from, *after);
  if (!after && last_seen(with.head()) && with.settings().mutant("sse-unknown-id-204")) {
    response nothing;
    nothing.status = 204;
    co_await with.respond(std::move(nothing));
    co_return;
  }
  if (with.settings().mutant("sse-late-head")) co_await first_event(with, events);
  bool complete = co_await with.begin_stream(std::move(head), first);
  if (with.settings().mutant("sse-waits-for-body")) {
    octets body;
    const bool whole = co_await with.read_whole_body(body);
    complete = complete && whole;
  }
  if (complete && !from->ended()) complete = co_await send_events(with, events);
  if (with.settings().mutant("sse-end-cut")) complete = false;
  if (events.overrun()) ++with.shared().stages["sse"].dropped;
  if (complete) {
    co_await with.end_stream();
  } else {
    with.close_after();
  }
}

}  // namespace

awaitable<void> event_stream(exchange& with) {
  co_await stream_within(with, std::numeric_limits<std::size_t>::max());
}

awaitable<void> event_stream_for_few(exchange& with) {
  co_await stream_within(with, few);
}

}  // namespace halley::gateway
