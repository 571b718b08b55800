#include "reference-server/exchange.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/body_decoder.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

/// What a mutant says of a stream whose length nobody knows.
constexpr std::size_t endless = std::size_t{1} << 30U;
constexpr std::size_t usual_head = 256;
/// How long mutants look out for a FIN behind the request, and wait for what never comes.
constexpr duration look_out = std::chrono::milliseconds(50);
constexpr duration never = std::chrono::hours(24);

octets hex_number(std::size_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return {digits.data(), end.ptr};
}

}  // namespace

exchange::exchange(connection& on, request with)
    : peer_(on),
      head_(std::move(with)),
      body_(head_, on.shared().settings),
      persistent_(!head_.close || settings().mutant("ignores-close")),
      continue_due_(head_.expects_continue && !settings().mutant("no-continue")) {
}

awaitable<body_step> exchange::read_body(octets& into, instant deadline) {
  for (;;) {
    if (continue_due_ && settings().mutant("early-body-lost")) peer_.consume(peer_.input().size());
    const std::size_t before = into.size();
    const std::size_t took = body_.feed(peer_.input(), into);
    if (took != 0) {
      peer_.consume(took);
      continue_due_ = false;  // whoever sends the body waits for nothing (RFC 9110 §10.1.1)
    }
    if (into.size() != before) co_return body_step::piece;
    if (body_.at() == body_decoder::state::ended) co_return body_step::end;
    if (body_.at() == body_decoder::state::broken) co_return body_step::bad;
    if (peer_.peer() == connection::inbound::ended)
      co_return settings().mutant("cut-is-complete") ? body_step::end : body_step::cut;
    if (peer_.peer() == connection::inbound::broken) co_return body_step::broken;
    if (continue_due_) {
      co_await invite_body();
      continue;
    }
    if (body_abandoned_ || (stop_ends_body_ && shared().stopping)) co_return body_step::stopped;
    if (shared().now() >= deadline) co_return body_step::late;
    co_await peer_.changed(deadline);
  }
}

awaitable<void> exchange::invite_body() {
  if (!std::exchange(continue_due_, false) || !peer_.input().empty()) co_return;
  const octet_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  co_await peer_.write(go_on);
}

awaitable<bool> exchange::read_whole_body(octets& into) {
  const std::size_t limit = settings().http_maximum_body_size;
  for (;;) {
    if (body_.announced() > limit || into.size() > limit) {
      // As when the system ends a server that asked for too much memory.
      if (settings().mutant("huge-chunk-is-fatal")) shared().stopping = true;
      close_after();
      co_await refuse(413, "body too large\n");
      co_return false;
    }
    const bool endless_wait = settings().mutant("body-timeout-never");
    const instant deadline =
        shared().now() + (endless_wait ? never : peer_.patience(settings().http_body_timeout));
    const body_step step = co_await read_body(into, deadline);
    if (step == body_step::end) {
      if (settings().mutant("trailer-merged"))
        head_.fields.insert(head_.fields.end(), body_.trailers().begin(), body_.trailers().end());
      co_return true;
    }
    if (step == body_step::piece) continue;
    close_after();
    const bool unanswered = settings().mutant("bad-chunk-unanswered");
    if (step == body_step::bad && !unanswered) co_await refuse(400, "bad chunked body\n");
    if (step == body_step::late) co_await refuse(408, "body too slow\n");
    co_return false;
  }
}

octets exchange::head_of(const response& with,
                         std::optional<std::size_t> length,
                         bool chunked) const {
  const options& how = peer_.shared().settings;
  octets out;
  out.reserve(usual_head + with.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(with.status)).append(" ");
  out.append(reason_of(with.status)).append("\r\n");
  if (how.http_server_header) out += "Server: halley\r\n";
  for (const field& one : with.fields) {
    if (one.name == "Cache-Control" && how.mutant("no-cache-control")) continue;
    out.append(one.name).append(": ").append(one.value).append("\r\n");
  }
  for (const field& one : also_)
    out.append(one.name).append(": ").append(one.value).append("\r\n");
  if (chunked) out += "Transfer-Encoding: chunked\r\n";
  if (length) out += "Content-Length: " + std::to_string(*length) + "\r\n";
  if (how.mutant("date-other-form")) out += "Date: Sunday, 06-Nov-94 08:49:37 GMT\r\n";
  const bool unmeant = head_.minor == 0 && how.mutant("keep-alive-unmeant");
  if (unmeant) out += "Connection: keep-alive\r\n";
  if (!persistent_ && !unmeant && !how.mutant("close-unsaid")) out += "Connection: close\r\n";
  out += "\r\n";
  return out;
}

awaitable<void> exchange::respond(response with) {
  assert(!committed_);
  committed_ = true;
  // The client was not asked for its body: whether it sends one is unknown, so nothing can follow.
  const bool unasked = continue_due_ && body_.at() == body_decoder::state::more;
  if (unasked || body_.announced() > settings().linger_maximum) close_after();
  std::optional<std::size_t> length;
  const bool bodiless = with.status == 204 && !settings().mutant("length-in-204");
  if (with.status >= 200 && !bodiless && with.status != 304) length = with.body.size();
  if (is_head() && settings().mutant("head-length-zero")) length = 0;
  if (length && settings().mutant("length-one-more")) ++*length;
  octets out = head_of(with, length, false);
  if (!is_head() || settings().mutant("head-with-body")) out += with.body;
  if (!settings().mutants.empty()) co_await misread_half_close(out);
  const bool sent = co_await peer_.write(out);
  if (!sent) close_after();
}

awaitable<bool> exchange::send_head(octets head) {
  assert(!committed_);
  committed_ = true;
  const bool sent = co_await peer_.write(head);
  if (!sent) close_after();
  co_return sent;
}

/// What mutants do with an answer whose client has half-closed.
awaitable<void> exchange::misread_half_close(octets& out) {
  const options& how = settings();
  const bool hangs = how.mutant("half-close-hangs");
  const bool tears = how.mutant("half-close-tears");
  if (!hangs && !tears && !how.mutant("half-close-drops-answer")) co_return;
  const instant later = shared().now() + look_out;
  while (peer_.peer() == connection::inbound::open && shared().now() < later)
    co_await peer_.changed(later);
  if (peer_.peer() != connection::inbound::ended) co_return;
  close_after();
  while (hangs && !peer_.closed() && !shared().stopping) {
    const instant much_later = shared().now() + never;
    co_await peer_.changed(much_later);
  }
  out.resize(tears ? out.size() / 2 : 0);
}

awaitable<void> exchange::refuse(int status, octets why) {
  response with = text(status, std::move(why));
  co_await respond(std::move(with));
}

octets exchange::framed(octet_view piece) const {
  return chunked_ ? as_chunk(piece) : octets(piece);
}

awaitable<bool> exchange::begin_stream(response head_only, octet_view first) {
  assert(!committed_);
  committed_ = true;
  const options& how = settings();
  const bool bodiless = is_head() && !how.mutant("head-with-body");
  std::optional<std::size_t> length;
  if (how.mutant("stream-declares-length")) length = endless;
  chunked_ = (head_.minor > 0 && !length) || how.mutant("chunked-to-http10");
  if (head_.minor == 0) close_after();
  octets out = head_of(head_only, length, chunked_);
  if (bodiless) chunked_ = false;
  if (!first.empty() && !bodiless) out += framed(first);
  const bool sent = co_await peer_.write(out);
  if (!sent) close_after();
  co_return sent;
}

awaitable<bool> exchange::write_piece(octet_view piece) {
  if (piece.empty()) co_return true;  // an empty chunk would be the last one
  const octets out = framed(piece);
  const bool sent = co_await write_framed(out);
  co_return sent;
}

awaitable<bool> exchange::write_framed(octet_view framed) {
  const bool sent = co_await peer_.write(framed);
  if (!sent) close_after();
  co_return sent;
}

awaitable<bool> exchange::end_stream() {
  if (!chunked_) co_return true;
  const octet_view last_chunk = "0\r\n\r\n";
  const bool sent = co_await peer_.write(last_chunk);
  if (!sent) close_after();
  co_return sent;
}

awaitable<void> exchange::drain() {
  const instant deadline = shared().now() + settings().linger_timeout;
  octets dropped;
  std::size_t total = 0;
  continue_due_ = false;
  while (persistent_ && !body_forgotten_) {
    const body_step step = co_await read_body(dropped, deadline);
    if (step == body_step::end) co_return;
    total += dropped.size();
    dropped.clear();
    if (step != body_step::piece || total > settings().linger_maximum) close_after();
  }
}

octets as_chunk(octet_view data) {
  octets out = hex_number(data.size());
  out += "\r\n";
  out += data;
  out += "\r\n";
  return out;
}

awaitable<void> turn_deaf(exchange& with) {
  connection& client = with.peer();
  while (client.peer() == connection::inbound::open) {
    client.consume(client.input().size());
    const instant later = with.shared().now() + with.settings().tunnel_idle_timeout;
    co_await client.changed(later);
  }
}

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 407:
      return "Proxy Authentication Required";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 508:
      return "Loop Detected";
    default:
      return "Other";
  }
}

response text(int status, octets body) {
  response made;
  made.status = status;
  made.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  made.body = std::move(body);
  return made;
}

response json_text(octets body) {
  response made;
  made.fields.push_back({"Content-Type", "application/json"});
  made.fields.push_back({"Cache-Control", "no-store"});
  made.body = std::move(body);
  return made;
}

}  // namespace halley::gateway
