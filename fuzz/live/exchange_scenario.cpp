#include "fuzz/live/exchange_scenario.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "checks/finding.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/scenario_writer.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr int first_final_status = 200;
constexpr int switching = 101;
constexpr std::size_t longest_title = 100;
constexpr std::size_t all_answers = std::size_t(-1);
const std::string shown = "shown";
const std::string patience_for_answers = "5s";
const std::string patience_for_nothing = "300ms";

bool is_plain(octet_view text) {
  return std::ranges::all_of(text, [](char one) {
    return (one >= ' ' && one <= '~' && one != '$') || one == '\r' || one == '\n';
  });
}

/// A place where something of the target's own stands.
struct opening {
  std::size_t at = octet_view::npos;
  std::size_t size = 0;
  std::string put;
};

/// The path of a gateway's address holds the port of an origin, see scenarios/profiles/README.md.
bool is_gateway(const place& at) {
  return at.contract.starts_with("proxy.") && at.path.size() > 1;
}

opening next_opening(octet_view in, const place& at) {
  opening result;
  const std::string endpoint = "${target." + at.contract;
  // A request target stands between two spaces, so that a path of one slash is found there only.
  if (const auto path = in.find(" " + at.path + " "); path != octet_view::npos)
    result = {path + 1, at.path.size(), endpoint + ".path}"};
  // A gateway was its own origin, and its path names the port of that.
  if (is_gateway(at)) {
    const octet_view whole = at.authority;
    const octet_view own = whole.substr(whole.rfind(':') + 1);
    result = {in.find(own), own.size(), endpoint + ".port}"};
  }
  if (const auto authority = in.find(at.authority);
      authority <= result.at && authority != octet_view::npos)
    result = {authority, at.authority.size(), endpoint + ".authority}"};
  return result;
}

value part(octet_view octets) {
  if (is_plain(octets)) return text(std::string(octets));
  return map({{"hex", text(to_hex(octets))}});
}

bool is_final(const trace::event& one) {
  const auto* head = std::get_if<wire::response_head>(&one.what);
  return head != nullptr && (head->status >= first_final_status || head->status == switching);
}

template <typename Holds>
std::size_t count_before(const record& seen, const trace::event* shown_by, Holds holds) {
  std::size_t result = 0;
  for (const trace::event& one : seen.events) {
    if (&one == shown_by) break;
    if (one.dir == trace::direction::in && holds(one)) ++result;
  }
  return result;
}

const trace::event* shown_by(const proof& what) {
  const auto& events = what.evidence.events;
  const auto seq = what.shown.what.seq;
  const auto found = std::ranges::find_if(
      events, [seq](const trace::event& one) { return one.seq == seq && seq != 0; });
  return found == events.end() ? nullptr : &*found;
}

value variant_of(const std::string& is, std::vector<value> events, bool violates) {
  std::vector<std::pair<std::string, value>> result = {{"is", text(is)},
                                                       {"events", list(std::move(events))}};
  if (violates) result.emplace_back("violates", names({shown}));
  return map(std::move(result));
}

value everything() {
  return names({"http.response", "http.body", "http.chunk", "http.end", "ws.frame", "ws.message",
                "ws.close", "sse.event", "bytes"});
}

/// What may come between events of this kind.
std::vector<std::pair<std::string, value>> passing(const std::string& name) {
  std::vector<std::pair<std::string, value>> result = {{"within", text(patience_for_answers)}};
  if (name == "ws.message") result.emplace_back("ignoring", names({"ws.frame"}));
  if (name == "http.response")
    result.emplace_back("ignoring", names({"http.body", "http.chunk", "http.end"}));
  if (name == "ws.close") result.emplace_back("ignoring", names({"ws.frame", "ws.message"}));
  return result;
}

void expect_first(scenario_writer& to, const std::string& name, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto what = passing(name);
    what.emplace_back("event", event(name));
    to.expect_as(map(std::move(what)), {});
  }
}

/// `wrong` is what was shown; every other end passes.
void expect_not(scenario_writer& to,
                const std::string& variant,
                std::vector<value> wrong,
                const std::string& other,
                const std::string& kind = {}) {
  auto what = passing(kind);
  what.emplace_back(
      "one_of", list({variant_of(variant, std::move(wrong), true),
                      variant_of("something-else", {event(other)}, false),
                      variant_of("closed", {event("ws.close")}, false),
                      variant_of("ended", {event("tcp.closed")}, false),
                      variant_of("nothing", {event("silence", {{"for", text("3s")}})}, false)}));
  what.emplace_back("otherwise", map({}));
  to.expect_as(map(std::move(what)), {shown});
}

void expect_end(scenario_writer& to, bool wanted) {
  if (wanted) {
    to.expect_as(map({{"within", text(patience_for_answers)},
                      {"ignoring", everything()},
                      {"event", event("tcp.closed")},
                      {"violates", names({shown})}}),
                 {shown});
    return;
  }
  to.expect_as(
      map({{"within", text(patience_for_answers)},
           {"ignoring", everything()},
           {"one_of",
            list({variant_of("ended", {event("tcp.closed")}, false),
                  variant_of("goes-on", {event("silence", {{"for", text("1s")}})}, false)})},
           {"otherwise", map({{"violates", names({shown})}})}}),
      {shown});
}

/// An answer is there to be judged by the checks that look at every run.
void expect_answer(scenario_writer& to) {
  to.expect_as(map({{"within", text(patience_for_answers)},
                    {"one_of", list({variant_of("answered", {event("http.response")}, false),
                                     variant_of("ended", {event("tcp.closed")}, false)})},
                    {"otherwise", map({{"violates", names({shown})}})}}),
               {shown});
}

octets body_behind(const record& seen, const trace::event* head) {
  octets result;
  bool behind = false;
  for (const trace::event& one : seen.events) {
    if (behind && std::holds_alternative<wire::message_end>(one.what) &&
        one.dir == trace::direction::in)
      break;
    const auto* const piece = std::get_if<wire::body_piece>(&one.what);
    if (behind && piece != nullptr && one.dir == trace::direction::in) result += piece->data;
    behind = behind || &one == head;
  }
  return result;
}

/// The response that was shown, with that of it which makes it wrong: another target's has the same
/// status and may be right.
std::vector<value> wrong_response(const proof& what, const trace::event* by) {
  const auto& head = std::get<wire::response_head>(by->what);
  std::vector<std::pair<std::string, value>> fields = {{"status", number(head.status)}};
  if (what.key.variant == "no-version-list") {
    const auto versions = head.fields.combined("Sec-WebSocket-Version");
    fields.emplace_back(
        "headers", map({{"Sec-WebSocket-Version", versions ? part(*versions) : text("absent")}}));
  }
  std::vector<value> result = {event("http.response", std::move(fields))};
  if (what.key.variant == "other-content" || what.key.variant == "desynchronised")
    result.push_back(event("http.body", {{"equals", part(body_behind(what.evidence, by))}}));
  return result;
}

template <typename What>
std::size_t came(const record& seen) {
  return count_before(seen, nullptr, [](const trace::event& one) {
    return std::holds_alternative<What>(one.what);
  });
}

/// What `by`, which we sent, is owed comes, behind what came when it was missing.
void expect_owed(scenario_writer& to, const proof& what, const trace::event* by) {
  value owed = event("http.response");
  std::string kind;
  if (by != nullptr && std::holds_alternative<wire::websocket_message>(by->what)) {
    kind = "ws.message";
    expect_first(to, kind, came<wire::websocket_message>(what.evidence));
    owed = event(kind);
  } else if (by != nullptr && std::holds_alternative<wire::websocket_frame>(by->what)) {
    expect_first(to, "ws.frame", came<wire::websocket_frame>(what.evidence));
    owed = event("ws.frame", {{"opcode", text("pong")}});
  } else if (by != nullptr && std::holds_alternative<wire::websocket_close>(by->what)) {
    kind = "ws.close";
    owed = event(kind);
  }
  auto wanted = passing(kind);
  wanted.emplace_back("event", std::move(owed));
  wanted.emplace_back("violates", names({shown}));
  to.expect_as(map(std::move(wanted)), {shown});
}

/// Whether something is missing, and not something wrong there.
bool is_owed(const proof& what) {
  return what.key.variant == "unanswered" || what.key.variant == "unechoed";
}

/// The answer number `index` came. Who has agreed on no frames owes none, and is not asked further.
void expect_answer_like(scenario_writer& to, const proof& what, std::size_t index) {
  std::vector<std::pair<std::string, value>> fields;
  for (const trace::event& one : what.evidence.events) {
    if (!is_owed(what) || one.dir != trace::direction::in || !is_final(one) || index-- > 0)
      continue;
    if (std::get<wire::response_head>(one.what).status == switching)
      fields.emplace_back("status", number(switching));
    break;
  }
  to.expect_as(map({{"within", text(patience_for_answers)},
                    {"event", event("http.response", std::move(fields))}}),
               {});
}

/// Says what the exchange says, up to the answer number `most_answers`. `came`: as many there were.
void say(scenario_writer& to, const proof& what, std::size_t came, std::size_t most_answers) {
  std::size_t answers = 0;
  for (const act& one : what.smallest.acts) {
    switch (one.what) {
      case act::kind::write:
        if (!one.data.empty()) to.send("bytes", octets_value(one.data, what.smallest.at));
        break;
      case act::kind::answer:
        if (++answers > most_answers) return;
        // Who waited for one that did not come went on after a while.
        if (answers > came)
          to.delay(patience_for_nothing);
        else
          expect_answer_like(to, what, answers - 1);
        break;
      case act::kind::pause:
        to.delay(std::to_string(one.length.count()) + "ms");
        break;
      case act::kind::finish:
        to.close("write");
        break;
      case act::kind::reset:
        to.close("rst");
        break;
      case act::kind::close:
        to.close("fin");
        break;
    }
  }
  // What came without being waited for.
  for (; most_answers != all_answers && answers < most_answers; ++answers)
    expect_answer_like(to, what, answers);
}

std::size_t answers_awaited(const exchange& what) {
  return static_cast<std::size_t>(std::ranges::count(what.acts, act::kind::answer, &act::what));
}

void judge(scenario_writer& to, const proof& what) {
  const trace::event* const by = shown_by(what);
  const std::string& variant = what.key.variant;
  if (by != nullptr && std::holds_alternative<wire::response_head>(by->what) && variant != "open") {
    say(to, what, all_answers, count_before(what.evidence, by, is_final));
    if (variant == passive_variant) return expect_answer(to);
    auto wrong = wrong_response(what, by);
    const std::string kind = wrong.size() == 1 ? "http.response" : "";
    return expect_not(to, variant, std::move(wrong), "http.response", kind);
  }
  const auto answered = count_before(what.evidence, nullptr, is_final);
  say(to, what, answered, all_answers);
  if (variant == "open") return expect_end(to, true);
  if (is_owed(what)) {
    const auto awaited = answers_awaited(what.smallest);
    for (std::size_t i = awaited; i < answered; ++i)
      expect_answer_like(to, what, i);
    return expect_owed(to, what, by);
  }
  if (by != nullptr && std::holds_alternative<wire::websocket_message>(by->what)) {
    expect_first(to, "ws.message", count_before(what.evidence, by, [](const trace::event& one) {
                   return std::holds_alternative<wire::websocket_message>(one.what);
                 }));
    const auto& payload = std::get<wire::websocket_message>(by->what).data;
    return expect_not(to, variant, {event("ws.message", {{"payload", part(payload)}})}, "ws.close",
                      "ws.message");
  }
  if (by != nullptr && std::holds_alternative<wire::websocket_frame>(by->what)) {
    expect_first(to, "ws.frame", count_before(what.evidence, by, [](const trace::event& one) {
                   return std::holds_alternative<wire::websocket_frame>(one.what);
                 }));
    const auto& frame = std::get<wire::websocket_frame>(by->what);
    const auto code = text(wire::name(frame.code));
    return expect_not(to, variant,
                      {event("ws.frame", {{"opcode", code}, {"payload", part(frame.payload)}})},
                      "ws.frame");
  }
  if (by != nullptr && by->dir == trace::direction::in &&
      std::holds_alternative<wire::websocket_close>(by->what)) {
    const auto& code = std::get<wire::websocket_close>(by->what).code;
    const value told = event("ws.close", {{"code", code ? number(*code) : text("absent")}});
    return expect_not(to, variant, {told}, "ws.close", "ws.close");
  }
  expect_end(to, false);
}

std::string level_word(checks::weight level) {
  switch (level) {
    case checks::weight::must:
      return "MUST";
    case checks::weight::should:
      return "SHOULD";
    case checks::weight::may:
      return "MAY";
  }
  return "MUST";
}

}  // namespace

value octets_value(octet_view octets, const place& at) {
  scenario::value_list parts;
  while (!octets.empty()) {
    const opening next = next_opening(octets, at);
    const octet_view before = octets.substr(0, next.at);
    if (!before.empty()) parts.push_back(part(before));
    if (next.at == octet_view::npos) break;
    parts.push_back(text(next.put));
    octets.remove_prefix(next.at + next.size);
  }
  if (parts.size() == 1) return std::move(parts.front());
  return map({{"concat", list(std::move(parts))}});
}

scenario_writer scenario_of(const proof& what, const std::string& id) {
  const auto& rule = what.shown.what.broken;
  scenario_writer result;
  std::string title = what.smallest.at.contract + ": " + what.key.variant + ", " + rule.ref;
  title.resize(std::min(title.size(), longest_title));
  result.about(id, title, what.smallest.at.contract.starts_with("proxy.") ? "proxy" : "server");
  result.require(shown, rule.ref.empty() ? rule.id : rule.ref, level_word(rule.level), rule.says);
  if (is_gateway(what.smallest.at)) {
    // An origin that takes connections and says nothing.
    result.actor("client", false);
    result.actor("origin", true);
    result.steps_are_of("client");
  }
  result.open(what.smallest.at.contract);
  judge(result, what);
  return result;
}

}  // namespace halley::fuzz
