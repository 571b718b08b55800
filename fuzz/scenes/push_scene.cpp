#include "fuzz/scenes/push_scene.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr auto channels = std::to_array<words>(
    {"http.sse-stream", "http.longpoll", "http.stream", "ws.topic", "http.sse-stream",
     "http.longpoll", "http.sse-fast-heartbeat", "http.sse-of-one", "http.sse-dropping",
     "http.sse-for-few", "http.longpoll-of-one", "http.longpoll-for-few", "http.stream-of-two",
     "http.stream"});
constexpr auto cursors = std::to_array<words>({"", "0", "1", "2", "3", "5", "7", "10", "11", "40",
                                               "99999", "-1", "x", "1000000000000000000000"});
constexpr auto holds = std::to_array<words>({"", "50", "0", "900", "5000", "x"});
constexpr auto subscriber_fields = std::to_array<words>(
    {"", "Accept: text/event-stream\r\n", "Accept: application/json\r\n", "Connection: close\r\n",
     "Accept: text/event-stream\r\nCache-Control: no-store\r\n", "Content-Length: 5\r\n",
     "Transfer-Encoding: chunked\r\n", "Accept-Encoding: gzip\r\n"});
constexpr auto subscriber_methods = std::to_array<words>(
    {"GET", "GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE"});
constexpr auto versions =
    std::to_array<words>({"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"});
constexpr auto event_data = std::to_array<words>(
    {"one", "two words", "", "a\\nb", " blank first", "data: x", "<b>&amp;\"quoted\"</b>", "a:b",
     "\xC3\xA4\xE2\x82\xAC", "\xEF\xBB\xBFmark", "10", "{\"a\": [1, 2]}", "f(1)"});
/// Line ends of every kind, and octets that are no UTF-8.
constexpr auto odd_data = std::to_array<words>(
    {"610a62", "610d62", "610d0a62", "0a", "610a", "0a610a0a62", "6100", "61ff62", "eda080"});
constexpr auto event_names =
    std::to_array<words>({"", "", "", "tick", "message", "two%20words", "a%0Adata:%20x"});

std::string resume_fields(choices& from, const std::string& contract, std::string& query) {
  const auto cursor = one_of(from, cursors);
  const bool by_field = contract.starts_with("http.sse");
  if (cursor.empty()) return {};
  if (by_field) return "Last-Event-ID: " + cursor + "\r\n";
  query = "cursor=" + cursor;
  return {};
}

void add_query(std::string& to, const std::string& what) {
  if (!what.empty()) to += (to.empty() ? "" : "&") + what;
}

/// One connection more that listens to the topic.
void subscribe(scene_draft& to, const std::string& contract) {
  auto& from = to.from();
  std::string query;
  auto fields = resume_fields(from, contract, query);
  if (contract.find("poll") != std::string::npos) {
    const auto hold = one_of(from, holds);
    if (!hold.empty()) add_query(query, "hold=" + hold);
    if (from.draw(16) == 15) add_query(query, "callback=f");
  }
  const auto more = query_of(contract, query);
  const auto who = to.open(contract);
  if (contract.starts_with("ws.")) {
    to.say(who, head_for("GET", contract, more, handshake_fields(fields)));
    return;
  }
  fields += one_of(from, subscriber_fields);
  const auto method = one_of(from, subscriber_methods);
  const auto version = one_of(from, versions);
  to.say(who, head_for(method, contract, more, fields, version));
}

void poll_again(scene_draft& to) {
  auto& from = to.from();
  std::vector<open_line> polls;
  for (const auto& one : to.lines())
    if (one.contract.find("poll") != std::string::npos) polls.push_back(one);
  if (polls.empty()) return;
  const auto& one = polls[from.draw(static_cast<std::uint32_t>(polls.size()))];
  std::string query = "cursor=" + one_of(from, cursors);
  if (const auto hold = one_of(from, holds); !hold.empty()) query += "&hold=" + hold;
  to.begin("poll again");
  to.say(one.who, head_for("GET", one.contract, query_of(one.contract, query), ""));
}

void publish(scene_draft& to, const std::string& contract, const std::string& fields) {
  auto& from = to.from();
  constexpr auto counts =
      std::to_array<words>({"1", "2", "3", "8", "9", "10", "12", "120", "1000", "3000", "0", "x"});
  switch (from.draw(4)) {
    case 0:
    case 1: {
      const auto count = one_of(from, counts);
      std::string query = "count=" + count;
      if (const auto name = one_of(from, event_names); !name.empty()) query += "&event=" + name;
      to.begin("publish " + count);
      const auto who = to.open(contract);
      to.lines().pop_back();
      to.say(who, head_for("POST", contract, "?" + query, fields + "Content-Length: 0\r\n"));
      return;
    }
    case 2: {
      const auto data = one_of(from, event_data);
      const auto name = one_of(from, event_names);
      to.begin("publish text");
      const auto who = to.open(contract);
      to.lines().pop_back();
      to.say(who, head_for("POST", contract, name.empty() ? "" : "?event=" + name,
                           fields + "Content-Type: text/plain\r\nContent-Length: " +
                               std::to_string(data.size()) + "\r\n") +
                      data);
      return;
    }
    default: {
      const auto data = one_of(from, odd_data);
      to.begin("publish odd octets");
      const auto who = to.open(contract);
      to.lines().pop_back();
      to.say(who, head_for("POST", contract, "",
                           fields + "Content-Length: " + std::to_string(data.size() / 2) + "\r\n"));
      to.say(who, map({{"hex", text(data)}}));
    }
  }
}

/// Something on a connection that is there.
void talk_back(scene_draft& to) {
  auto& from = to.from();
  if (to.lines().empty()) return;
  const auto& one = to.lines()[from.draw(static_cast<std::uint32_t>(to.lines().size()))];
  if (!one.contract.starts_with("ws.")) return poll_again(to);
  constexpr auto firsts = std::to_array<std::uint8_t>({0x81, 0x89, 0x88, 0x82, 0x8A});
  const auto first = firsts.at(from.draw(firsts.size()));
  to.begin("frame");
  to.say(one.who, frame_value(first, first == 0x88 ? std::string("\x03\xE8", 2) : "hello"));
}

/// More than an endpoint for few takes; some of them leave at once.
void several(scene_draft& to, const std::string& contract) {
  auto& from = to.from();
  constexpr auto counts = std::to_array<std::uint32_t>({5, 9});
  const auto count = counts.at(from.draw(counts.size()));
  const bool leave = from.draw(2) == 1;
  to.begin(std::to_string(count) + (leave ? " come and go: " : " subscribe to ") + contract);
  for (std::uint32_t i = 0; i < count && !to.is_full(); ++i) {
    subscribe(to, contract);
    if (!leave) continue;
    to.close(to.lines().back().who, "fin");
    to.lines().pop_back();
  }
}

constexpr auto guarded = std::to_array<words>(
    {"http.guarded", "http.guarded-poll", "http.guarded-publish", "ws.guarded"});
const std::string right = "Authorization: Basic aGFsbGV5OnNlY3JldA==\r\n";
constexpr std::uint32_t without_cookie = 8;
/// The last ones send back a cookie that was kept.
constexpr auto credentials = std::to_array<words>(
    {"Authorization: Basic aGFsbGV5OnNlY3JldA==\r\n", "",
     "Authorization: Basic aGFsbGV5OnNlY3JlVA==\r\n",
     "Authorization: basic aGFsbGV5OnNlY3JldA==\r\n", "Authorization: Basic x\r\n",
     "Authorization: Bearer aGFsbGV5OnNlY3JldA==\r\n", "Cookie: halley=x\r\n",
     "Authorization: Basic aGFsbGV5OnNlY3JldA==\r\nAuthorization: Basic x\r\n",
     "Cookie: ${cookie}\r\n", "Cookie: a=b; ${cookie}\r\n"});
static_assert(credentials.size() == without_cookie + 2);
constexpr auto origins = std::to_array<words>(
    {"", "Origin: http://app.halley.test:8080\r\n", "Origin: http://other.test\r\n",
     "Origin: null\r\n", "Origin: https://app.halley.test:8080\r\n",
     "Origin: http://app.halley.test\r\n", "Origin: http://app.halley.test:8081\r\n",
     "Origin: http://evil-app.halley.test:8080\r\n", "Origin: http://app.halley.test:80801\r\n",
     "Origin: http://app.halley.test:8080.evil.test\r\n",
     "Origin: http://x.app.halley.test:8080\r\n",
     "Origin: http://app.halley.test.evil.test:8080\r\n"});
constexpr auto preflights = std::to_array<words>(
    {"Access-Control-Request-Method: GET\r\n", "Access-Control-Request-Method: POST\r\n",
     "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n",
     "Access-Control-Request-Method: DELETE\r\n",
     "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: last-event-id, x\r\n"});

void access(scene_draft& to, bool has_cookie) {
  auto& from = to.from();
  const auto contract = one_of(from, guarded);
  std::string fields(credentials.at(from.draw(has_cookie ? credentials.size() : without_cookie)));
  fields += one_of(from, origins);
  const auto method = from.draw(4);
  if (contract == "http.guarded-publish" && method != 3) return publish(to, contract, fields);
  to.begin(method == 3 ? "preflight" : "ask");
  const auto who = to.open(contract);
  if (method == 3) {
    to.say(who, head_for("OPTIONS", contract, "", fields + one_of(from, preflights)));
    return;
  }
  std::string query;
  if (contract == "http.guarded-poll") query = "?cursor=" + one_of(from, cursors) + "&hold=50";
  if (contract == "ws.guarded") fields = handshake_fields(fields);
  to.say(who, head_for("GET", contract, query, fields));
}

}  // namespace

scene push_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  auto contract = one_of(from, channels);
  to.begin("subscribe to " + contract);
  subscribe(to, contract);
  while (!to.is_full()) {
    switch (from.draw(16)) {
      case 0:
        return to.take();
      case 1:
      case 2:
      case 3:
      case 4:
        publish(to, "http.publish", "");
        break;
      case 5:
      case 6:
        contract = one_of(from, channels);
        [[fallthrough]];
      case 7:
        to.begin("subscribe to " + contract);
        subscribe(to, contract);
        break;
      case 8:
        several(to, contract);
        break;
      case 9:
      case 10:
        to.leave(to.lines());
        break;
      case 11:
        to.begin("end of the topic");
        to.hook("end-topic");
        break;
      case 12:
      case 13:
        talk_back(to);
        break;
      case 14:
        to.ask_status();
        break;
      default:
        to.wait();
    }
  }
  return to.take();
}

scene access_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  const bool has_cookie = from.draw(3) == 2;
  if (has_cookie) {
    to.begin("get a cookie");
    const auto who = to.open("http.guarded");
    to.say(who, head_for("GET", "http.guarded", "", right));
    to.keep_cookie(who);
  }
  access(to, has_cookie);
  while (!to.is_full()) {
    switch (from.draw(8)) {
      case 0:
        return to.take();
      case 1:
        to.wait();
        break;
      case 2:
        to.leave(to.lines());
        break;
      case 3:
        publish(to, "http.guarded-publish", right);
        break;
      default:
        access(to, has_cookie);
    }
  }
  return to.take();
}

}  // namespace halley::fuzz
