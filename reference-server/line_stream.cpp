#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"
#include "reference-server/topic.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

constexpr duration idle_look = std::chrono::hours(1);

/// One event, one line: framing of our own, since chunk boundaries carry no meaning (RFC 9112
/// §7.1).
octets encode(const event& one, const options& how) {
  const nlohmann::json line = {{"id", one.id}, {"data", one.data}};
  return line.dump() + (how.mutant("stream-no-line-ends") ? "" : "\n");
}

octets encode_chunk(const event& one, const options& how) {
  return as_chunk(encode(one, how));
}

octets gap_line(const gap& lost) {
  const nlohmann::json line = {{"gap", {{"from", lost.from}, {"to", lost.to}}}};
  return line.dump() + "\n";
}

/// Sends one event, and before it what says that others are lost.
awaitable<bool> send_next(exchange& with, subscription& events) {
  if (const auto lost = events.take_gap()) {
    const octets notice = gap_line(*lost);
    const bool sent = co_await with.write_piece(notice);
    if (!sent) co_return false;
  }
  const event_ref one = events.pop();
  const form as = with.chunked() ? form::line_chunk : form::line;
  const encoder how = with.chunked() ? encode_chunk : encode;
  const octets& text = one->encoded(as, how, with.settings());
  const bool sent = co_await with.write_framed(text);
  co_return sent;
}

/// After how many octets of lines the stream ends, for clients that keep all of a response: they
/// come back with their cursor (RFC 6202 §3.2).
std::size_t limit_of(exchange& with) {
  const auto asked = with.head().parameter("limit");
  const auto octets = asked ? parse_number(*asked) : std::nullopt;
  if (!octets || with.settings().mutant("stream-limit-ignored"))
    return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(*octets);
}

/// Returns: whether the stream may be completed. `sent_octets` of lines went out before.
awaitable<bool> send_lines(exchange& with, subscription& events, std::size_t sent_octets) {
  const std::size_t limit = limit_of(with);
  const bool unlimited = limit == std::numeric_limits<std::size_t>::max();
  if (unlimited && with.chunked()) take_shortcut(with, events, form::line_chunk, encode_chunk);
  if (unlimited && !with.chunked()) take_shortcut(with, events, form::line, encode);
  for (;;) {
    const bool left = with.peer().peer() != connection::inbound::open;
    if ((left && !with.settings().mutant("stream-deaf")) || with.peer().closed()) co_return false;

    if (sent_octets >= limit) co_return true;
    bool sent = true;
    if (events.has_rest()) {
      const octets rest = events.take_rest();
      sent = co_await with.write_framed(rest);
    } else if (!events.empty()) {
      sent_octets += events.next()->encoded(form::line, encode, with.settings()).size();
      if (sent_octets >= limit && with.settings().mutant("stream-limit-loses-one")) co_return true;
      sent = co_await send_next(with, events);
    } else if (events.superseded() || with.shared().stopping) {
      co_return true;
    } else {
      const instant later = with.shared().now() + idle_look;
      events.idle(true);
      co_await with.peer().changed(later);
      events.idle(false);
    }
    if (!sent) co_return false;
  }
}

}  // namespace

/// GET /stream/KEY?cursor=C: one JSON line an event, for as long as both sides live. The end mark
/// tells a complete stream from one that was cut.
awaitable<void> line_stream(exchange& with) {
  const in_stage counted(with.shared().stages["stream"]);
  topic* const from = with.shared().find_topic(with.key);
  if (from == nullptr) {
    co_await with.refuse(503, "too many topics\n");
    co_return;
  }
  const auto given = with.head().parameter("cursor");
  const auto cursor = given ? parse_number(*given) : std::optional<std::uint64_t>(from->last());
  if (!cursor || *cursor > from->last()) {
    co_await with.refuse(400, "bad cursor\n");
    co_return;
  }
  response head;
  head.fields.push_back({"Content-Type", "application/x-ndjson"});
  head.fields.push_back({"Cache-Control", "no-store"});
  if (with.is_head()) {
    co_await with.begin_stream(std::move(head), "");
    co_return;
  }
  // Of a topic that has ended there is nothing to wait for.
  const bool over = from->ended();
  subscription events(with.peer().events(), bounds_of(with), [&with] { with.peer().cut(); });
  const subscribed while_here(*from, events, with.head().parameter("client").value_or(""));
  octets first;
  const std::uint64_t after = with.settings().mutant("stream-from-now") ? from->last() : *cursor;
  if (after + 1 < from->oldest() && !with.settings().mutant("stream-silent-gap"))
    first += gap_line({after + 1, from->oldest() - 1});
  for (const event_ref& one : from->after(after))
    first += one->encoded(form::line, encode, with.settings());
  bool complete = co_await with.begin_stream(std::move(head), first);
  if (complete && !over) complete = co_await send_lines(with, events, first.size());
  if (with.settings().mutant("stream-end-cut")) complete = false;
  if (complete && !with.settings().mutant("stream-end-unsaid"))
    complete = co_await with.write_piece("{\"end\":true}\n");
  if (complete) co_await with.end_stream();
  if (!complete) with.close_after();
  if (events.overrun()) ++with.shared().stages["stream"].dropped;
}

}  // namespace halley::gateway
