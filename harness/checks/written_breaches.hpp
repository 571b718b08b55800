#pragma once

// For tests: what breaks one rule each, and good traffic that breaks none.

#include "base/bytes.hpp"
#include "checks/finding.hpp"
#include "checks/written_trace.hpp"
#include "wire/deflate.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace halley::checks::written {

using wire::opcode;

inline constexpr context server{.target_is_client = false};
inline constexpr context client{.target_is_client = true};
inline constexpr octet_view deflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

/// A trace that breaks one rule and no other.
struct breach {
  std::string rule;
  context about;
  turns said;
};

inline turns answered(octet_view more, octet_view line = "HTTP/1.1 200 OK") {
  return {{out, request()}, {in, response(more, line)}};
}

inline turns chunked(octet_view body) {
  return {{out, request()}, {in, response("Transfer-Encoding: chunked\r\n") + octets(body)}};
}

inline turns asked(octet_view more, octet_view line = "GET / HTTP/1.1") {
  return {{in, request(more, line)}};
}

inline turns event_stream(octet_view type, octet_view body) {
  return {{out, request()},
          {in, response("Content-Type: " + octets(type) +
                        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") +
                   octets(body)}};
}

/// A client whose handshake is `head`, or which sends `data` behind a good one.
inline turns client_frames(octet_view data) {
  return {{in, upgrade()}, {out, switching()}, {in, octets(data)}};
}

inline turns handshake(octet_view first, octet_view more = "") {
  return {{in, request(octets(first) + "Connection: Upgrade\r\nUpgrade: websocket\r\n" +
                       octets(more))}};
}

inline turns answered_handshake(octet_view offer, octet_view answer) {
  return {{out, upgrade(offer)}, {in, switching(answer)}};
}

inline const octets key_line = "Sec-WebSocket-Key: " + octets(key) + "\r\n";
inline const octets version_line = "Sec-WebSocket-Version: 13\r\n";
inline const octets accept_line = "Sec-WebSocket-Accept: " + wire::accept_value(key) + "\r\n";

inline std::vector<breach> syntax_breaches() {
  return {
      {"rfc9110/9.1-method-token", client, {{in, "G(T / HTTP/1.1\r\n"}}},
      {"rfc9112/3.2-target-octets", client, asked("", "GET /a b HTTP/1.1")},
      {"rfc9112/2.3-version", client, asked("", "GET / HTTP/1.x")},
      {"rfc9112/2.3-version", server, answered("Content-Length: 0\r\n", "HTTP/11 200 OK")},
      {"rfc9112/4-status-code", server, answered("Content-Length: 0\r\n", "HTTP/1.1 20 OK")},
      {"rfc9112/4-reason-space", server, answered("Content-Length: 0\r\n", "HTTP/1.1 200")},
      {"rfc9112/4-reason-phrase", server, answered("Content-Length: 0\r\n", "HTTP/1.1 200 O\x01")},
      {"rfc9112/3-request-line-space", client, asked("", "GET  / HTTP/1.1")},
      {"rfc9112/4-status-line-space", server,
       answered("Content-Length: 0\r\n", "HTTP/1.1  200 OK")},
      {"rfc9112/2.2-blank-before-request", client, {{in, "\r\n" + request()}}},
      {"rfc9112/2.1-blank-before-status-line",
       server,
       {{out, request()}, {in, "\r\n" + response()}}},
      {"rfc9112/2.2-bare-lf", server, answered("A: b\nContent-Length: 0\r\n")},
      {"rfc9112/2.2-bare-cr", server, answered("A: b\rc\r\nContent-Length: 0\r\n")},
      {"rfc9110/5.1-field-name", server, answered("A(b: c\r\nContent-Length: 0\r\n")},
      {"rfc9112/5.1-space-before-colon", server, answered("A : b\r\nContent-Length: 0\r\n")},
      {"rfc9112/5-field-line", server, answered("A\r\nContent-Length: 0\r\n")},
      {"rfc9110/5.5-field-value", server, answered("A: b\x01\r\nContent-Length: 0\r\n")},
      {"rfc9112/5.2-obs-fold", server, answered("A: b\r\n c\r\nContent-Length: 0\r\n")},
      {"rfc9112/2.2-space-after-start-line", server, answered(" A: b\r\nContent-Length: 0\r\n")},
      {"rfc9110/8.6-content-length", server, answered("Content-Length: +1\r\n")},
      {"rfc9110/8.6-conflicting-content-length", server,
       answered("Content-Length: 0\r\nContent-Length: 1\r\n")},
      {"rfc9110/8.6-repeated-content-length", server,
       answered("Content-Length: 0\r\nContent-Length: 0\r\n")},
      {"rfc9112/6.2-length-with-transfer-encoding",
       server,
       {{out, request()},
        {in, response("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n"}}},
      {"rfc9112/6.1-chunked-last", client, asked("Transfer-Encoding: chunked, gzip\r\n")},
      {"rfc9112/6.1-chunked-once", server, answered("Transfer-Encoding: chunked, chunked\r\n")},
      {"rfc9110/8.6-forbidden-content-length", server,
       answered("Content-Length: 0\r\n", "HTTP/1.1 204 No")},
      {"rfc9110/8.6-forbidden-content-length",
       server,
       {{out, request("", "CONNECT a:1 HTTP/1.1")}, {in, response()}}},
      {"rfc9112/6.1-forbidden-transfer-encoding", server,
       answered("Transfer-Encoding: chunked\r\n", "HTTP/1.1 204 No")},
      {"rfc9112/7.1-chunk-size", server, chunked("zz\r\n")},
      {"rfc9112/7.1.1-chunk-extension", server, chunked("1;=\r\na\r\n0\r\n\r\n")},
      {"rfc9112/7.1-chunk-crlf", server, chunked("1\r\na0\r\n\r\n")},
  };
}

inline std::vector<breach> semantic_breaches() {
  return {
      {"rfc9110/15.2-interim-to-http-1.0",
       server,
       {{out, request("", "GET / HTTP/1.0")}, {in, "HTTP/1.1 100 Continue\r\n\r\n" + response()}}},
      {"rfc9112/6.1-transfer-encoding-to-http-1.0",
       server,
       {{out, request("", "GET / HTTP/1.0")},
        {in, response("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"}}},
      {"rfc9110/7.8-101-upgrade",
       server,
       {{out, upgrade()},
        {in, response("Connection: Upgrade\r\n" + accept_line, "HTTP/1.1 101 Go")}}},
      {"rfc9110/7.8-unasked-protocol",
       server,
       {{out, request("Connection: upgrade\r\nUpgrade: h2c\r\n")},
        {in, response("Connection: upgrade\r\nUpgrade: x/1\r\n", "HTTP/1.1 101 Go")}}},
      {"rfc9110/7.8-connection-upgrade", server,
       answered("Content-Length: 0\r\nUpgrade: websocket\r\n", "HTTP/1.1 426 Upgrade Required")},
      {"rfc9110/7.8-connection-upgrade", client, asked("Upgrade: h2c\r\n")},
      {"rfc9110/15.5.2-www-authenticate", server,
       answered("Content-Length: 0\r\n", "HTTP/1.1 401 No")},
      {"rfc9110/15.5.6-allow", server, answered("Content-Length: 0\r\n", "HTTP/1.1 405 No")},
      {"rfc9110/15.5.8-proxy-authenticate", server,
       answered("Content-Length: 0\r\n", "HTTP/1.1 407 No")},
      {"rfc9110/15.5.22-upgrade", server, answered("Content-Length: 0\r\n", "HTTP/1.1 426 No")},
      {"rfc9112/3.2-host", client, {{in, "GET / HTTP/1.1\r\n\r\n"}}},
      {"rfc9112/3.2-one-host", client, asked("Host: a\r\n")},
      {"rfc9112/9.2-unasked-response", server, {{out, request()}, {in, response() + response()}}},
      {"rfc9110/15.3.6-no-content",
       server,
       {{out, request()}, {in, response("Content-Length: 1\r\n", "HTTP/1.1 205 Reset") + "x"}}},
      {"rfc9110/6.5.1-framing-in-trailer", server, chunked("0\r\nContent-Length: 0\r\n\r\n")},
      {"rfc9112/9.6-response-after-close",
       server,
       {{out, request() + request()},
        {in, response("Connection: close\r\nContent-Length: 0\r\n") + response()}}},
      {"rfc9112/9.6-request-after-close",
       client,
       {{in, request("Connection: close\r\n") + request()}}},
  };
}

inline std::vector<breach> websocket_breaches() {
  const octets hello = frame(opcode::text, "hello");
  return {
      {"rfc6455/4.2.2-accept",
       server,
       {{out, upgrade()},
        {in, response("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n",
                      "HTTP/1.1 101 Go")}}},
      {"rfc6455/4.2.2-upgrade",
       server,
       {{out,
         request("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" + key_line + version_line)},
        {in, response("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" + accept_line,
                      "HTTP/1.1 101 Go")}}},
      {"rfc6455/4.2.2-connection",
       server,
       {{out, upgrade()},
        {in, response("Upgrade: websocket\r\n" + accept_line, "HTTP/1.1 101 Go")}}},
      {"rfc6455/4.2.2-subprotocol", server,
       answered_handshake("Sec-WebSocket-Protocol: a\r\n", "Sec-WebSocket-Protocol: b\r\n")},
      {"rfc6455/9-unrequested-extension", server, answered_handshake("", deflate)},
      {"rfc7692/7.1-parameters", server,
       answered_handshake(deflate,
                          "Sec-WebSocket-Extensions: permessage-deflate; "
                          "client_max_window_bits=9\r\n")},
      {"rfc6455/4.1-method",
       client,
       {{in, request("Connection: Upgrade\r\nUpgrade: websocket\r\n" + key_line + version_line,
                     "PUT / HTTP/1.1")}}},
      {"rfc6455/4.1-http-version",
       client,
       {{in, request("Connection: Upgrade\r\nUpgrade: websocket\r\n" + key_line + version_line,
                     "GET / HTTP/1.0")}}},
      {"rfc6455/4.1-key", client, handshake(version_line)},
      {"rfc6455/4.1-key", client, handshake(version_line, "Sec-WebSocket-Key: YWJj\r\n")},
      {"rfc6455/4.1-version", client, handshake(key_line, "Sec-WebSocket-Version: 8\r\n")},
      {"rfc6455/4.1-subprotocols", client,
       handshake(key_line + version_line, "Sec-WebSocket-Protocol: a, b, a\r\n")},
      {"rfc6455/5.2-rsv", server, on_websocket(frame(opcode::text, "x", true, 2))},
      {"rfc6455/5.2-opcode", server, on_websocket("\x8b\x01x")},
      {"rfc6455/5.5-control-length", server, on_websocket(frame(opcode::ping, octets(126, 'x')))},
      {"rfc6455/5.5-control-fragmented", server, on_websocket(frame(opcode::ping, "x", false))},
      {"rfc6455/5.2-minimal-length", server, on_websocket(octets("\x81\x7e\0\1x", 5))},
      {"rfc6455/5.2-length-high-bit", server, on_websocket("\x82\x7f\x80")},
      {"rfc6455/5.1-client-masked", client, client_frames(hello)},
      {"rfc6455/5.1-server-unmasked", server, on_websocket(masked("x", {1, 2, 3, 4}))},
      {"rfc6455/5.4-continuation", server, on_websocket(frame(opcode::continuation, "x"))},
      {"rfc6455/5.4-interleaved", server, on_websocket(frame(opcode::text, "x", false) + hello)},
      {"rfc6455/5.6-utf-8", server, on_websocket(frame(opcode::text, "\xff"))},
      {"rfc6455/5.5.1-close-length", server, on_websocket(frame(opcode::close, "x"))},
      {"rfc6455/5.5.1-close-reason", server, on_websocket(close_frame(1000, "\xff"))},
      {"rfc6455/5.5.1-data-after-close", server, on_websocket(close_frame(1000) + hello)},
      {"rfc7692/7.2.1-deflate-data", server,
       on_websocket(frame(opcode::binary, "\x07garbage", true, 4), deflate)},
      {"rfc7692/6-first-fragment", server,
       on_websocket(frame(opcode::text, "x", false) + frame(opcode::continuation, "y", true, 4),
                    deflate)},
      {"rfc7692/6-control-frame", server, on_websocket(frame(opcode::ping, "x", true, 4), deflate)},
      {"rfc6455/7.4.1-forbidden-code", server, on_websocket(close_frame(1005))},
      {"rfc6455/7.4.2-unassigned-code", server, on_websocket(close_frame(999))},
      {"rfc6455/5.3-fresh-masking-key", client,
       client_frames(masked("a", {1, 2, 3, 4}) + masked("b", {1, 2, 3, 4}) +
                     masked("c", {1, 2, 3, 4}))},
      {"html-sse/9.2.5-utf-8", server, event_stream("text/event-stream", "data: \xff\n\n")},
      {"html-sse/iana-charset", server,
       event_stream("text/event-stream; charset=\"latin1\"", "data: x\n\n")},
  };
}

inline std::vector<breach> breaches() {
  std::vector<breach> all = syntax_breaches();
  std::ranges::move(semantic_breaches(), std::back_inserter(all));
  std::ranges::move(websocket_breaches(), std::back_inserter(all));
  return all;
}

inline std::vector<std::pair<context, turns>> good_traffic() {
  wire::deflater compress(15, false);
  const octets small = frame(opcode::text, compress.deflate("hello hello"), true, 4);
  return {
      {server, answered("Content-Length: 0\r\nA:b\r\nB: \xe9 \t\r\n")},
      {server, answered("", "HTTP/1.0 200 ")},
      {server, answered("Content-Length: 99999999999999999999\r\n")},
      {server, answered("Content-Length: 5\r\n") /* cut */},
      {server, answered("Transfer-Encoding: gzip\r\n")},
      {server, {{out, request("", "HEAD / HTTP/1.1")}, {in, response("Content-Length: 5\r\n")}}},
      {server, chunked("5;a=b;c=\"d\"\r\nhello\r\n0\r\nExpires: 0\r\n\r\n")},
      {server, chunked("5\r\nhel")},
      {server,
       {{out, request("Expect: 100-continue\r\nContent-Length: 1\r\n", "PUT / HTTP/1.1")},
        {in, "HTTP/1.1 100 Continue\r\n\r\n"},
        {out, "x"},
        {in, response()}}},
      {server, {{out, request() + request()}, {in, response() + response()}}},
      {server,
       {{out, request() + request()},
        {in, response("Connection: close\r\nContent-Length: 0\r\n")}}},
      {server, answered("Content-Length: 0\r\nWWW-Authenticate: Basic\r\n", "HTTP/1.1 401 No")},
      {server, answered("Content-Length: 0\r\nAllow:\r\n", "HTTP/1.1 405 No")},
      {server, answered("Content-Length: 0\r\nProxy-Authenticate: x\r\n", "HTTP/1.1 407 No")},
      {server, answered("Content-Length: 0\r\nConnection: close, Upgrade\r\nUpgrade: a\r\n",
                        "HTTP/1.1 426 No")},
      {server, answered("Content-Length: 0\r\n", "HTTP/1.1 205 Reset")},
      {server, {{in, response("Connection: close\r\nContent-Length: 0\r\n", "HTTP/1.1 408 Late")}}},
      {server, {{out, request("", "CONNECT a:1 HTTP/1.1")}, {in, response("") + "\x16\x03"}}},
      {server,
       {{out, request("Connection: upgrade\r\nUpgrade: h2c, websocket\r\n")},
        {in, response("Connection: Upgrade\r\nUpgrade: H2C\r\n", "HTTP/1.1 101 Go") + "x"}}},
      {server, {{out, request()}, {in, "SSH-2.0-x\r\n"}}},
      {server, on_websocket(frame(opcode::text, "h\xc3", false) + frame(opcode::ping, "x") +
                            frame(opcode::continuation, "\xa9") + close_frame(1000, "bye") +
                            frame(opcode::pong, "late"))},
      {server, on_websocket(small, deflate)},
      {server, on_websocket(frame(opcode::binary, octets(70000, '\0')) + "\x81")},
      {server,
       answered_handshake("Sec-WebSocket-Protocol: a, b\r\n", "Sec-WebSocket-Protocol: b\r\n")},
      {server,
       event_stream("text/event-stream", "\xef\xbb\xbfx: y\nretry: soon\rid: \r\n: c\n\ndata")},
      {server, event_stream("text/event-stream; charset=UTF-8; x=y", "data: \xc3\xa9\n\n")},
      {server, answered("Content-Type: text/event-stream\r\n\r\ndata: \xc3")},
      {client, asked("Content-Length: 0\r\n", "POST /x?y HTTP/1.1")},
      {client, {{in, "GET / HTTP/1.0\r\n\r\n"}}},
      {client, {{in, request()}, {out, response()}, {in, request("Connection: close\r\n")}}},
      {client, client_frames(masked("a", {1, 2, 3, 4}) + masked("b", {1, 2, 3, 5}) +
                             masked("c", {1, 2, 3, 4}))},
      {client, {{in, "\x16\x03\x01\x02"}}},
  };
}

}  // namespace halley::checks::written
