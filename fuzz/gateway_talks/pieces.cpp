#include "fuzz/gateway_talks/pieces.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "wire/deflate.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace halley::fuzz {
namespace {

using words = std::string_view;

template <std::size_t Count>
octets one_of(const std::array<words, Count>& among, choices& from) {
  return octets(among.at(from.draw(Count)));
}

constexpr auto paths = std::to_array<words>({
    "/http-echo",
    "/",
    "/inspect",
    "/impatient",
    "/status",
    "/comet?key=k",
    "/comet?key=k&timeout=300",
    "/comet-handler?key=k&close=begin",
    "/comet-handler?key=k&close=read",
    "/comet-handler?key=k&close=700",
    "/comet-handler?key=k&fail=begin",
    "/comet-handler?key=k&fail=read",
    "/comet-handler?key=k&unread=1",
    "/comet-handler?key=k&unread=rest",
    "/comet-handler?key=k&flood=70000",
    "/comet-handler?key=k&flood=900000&patience=200",
    "/comet-log/k",
    "/comet-end/k?subtype=WEBAPP_RELOAD",
    "/comet-end/k",
    "/comet-write/0.0",
    "/comet-write/0.1",
    "/comet-write/1.1",
    "/sse/k",
    "/sse/k?heartbeat=200",
    "/sse/k?client=one",
    "/sse/k?slow=drop",
    "/sse/k?limit=40",
    "/sse-for-few/k",
    "/poll/k",
    "/poll/k?cursor=0",
    "/poll/k?cursor=0&hold=0",
    "/poll/k?cursor=2&client=one&callback=f",
    "/poll/k?hold=900&limit=1",
    "/poll-for-few/k?cursor=0",
    "/stream/k",
    "/stream/k?limit=40",
    "/stream/k?cursor=1",
    "/publish/k",
    "/publish/k?count=3",
    "/publish/k?count=40&event=e",
    "/about-topic/k",
    "/echo",
    "/topics/k",
    "/nothing",
    "*",
    "/to/8081/x",
    "http://127.0.0.1:8081/x",
    "http://127.0.0.1:8080/http-echo",
    "http://127.0.0.1:8082/",
});
constexpr auto methods = std::to_array<words>(
    {"GET", "POST", "HEAD", "OPTIONS", "DELETE", "PUT", "TRACE", "CONNECT", "get", "X"});
constexpr auto versions =
    std::to_array<words>({"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"});
constexpr auto fields = std::to_array<words>({
    "Connection: close",
    "Connection: keep-alive",
    "Expect: 100-continue",
    "Last-Event-ID: 1",
    "Last-Event-ID: 99",
    "Accept: text/event-stream",
    "Accept: application/json",
    "Authorization: Basic aGFsbGV5OnNlY3JldA==",
    "Proxy-Authorization: Basic aGFsbGV5OnNlY3JldA==",
    "Cookie: halley=1",
    "Origin: http://app.halley.test:8080",
    "Origin: http://other.test",
    "Access-Control-Request-Method: POST",
    "Access-Control-Request-Headers: Content-Type",
    "Content-Type: text/plain",
    "If-None-Match: *",
    "Max-Forwards: 0",
    "Via: 1.1 x",
    "TE: trailers",
    "Trailer: T",
    "Upgrade: websocket",
    "Upgrade: other",
    "Host: b",
    "X: \x80",
    "X : y",
    " folded",
});
constexpr auto bodies = std::to_array<words>({
    "",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 70000\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: 18446744073709551616\r\n",
});
constexpr auto targets = std::to_array<words>({
    "127.0.0.1:8081",
    "127.0.0.1:8080",
    "127.0.0.1:8082",
    "localhost:8081",
    "[::1]:8081",
    "10.0.0.1:80",
    "example.com:443",
    "127.0.0.1:0",
    "me@127.0.0.1:8081",
});
constexpr auto endpoints =
    std::to_array<words>({"/echo", "/echo-small", "/echo-subprotocol", "/topics/k",
                          "/topics/k?cursor=0", "http://127.0.0.1:8081/ws"});
constexpr auto offers = std::to_array<words>({
    "",
    "Sec-WebSocket-Extensions: permessage-deflate\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
    "server_no_context_takeover\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9, permessage-deflate; "
    "client_max_window_bits\r\n",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n",
    "Sec-WebSocket-Extensions: x; y=\"z\"\r\n",
    "Sec-WebSocket-Protocol: x, echo.halley\r\n",
    "Sec-WebSocket-Protocol: x\r\n",
});
constexpr auto chunks = std::to_array<words>({
    "5\r\nhello\r\n",
    "1\r\na\r\n",
    "A;x=\"y\"\r\n0123456789\r\n",
    "0\r\n\r\n",
    "0\r\nT: v\r\n\r\n",
    "00\r\n\r\n",
    "5\r\nhell",
    "o\r\n",
    "fffffffff\r\n",
    "5\nhello\n",
    "-1\r\n",
});
constexpr auto tokens = std::to_array<words>({
    "\r\n",
    "\r\n\r\n",
    "hello",
    "GET ",
    " HTTP/1.1\r\n",
    "Host: a\r\n",
    "\n",
    "\x16\x03\x01",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
});
constexpr auto payloads = std::to_array<words>({
    "",
    "hello",
    "\xC3\xA4\xE2\x82\xAC",
    "\xF0\x9F\x98",
    "\xFF\xFE",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
});
constexpr auto status_lines = std::to_array<words>({
    "HTTP/1.1 200 OK",
    "HTTP/1.1 204 No Content",
    "HTTP/1.1 304 Not Modified",
    "HTTP/1.1 100 Continue",
    "HTTP/1.1 103 Early Hints",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade",
    "HTTP/1.1 500 ",
    "HTTP/1.0 200 OK",
    "HTTP/1.1 099 x",
});
constexpr auto sizes =
    std::to_array<std::uint32_t>({0, 1, 125, 126, 127, 4096, 16384, 65535, 65536, 70000, 300000});

octets draw_size(choices& from) {
  return octets(sizes.at(from.draw(sizes.size())), 'x');
}

octets request(choices& from) {
  const octets path = one_of(paths, from);
  const octets method = one_of(methods, from);
  octets result = method + " " + path + " " + one_of(versions, from) + "\r\n";
  if (from.draw(16) != 15) result += "Host: 127.0.0.1:8080\r\n";
  result += one_of(bodies, from);
  for (auto left = from.draw(4); left != 0; --left)
    result += one_of(fields, from) + "\r\n";
  return result + "\r\n";
}

octets upgrade(choices& from) {
  octets result = "GET " + one_of(endpoints, from) +
                  " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                  "Sec-WebSocket-Version: 13\r\n";
  result += one_of(offers, from);
  result += one_of(offers, from);
  if (from.draw(8) == 7) result += one_of(fields, from) + "\r\n";
  return result + "\r\n";
}

octets connect(choices& from) {
  const octets target = one_of(targets, from);
  octets result = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  for (auto left = from.draw(3); left != 0; --left)
    result += one_of(fields, from) + "\r\n";
  return result + "\r\n";
}

octets close_payload(choices& from) {
  constexpr auto codes = std::to_array<std::uint16_t>({1000, 1001, 1005, 1012, 3000, 5000, 0});
  const auto code = codes.at(from.draw(codes.size()));
  return wire::close_body(code, one_of(payloads, from));
}

octets frame_payload(wire::opcode code, choices& from) {
  switch (from.draw(4)) {
    case 0:
      return code == wire::opcode::close ? close_payload(from) : one_of(payloads, from);
    case 1:
      return draw_size(from);
    case 2:
      return wire::deflater(15, true).deflate(one_of(payloads, from));
    default:
      return {static_cast<char>(from.draw(256)), static_cast<char>(from.draw(256))};
  }
}

octets frame(choices& from, bool masked) {
  constexpr auto codes = std::to_array<wire::opcode>(
      {wire::opcode::text, wire::opcode::binary, wire::opcode::continuation, wire::opcode::ping,
       wire::opcode::pong, wire::opcode::close, wire::opcode{0x3}, wire::opcode{0xB}});
  wire::websocket_frame made;
  made.code = codes.at(from.draw(codes.size()));
  made.fin = from.draw(4) != 3;
  constexpr auto bits = std::to_array<std::uint8_t>({0, 0, 0, 4, 4, 1, 2, 7});
  made.rsv = bits.at(from.draw(bits.size()));
  made.payload = frame_payload(made.code, from);
  const bool right = from.draw(16) != 15;
  if (masked == right) made.mask = {1, 2, 3, static_cast<std::uint8_t>(from.draw(256))};
  wire::frame_nonsense nonsense;
  const auto wrong = from.draw(16);
  if (wrong == 15) nonsense.form = wire::length_form::sixty_four_bit;
  if (wrong == 14) nonsense.form = wire::length_form::sixteen_bit;
  if (wrong == 13) nonsense.length_says = std::uint64_t{1} << from.draw(64);
  return wire::encode(made, nonsense);
}

octets response(choices& from) {
  octets result = one_of(status_lines, from) + "\r\n" + one_of(bodies, from);
  for (auto left = from.draw(4); left != 0; --left)
    result += one_of(fields, from) + "\r\n";
  if (from.draw(8) == 7) result += "Content-Type: text/event-stream\r\n";
  return result + "\r\n";
}

}  // namespace

octets client_piece(choices& from) {
  switch (from.draw(8)) {
    case 0:
      return request(from);
    case 1:
      return upgrade(from);
    case 2:
    case 3:
      return frame(from, true);
    case 4:
      return one_of(chunks, from);
    case 5:
      return connect(from);
    case 6:
      return one_of(tokens, from);
    default:
      return draw_size(from);
  }
}

octets origin_piece(choices& from) {
  switch (from.draw(6)) {
    case 0:
    case 1:
      return response(from);
    case 2:
      return one_of(chunks, from);
    case 3:
      return frame(from, false);
    case 4:
      return one_of(tokens, from);
    default:
      return draw_size(from);
  }
}

}  // namespace halley::fuzz
