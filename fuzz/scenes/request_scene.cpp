#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr auto contracts = std::to_array<words>(
    {"http.root", "http.echo", "http.inspect", "http.impatient", "http.impatient-echo",
     "http.status", "http.comet-echo", "http.longpoll", "http.sse-stream", "http.publish",
     "ws.echo", "ws.echo-small", "ws.echo-subprotocol"});
constexpr auto methods = std::to_array<words>(
    {"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "get", "X", "CONNECT"});
constexpr auto versions = std::to_array<words>(
    {"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"});
constexpr auto fields = std::to_array<words>(
    {"Connection: close\r\n",
     "Connection: keep-alive\r\n",
     "Expect: 100-continue\r\n",
     "Expect: 200-maybe\r\n",
     "Accept: text/event-stream\r\n",
     "X-Odd: \xE4\r\n",
     "x-Under_score: 1\r\nCONTENT_LENGTH: 3\r\n",
     "Cookie: a=b\r\n",
     "TE: trailers\r\n",
     "Connection: , close ,\r\n",
     "Connection: Close\r\n",
     "Upgrade: other\r\nConnection: Upgrade\r\n",
     "Upgrade: h2c\r\nConnection: Upgrade\r\n",
     "Host: a\r\n",
     "X: y\r\n z\r\n",
     "X : y\r\n",
     "Authorization: Basic x\r\nProxy-Authorization: Basic y\r\n",
     "X:   blanks   \r\n",
     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
     "Sec-WebSocket-Version: 13\r\n",
     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
     "Sec-WebSocket-Version: 8\r\n",
     "Range: bytes=0-1\r\n",
     "If-None-Match: *\r\n",
     "Max-Forwards: 0\r\n"});
constexpr auto bodies = std::to_array<words>(
    {"\r\n", "\r\n", "Content-Length: 5\r\n\r\nhello", "Content-Length: 10\r\n\r\nhello",
     "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", "Content-Length: 0\r\n\r\n",
     "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nConnection: close\r\n\r\n",
     "Content-Length: 70000\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"});
constexpr auto pieces = std::to_array<words>(
    {"hello", "llo\r\n0\r\n\r\n", "0\r\nT: v\n\r\n", "7fffffffffffffff\r\nhello",
     "ffffffff0\r\nhello", "0\r\n\r\n", "\r\n", "5\r\nhello\r\n", "GET ", "x: y\r\n"});
constexpr auto targets = std::to_array<words>({"", "", "", "", "?x=1", "?%41", "/", "/../x",
                                               "?x=%0d%0aX-Two:%20y", "/%0d%0aX-Two:%20y", "#f"});

std::string request(choices& from) {
  const auto contract = one_of(from, contracts);
  const auto method = one_of(from, methods);
  const auto more = one_of(from, targets);
  std::string lines;
  for (auto left = from.draw(4); left != 0; --left)
    lines += one_of(from, fields);
  auto result = head_for(method, contract, more, lines, one_of(from, versions));
  result.resize(result.size() - 2);
  return result + one_of(from, bodies);
}

/// What limits are there for.
std::string large_request(choices& from) {
  constexpr std::size_t many = 3000;
  std::string chunks;
  for (std::size_t i = 0; i < many; ++i)
    chunks += "1\r\na\r\n";
  switch (from.draw(5)) {
    case 0:
      return head_for("POST", "http.echo", "", "Transfer-Encoding: chunked\r\n") + chunks +
             "0\r\n\r\n";
    case 1:
      return head_for("GET", "http.root", "", "X-Large: " + std::string(70000, 'x') + "\r\n");
    case 2:
      return head_for("GET", "http.root", "?" + std::string(7000, 'x'), "");
    case 3:
      return head_for("GET", "http.root", "?" + std::string(70000, 'x'), "");
    default:
      return head_for("POST", "http.echo", "", "Content-Length: 70000\r\n") +
             std::string(70000, 'x');
  }
}

void ask(scene_draft& to, const actor_of* on, std::uint32_t count) {
  auto& from = to.from();
  to.begin(count == 1 ? "request" : "requests");
  std::string what;
  for (std::uint32_t i = 0; i < count; ++i)
    what += request(from);
  if (from.draw(16) == 15) what.resize(what.size() - 1 - from.draw(16));
  if (from.draw(24) == 23) what = large_request(from);
  const auto who = on != nullptr ? *on : to.open("http.root");
  constexpr auto segments = std::to_array<std::uint32_t>({0, 0, 0, 1, 7});
  to.say(who, text(what), what.size() < 300 ? segments.at(from.draw(segments.size())) : 0);
}

/// The same request several times, left before its end.
void come_and_go(scene_draft& to) {
  auto& from = to.from();
  const auto what = request(from);
  const auto how = one_of<2>(from, {"fin", "rst"});
  to.begin("requests that are left");
  for (int i = 0; i < 4 && !to.is_full(); ++i) {
    const auto who = to.open("http.root");
    to.lines().pop_back();
    to.say(who, what);
    to.close(who, how);
  }
  to.ask_status();
}

}  // namespace

scene request_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  ask(to, nullptr, 1);
  while (!to.is_full()) {
    const auto next = from.draw(13);
    if (next == 0) {
      if (from.draw(2) == 1) to.ask_status();
      return to.take();
    }
    if (next <= 2) {
      ask(to, nullptr, 1 + from.draw(2));
    } else if (next <= 6 && !to.lines().empty()) {
      const auto who = to.lines()[from.draw(static_cast<std::uint32_t>(to.lines().size()))].who;
      ask(to, &who, 1 + from.draw(3));
    } else if (next <= 8 && !to.lines().empty()) {
      to.begin("piece");
      to.say(to.lines()[from.draw(static_cast<std::uint32_t>(to.lines().size()))].who,
             one_of(from, pieces));
    } else if (next == 9) {
      to.leave(to.lines());
    } else if (next == 10) {
      come_and_go(to);
    } else {
      to.wait();
    }
  }
  return to.take();
}

}  // namespace halley::fuzz
