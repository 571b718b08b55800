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

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

constexpr duration late_in_hold = std::chrono::milliseconds(20);     // to a mutant
constexpr duration wait_for_more = std::chrono::milliseconds(1200);  // of a mutant

/// JSON has an escape for all that JSON needs one for; those of HTML are a mutant's.
octets shown(const octets& data, const options& how) {
  if (!how.mutant("poll-escapes-html")) return data;
  octets out;
  for (const char c : data)
    out += c == '<' ? octets("&lt;") : octets(1, c);
  return out;
}

/// How many polls of a topic are held where few are.
constexpr std::size_t few = 4;

/// Everything newer than `cursor`, with the cursor to come back with.
octets make_answer(exchange& with, const topic& from, std::uint64_t cursor) {
  const options& how = with.settings();
  auto events = nlohmann::json::array();
  std::vector<event_ref> waiting = from.after(cursor);
  std::uint64_t next = waiting.empty() ? cursor : waiting.back()->id;
  if (how.mutant("poll-sorts-as-text"))
    std::ranges::sort(waiting, {}, [](const event_ref& one) { return std::to_string(one->id); });
  for (const event_ref& one : waiting)
    events.push_back({{"id", one->id}, {"data", shown(one->data, how)}});
  if (how.mutant("poll-cursor-back") && next > cursor) --next;
  if (how.mutant("poll-cursor-abandoned") && next > cursor && from.abandoned() >= 2) ++next;
  nlohmann::json answer = {{"events", std::move(events)}, {"cursor", std::to_string(next)}};
  if (cursor + 1 < from.oldest() && !how.mutant("poll-silent-gap"))
    answer["gap"] = {{"from", cursor + 1}, {"to", from.oldest() - 1}};
  if (from.ended()) answer["ended"] = true;
  // An object is no script, and stays none whatever the query says (RFC 6202 §6).
  const auto function = with.head().parameter("callback");
  if (function && how.mutant("poll-calls-back")) return *function + "(" + answer.dump() + ")\n";
  return how.mutant("poll-answers-list") ? answer["events"].dump() + "\n" : answer.dump() + "\n";
}

/// The same, made once for all who come with this cursor.
const octets& answer_from(exchange& with, topic& from, std::uint64_t cursor) {
  auto& known = from.last_poll();
  if (known.text.empty() || known.cursor != cursor || known.last != from.last() ||
      !with.settings().mutants.empty())
    known = {cursor, from.last(), make_answer(with, from, cursor)};
  return known.text;
}

duration hold_of(exchange& with) {
  const auto asked = with.head().parameter("hold");
  const auto length = asked ? parse_number(*asked) : std::nullopt;
  const options& how = with.settings();
  if (how.mutant("poll-never-holds")) return duration(0);
  if (!length || (*length == 0 && how.mutant("poll-zero-is-none"))) return how.poll_hold;
  const auto most =
      std::chrono::duration_cast<std::chrono::milliseconds>(how.poll_maximum_hold).count();
  const auto bounded = std::min<std::uint64_t>(*length, static_cast<std::uint64_t>(most));
  return std::chrono::milliseconds(bounded);
}

/// Counts a held poll while it is held.
class held {
public:
  explicit held(std::size_t& count) : count_(count) { ++count_; }
  held(const held&) = delete;
  held& operator=(const held&) = delete;
  ~held() { --count_; }

private:
  std::size_t& count_;
};

/// Waits for something newer than `cursor`. Returns: false where the client left meanwhile; its
/// poll has then consumed nothing, since the log alone decides what the next one gets.
awaitable<bool> hold(exchange& with, const topic& from, std::uint64_t cursor, instant deadline) {
  const held counted(with.shared().polls_held);
  // Only a wake-up is wanted of it: the answer comes from the log.
  subscription changes(with.peer().events(), subscription::limits(), [] {});
  topic& to = *with.shared().find_topic(with.key);
  const subscribed while_held(to, changes, with.head().parameter("client").value_or(""));
  while (from.last() <= cursor && with.shared().now() < deadline) {
    const bool left = with.peer().peer() != connection::inbound::open;
    if ((left && !with.settings().mutant("poll-deaf")) || with.peer().closed()) co_return false;
    // The older poll of a client, and one behind which the next request waits, are let go empty.
    if (changes.superseded() || with.shared().stopping || !with.peer().input().empty())
      co_return true;
    co_await with.peer().changed(deadline);
  }
  co_return true;
}

/// Answers, at a time of a mutant's choosing.
awaitable<void> answer_poll(exchange& with, response answer) {
  if (with.settings().mutant("poll-waits-for-more"))
    co_await clock::sleep_for(with.shared().world.time(), wait_for_more);
  answer.fields.push_back({"X-Content-Type-Options", "nosniff"});
  if (with.settings().mutant("poll-may-be-sniffed")) answer.fields.pop_back();
  co_await with.respond(std::move(answer));
}

/// No room for a further poll; those that are held stay.
awaitable<void> refuse_poll(exchange& with) {
  ++with.shared().stages["poll"].refused;
  if (with.settings().mutant("poll-limit-unanswered")) {
    with.close_after();
    co_return;
  }
  response busy = text(503, "too many polls\n");
  busy.fields.push_back({"Retry-After", "1"});
  co_await with.respond(std::move(busy));
}

/// What is newer than the client's cursor, at once or as soon as there is something. Of the topic
/// at most `limit` polls are held.
awaitable<void> poll_within(exchange& with, std::size_t limit) {
  const in_stage counted(with.shared().stages["poll"]);
  octets body;
  const bool whole = co_await with.read_whole_body(body);
  if (!whole) co_return;
  topic* const from = with.shared().find_topic(with.key);
  const auto given = with.head().parameter("cursor");
  const std::uint64_t newest = from != nullptr ? from->last() : 0;
  const auto cursor = given ? parse_number(*given) : std::optional<std::uint64_t>(newest);
  const options& how = with.settings();
  if (!cursor || (*cursor > newest && !how.mutant("poll-waits-ahead"))) {
    co_await with.refuse(how.mutant("poll-bad-cursor-500") ? 500 : 400, "bad cursor\n");
    co_return;
  }
  const bool full = with.shared().polls_held >= with.settings().poll_maximum ||
                    (from != nullptr && from->subscribers() >= limit);
  if (from == nullptr || (full && newest <= *cursor)) {
    if (from != nullptr && how.mutant("poll-limit-frees-all")) from->release();
    co_await refuse_poll(with);
    co_return;
  }
  std::uint64_t position = *cursor;
  const std::uint64_t awaited = how.mutant("poll-waits-for-news") ? newest : position;
  if (newest <= awaited && !with.is_head() && !from->ended()) {
    const instant deadline = with.shared().now() + hold_of(with);
    const bool here = co_await hold(with, *from, awaited, deadline);
    if (!here || (from->ended() && how.mutant("poll-end-unanswered"))) {
      if (how.mutant("poll-eats-on-abandon")) from->forget_next();
      from->note_abandoned();
      with.close_after();
      co_return;
    }
    const bool late = deadline - with.shared().now() < late_in_hold;
    if (late && how.mutant("poll-loses-late-event")) position = from->last();
  }
  response answer = json_text(answer_from(with, *from, position));
  if (how.mutant("poll-timeout-408") && from->last() <= position) answer.status = 408;
  if (how.mutant("poll-consumes")) from->forget_until(from->last());
  co_await answer_poll(with, std::move(answer));
}

}  // namespace

/// GET /poll/KEY?cursor=C&hold=MS
awaitable<void> long_poll(exchange& with) {
  co_await poll_within(with, std::numeric_limits<std::size_t>::max());
}

awaitable<void> long_poll_for_few(exchange& with) {
  co_await poll_within(with, few);
}

}  // namespace halley::gateway
