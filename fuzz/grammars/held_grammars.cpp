#include "fuzz/grammars/held_grammars.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/credentials.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/faults.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/live/exchange.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace halley::fuzz {
namespace {

/// What a request of one kind says.
using request_of = void (*)(choices& from, request_draft& draft);

void add_parameter(request_draft& draft, std::string_view parameter) {
  draft.target += draft.target.find('?') == octets::npos ? '?' : '&';
  draft.target += parameter;
}

void ask_for_events(choices& from, request_draft& draft) {
  static constexpr auto accepts =
      std::to_array<std::string_view>({"text/event-stream", "text/event-stream;q=0.5, */*", "*/*",
                                       "TEXT/EVENT-STREAM", "text/html"});
  static constexpr auto ids = std::to_array<std::string_view>({"0",
                                                               "1",
                                                               "7",
                                                               "",
                                                               "-1",
                                                               "abc",
                                                               "00",
                                                               "+1",
                                                               "1.0",
                                                               "0x1",
                                                               "1,2",
                                                               "9223372036854775807",
                                                               "18446744073709551615",
                                                               "18446744073709551616",
                                                               "99999999999999999999999999",
                                                               "\xc3\xa9",
                                                               "\xff",
                                                               "a b",
                                                               "\"1\"",
                                                               "1;x",
                                                               "%31",
                                                               "1e1",
                                                               "\xef\xbb\xbf"
                                                               "1"});
  static constexpr auto parameters = std::to_array<std::string_view>(
      {"lastEventId=1", "Last-Event-ID=0", "cursor=1", "cursor=abc", "x=%00",
       "lastEventId=", "retry=1", "x=1&x=2", "%6c%61stEventId=1"});
  const auto kind = from.draw(16);
  draft.add("Accept", kind < 14 ? accepts.front() : pick(from, accepts));
  if (from.draw(4) > 1) {
    draft.add("Last-Event-ID", pick(from, ids));
    if (once_in(from, 32)) draft.fields.back().value.append(from.draw(3000), '1');
    if (once_in(from, 32)) draft.add("last-event-id", pick(from, ids));
  }
  if (once_in(from, 4)) draft.add("Cache-Control", "no-cache");
  if (once_in(from, 8)) add_parameter(draft, pick(from, parameters));
}

/// A cursor that many servers give, and others that none does.
void draw_cursor(choices& from, request_draft& draft) {
  static constexpr auto cursors = std::to_array<std::string_view>({"cursor=0",
                                                                   "cursor=1",
                                                                   "cursor=",
                                                                   "cursor",
                                                                   "cursor=5",
                                                                   "cursor=-1",
                                                                   "cursor=abc",
                                                                   "cursor=00",
                                                                   "cursor=%30",
                                                                   "cursor=+0",
                                                                   "cursor=%200",
                                                                   "cursor=0x0",
                                                                   "cursor=0&cursor=1",
                                                                   "cursor=9223372036854775807",
                                                                   "cursor=18446744073709551615",
                                                                   "cursor=18446744073709551616",
                                                                   "cursor=99999999999999999999999",
                                                                   "Cursor=0",
                                                                   "cursor=0%00",
                                                                   "cursor=0;x",
                                                                   "cursor=0.5",
                                                                   "cursor=%c3%a9",
                                                                   "cursor=1e0",
                                                                   "cursor=0#1"});
  const auto kind = from.draw(8);
  if (kind == 7) return;
  // A fragment is no deviation that is wanted here: it has its own.
  const std::string_view drawn = kind < 3 ? cursors.front() : pick(from, cursors);
  add_parameter(draft, drawn.substr(0, drawn.find('#')));
}

void poll(choices& from, request_draft& draft) {
  static constexpr auto holds = std::to_array<std::string_view>(
      {"hold=1", "hold=0", "hold=20", "hold=", "hold=-1", "hold=x"});
  static constexpr auto parameters = std::to_array<std::string_view>(
      {"callback=f", "callback=%3Cscript%3E", "client=a", "x", "&"});
  draw_cursor(from, draft);
  // Those who know the word answer soon; for the others the exchange leaves.
  add_parameter(draft, once_in(from, 4) ? pick(from, holds) : holds.front());
  if (once_in(from, 8)) add_parameter(draft, pick(from, parameters));
  if (once_in(from, 8)) draft.add("Cache-Control", "no-cache");
  if (once_in(from, 8)) draft.add("Accept", "application/json");
}

void ask_for_stream(choices& from, request_draft& draft) {
  draw_cursor(from, draft);
  if (once_in(from, 8)) draft.add("Accept", "*/*");
}

void draw_form(choices& from, bool last, request_draft& draft) {
  static constexpr auto methods =
      std::to_array<std::string_view>({"HEAD", "POST", "OPTIONS", "PUT", "DELETE", "X"});
  const auto kind = from.draw(32);
  if (kind == 31 && last) draft.version = "HTTP/1.0";
  if (kind == 30 || kind == 29) draft.method = pick(from, methods);
  if (kind == 28) draft.give_length("content");
  if (kind == 27 && last) draft.add("Connection", "close");
  if (kind == 26) draft.add("Connection", "keep-alive");
  if (kind == 25) draft.add("Accept-Encoding", "gzip, deflate");
}

void leave(choices& from, exchange& made) {
  static constexpr auto ends =
      std::to_array<act::kind>({act::kind::close, act::kind::finish, act::kind::reset});
  then(made, act::kind::answer);
  if (once_in(from, 32)) then_pause(from, made);
  const act::kind end = ends.at(from.draw(ends.size()));
  // Who half-closes may be served on for ever.
  if (end == act::kind::finish && once_in(from, 2)) {
    then(made, end);
    then_pause(from, made);
    then(made, act::kind::close);
  } else {
    then(made, end);
  }
}

exchange compose_held(choices& from, const place& at, request_of ask) {
  const auto& table = http_deviations();
  exchange made{.at = at, .acts = {}, .deviations = {}};
  const delivery how = draw_delivery(from);
  const faults wrong = draw_faults(from, table.size());
  const std::uint32_t count = once_in(from, 8) ? 2 + from.draw(2) : 1;
  const bool in_turn = once_in(from, 2);
  for (std::uint32_t i = 0; i < count; ++i) {
    request_draft draft = request_draft::to(at);
    ask(from, draft);
    draw_credentials(from, at, draft);
    draw_form(from, i + 1 == count, draft);
    for (std::size_t k = 0; i + 1 == count && k < wrong.count; ++k) {
      const http_deviation& row = table[wrong.rows.at(k)];
      row.apply(from, draft);
      made.deviations.emplace_back(row.name);
    }
    octets written;
    written.reserve(256);
    draft.append_head(written);
    draft.append_body(written);
    say(made, std::move(written));
    if (in_turn && i + 1 < count) then(made, act::kind::answer);
  }
  leave(from, made);
  deliver(from, how, made);
  return made;
}

}  // namespace

bool sse_fits(std::string_view contract) {
  return contract.starts_with("http.sse-") || contract == "http.guarded";
}

exchange compose_sse(choices& from, const place& at, const corpus&) {
  return compose_held(from, at, ask_for_events);
}

bool long_poll_fits(std::string_view contract) {
  return contract.starts_with("http.longpoll") || contract == "http.guarded-poll";
}

exchange compose_long_poll(choices& from, const place& at, const corpus&) {
  return compose_held(from, at, poll);
}

bool stream_fits(std::string_view contract) {
  return contract.starts_with("http.stream");
}

exchange compose_stream(choices& from, const place& at, const corpus&) {
  return compose_held(from, at, ask_for_stream);
}

}  // namespace halley::fuzz
