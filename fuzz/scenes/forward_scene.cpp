#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr auto methods = std::to_array<words>(
    {"GET", "POST", "GET", "HEAD", "PUT", "OPTIONS", "DELETE", "TRACE", "get", "PATCH"});
constexpr auto paths =
    std::to_array<words>({"/halley", "/", "", "/a/../b//c", "/%41%2f?x=%20&y", "?q", "/a;b=c/./d"});
constexpr auto versions =
    std::to_array<words>({"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2"});
constexpr auto fields = std::to_array<words>(
    {"X-One: 1\r\nX-One: 2\r\nx-one: 3\r\n", "Connection: x-named\r\nX-Named: 1\r\n",
     "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nConnection: TE\r\n",
     "Via: 1.0 other\r\n", "Via: 1.1 halley\r\n", "Max-Forwards: 0\r\n", "Max-Forwards: 5\r\n",
     "Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n",
     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
     "Sec-WebSocket-Version: 13\r\n",
     "Upgrade: other\r\nConnection: Upgrade\r\n", "Proxy-Authorization: Basic x\r\n",
     "Trailer: T\r\n", "X-Blank : y\r\n", "Connection: content-length\r\n",
     "Cookie: a=b\r\nAuthorization: Basic x\r\nReferer: http://a.test/\r\nRange: bytes=0-1\r\n"});
constexpr auto bodies = std::to_array<words>(
    {"\r\n", "Content-Length: 5\r\n\r\nhello",
     "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: v\r\n\r\n",
     "Content-Length: 10\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     "Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
     "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
     "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "Content-Length: 0\r\n\r\n"});
constexpr auto more_body =
    std::to_array<words>({"0\r\n\r\n", "world", "5\r\nworld\r\n", "llo\r\n0\r\n\r\n", "zz\r\n",
                          "3\r\nabc\r\n0\r\nT: v\r\n\r\n"});
constexpr auto statuses = std::to_array<words>(
    {"HTTP/1.1 200 OK", "HTTP/1.1 200 OK", "HTTP/1.1 204 No Content", "HTTP/1.1 304 Not Modified",
     "HTTP/1.1 404 Not Found", "HTTP/1.0 200 OK", "HTTP/1.1 503 ", "HTTP/1.1 206 Partial Content",
     "HTTP/1.1 301 Moved\r\nLocation: /x"});
constexpr auto interims = std::to_array<words>(
    {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\nbehind"});
constexpr auto answer_fields = std::to_array<words>(
    {"Content-Type: text/plain\r\n", "Cache-Control: no-store\r\n", "Cache-Control: max-age=60\r\n",
     "X-Two: a\r\nX-Two: b\r\n", "Connection: x-named\r\nX-Named: 1\r\n",
     "Keep-Alive: timeout=5\r\nUpgrade: x\r\n", "X-Fold: a\r\n b\r\n", "X-Cr: a\rb\r\n",
     "X-Blank : y\r\n", "Via: 1.0 other\r\n", "Connection: close\r\n", "Trailer: T\r\n",
     "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n"});
constexpr auto answer_bodies = std::to_array<words>(
    {"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n1\r\n!\r\n0\r\nT: v\r\n\r\n", "\r\n",
     "\r\nhello", "Content-Length: 10\r\n\r\nhello",
     "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     "Transfer-Encoding: chunked\r\n\r\n7\r\ndata: a\r\n", "Content-Length: 5\r\n\r\nhello extra",
     "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
     "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "Content-Length: 0\r\n\r\n", "Content-Length: 12\r\n\r\na\nb\r\nc\rd\r\n\r\n"});
constexpr auto more_answer = std::to_array<words>(
    {"0\r\n\r\n", "world", "5\r\nworld\r\n", "data: b\n\n", "9\r\ndata: b\n\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "zz\r\n", "\x81\x02hi"});

constexpr auto hosts =
    std::to_array<words>({"${origin.authority}", "${origin.authority}", "${origin.authority}",
                          "other.test", "${target.proxy.http.authority}"});
/// What belongs together.
constexpr auto whole_requests = std::to_array<words>(
    {"OPTIONS ${target.proxy.http.target} HTTP/1.1\r\nHost: ${origin.authority}\r\nMax-Forwards: "
     "0\r\n\r\n",
     "TRACE ${target.proxy.http.target}/x HTTP/1.1\r\nHost: ${origin.authority}\r\nMax-Forwards: "
     "0\r\n\r\n",
     "OPTIONS ${target.proxy.http.target} HTTP/1.1\r\nHost: ${origin.authority}\r\nMax-Forwards: "
     "3\r\n\r\n",
     "GET http://${target.proxy.http.authority}/http-echo HTTP/1.1\r\nHost: "
     "${target.proxy.http.authority}\r\n\r\n",
     "GET http://${target.proxy.http.authority}/ HTTP/1.1\r\nHost: ${origin.authority}\r\n\r\n",
     "GET ${target.proxy.http.target}/ws HTTP/1.1\r\nHost: ${origin.authority}\r\nUpgrade: "
     "websocket\r\n"
     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
     "Sec-WebSocket-Version: 13\r\n\r\n",
     "POST ${target.proxy.http.target}/x HTTP/1.1\r\nHost: "
     "${origin.authority}\r\nTransfer-Encoding: "
     "chunked\r\nTrailer: T\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n"});

std::string request(choices& from) {
  if (from.draw(5) == 4) return one_of(from, whole_requests);
  const auto method = one_of(from, methods);
  const auto path = one_of(from, paths);
  std::string result =
      method + " ${target.proxy.http.target}" + path + " " + one_of(from, versions);
  result += "\r\nHost: " + one_of(from, hosts) + "\r\n";
  for (auto left = from.draw(3); left != 0; --left)
    result += one_of(from, fields);
  return result + one_of(from, bodies);
}

std::string answer(choices& from) {
  std::string result;
  if (from.draw(6) == 5) result += one_of(from, interims);
  if (!result.empty() && from.draw(2) == 1) return result;
  result += one_of(from, statuses) + "\r\n";
  for (auto left = from.draw(3); left != 0; --left)
    result += one_of(from, answer_fields);
  return result + one_of(from, answer_bodies);
}

/// A client asks; mostly the origin takes the connection that comes of it.
void ask(scene_draft& to, std::vector<open_line>& origins, const std::string& contract) {
  auto& from = to.from();
  to.begin("ask");
  const auto who = to.open(contract);
  to.say(who, request(from));
  if (from.draw(8) == 7) return;
  origins.push_back({to.accept(), "origin"});
}

const open_line* any(choices& from, const std::vector<open_line>& lines) {
  if (lines.empty()) return nullptr;
  return &lines[from.draw(static_cast<std::uint32_t>(lines.size()))];
}

}  // namespace

scene forward_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  to.add_origin();
  std::vector<open_line> origins;
  const std::string contract = from.draw(4) == 3 ? "proxy.impatient" : "proxy.http";
  ask(to, origins, contract);
  if (!origins.empty() && from.draw(4) != 3) {
    to.begin("answer");
    to.say(origins.back().who, answer(from));
  }
  while (!to.is_full()) {
    switch (from.draw(14)) {
      case 0:
        return to.take();
      case 1:
        ask(to, origins, contract);
        break;
      case 2:
      case 3:
        if (const auto* on = any(from, origins)) {
          to.begin("answer");
          to.say(on->who, answer(from));
        }
        break;
      case 4:
      case 5:
        if (const auto* on = any(from, origins)) {
          to.begin("more of an answer");
          to.say(on->who, one_of(from, more_answer));
        }
        break;
      case 6:
      case 7:
        if (const auto* on = any(from, to.lines())) {
          to.begin("more of a request");
          to.say(on->who, one_of(from, more_body));
        }
        break;
      case 8:
        if (const auto* on = any(from, to.lines())) {
          to.begin("ask again");
          to.say(on->who, request(from));
          if (from.draw(4) != 3) origins.push_back({to.accept(), "origin"});
        }
        break;
      case 9:
        if (!origins.empty()) origins.push_back({to.accept(), "origin"});
        break;
      case 10:
      case 11:
        to.leave(origins);
        break;
      case 12:
        to.leave(to.lines());
        break;
      default:
        to.wait();
    }
  }
  return to.take();
}

}  // namespace halley::fuzz
