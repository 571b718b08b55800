#include "reference-server/client/http_exchange.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/body_decoder.hpp"
#include "reference-server/client/answer_framing.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/http_link.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

using kind = answer_framing::kind;

constexpr int continue_status = 100;
constexpr int switching_protocols = 101;
constexpr int client_error = 400;
const char* const too_late = "nothing came for too long";
const char* const no_more = "no more was wanted";

/// What mutants read into a head before it is one.
octets as_read(octet_view head, const client_options& how) {
  octets result(head);
  if (how.mutant("client-http-fold-cut")) {
    for (std::size_t at = 0; (at = result.find("\r\n ", at)) != octets::npos;)
      result.erase(at, result.find("\r\n", at + 2) - at);
  }
  if (how.mutant("client-http-space-before-fields-taken")) {
    const std::size_t at = result.find("\r\n ");
    if (at != octets::npos && at == result.find("\r\n")) result.erase(at + 2, 1);
  }
  if (how.mutant("client-http-reason-needed") && result.substr(0, result.find('\r')).size() <= 13)
    return octets();
  return unfolded(result);
}

/// Fields that a mutant does not know by their names.
void forget_fields(answer_head& head, const client_options& how) {
  if (!how.mutant("client-http-field-case-seen")) return;
  std::erase_if(head.fields, [](const field& one) {
    return !one.name.empty() && one.name.front() == ascii::to_lower(one.name.front());
  });
}

}  // namespace

http_exchange::http_exchange(std::shared_ptr<http_link> on,
                             const client_options& how,
                             const options& reading,
                             clock::tasks& by)
    : on_(std::move(on)), how_(how), reading_(reading), by_(by) {
}

awaitable<http_outcome> http_exchange::run(http_asking what) {
  method_ = what.method;
  reader_ = what.reader;
  on_->take();
  on_->send(std::move(what.out), by_);
  octets why;
  while (why.empty() && !final_)
    why = co_await read_head();
  if (why.empty()) why = co_await read_body();
  if (why.empty()) why = co_await finish_sending();
  if (why.empty()) {
    got_.is = http_outcome::kind::answered;
    if (what.closes && !how_.mutant("client-http-request-after-close")) got_.persists = false;
  } else {
    got_.why = std::move(why);
  }
  co_return std::move(got_);
}

/// Reads one head, final or not. Returns: why there is none, or nothing.
awaitable<octets> http_exchange::read_head() {
  for (;;) {
    octets& input = on_->input();
    const auto skipped = std::min<std::uint64_t>(skipped_, input.size());
    input.erase(0, skipped);
    skipped_ -= skipped;
    const auto found = find_head(input, reading_);
    if (const auto* const bad = std::get_if<refusal>(&found))
      co_return octets(bad->status == client_error ? bad->why : "the head is too large");
    const std::size_t size = std::get<std::size_t>(found);
    if (size != 0) co_return take_head(size);
    if (on_->ended()) {
      if (input.empty() && interim_ == 0) {
        got_.is = http_outcome::kind::lost;
        co_return octets("the connection ended without an answer");
      }
      if (!input.empty() && how_.mutant("client-http-cut-head-taken")) {
        input.erase(std::min(input.rfind("\r\n"), input.size()));
        input += "\r\n\r\n";
        continue;
      }
      co_return octets("the connection ended inside a head");
    }
    const bool in_time = co_await on_->changes();
    if (!in_time) co_return octets(too_late);
  }
}

octets http_exchange::take_head(std::size_t size) {
  octets& input = on_->input();
  const octets text = as_read(octet_view(input).substr(0, size), how_);
  input.erase(0, size);
  auto parsed = parse_answer(text, reading_);
  if (auto* const bad = std::get_if<octets>(&parsed)) return std::move(*bad);
  auto& head = std::get<answer_head>(parsed);
  if (head.minor > 1 && how_.mutant("client-http-higher-minor-refused"))
    return "a version that is not known";
  if (head.status == switching_protocols) return "a switch of protocols that nobody asked for";
  if (head.status / 100 == 1 && !how_.mutant("client-http-interim-is-final")) {
    // Some may come unasked (RFC 9110 §15.2), endless ones may not.
    interim_ += size;
    if (interim_ > how_.maximum_head) return "too many interim answers";
    if (head.status == continue_status) on_->go_on();
    if (how_.mutant("client-http-interim-has-body"))
      skipped_ = parse_number(head.value("Content-Length").value_or("0")).value_or(0);
    return {};
  }
  forget_fields(head, how_);
  got_.head = std::move(head);
  final_ = true;
  return {};
}

/// Returns: why the body is not read, or nothing.
octets http_exchange::ask_reader() {
  if (reader_ == nullptr) return {};
  use_ = reader_->begin(got_.head);
  if (use_ == body_reader::use::pieces) on_->be_patient();
  if (use_ != body_reader::use::none) return {};
  got_.is = http_outcome::kind::unwanted;
  return "the answer is not wanted";
}

/// Returns: whether more is wanted.
bool http_exchange::keep(octet_view piece) {
  taken_ += piece.size();
  if (use_ == body_reader::use::pieces) return piece.empty() || reader_->take(piece);
  got_.body += piece;
  return true;
}

/// Returns: why the body is not whole, or nothing.
awaitable<octets> http_exchange::read_body() {
  const auto framing = framing_of(got_.head, method_, how_);
  if (const auto* const bad = std::get_if<octets>(&framing)) co_return *bad;
  const auto how_long = std::get<answer_framing>(framing);
  got_.persists = persists(got_.head, how_long, how_);
  tunnel_ = how_long.is == kind::tunnel;
  // A server that says no, or that it closes, reads no more of the body (RFC 9112 §9.5).
  if (!on_->sent() && (got_.head.status >= client_error || !got_.persists) && !tunnel_)
    on_->stop_sending();
  octets unread = ask_reader();
  if (!unread.empty()) co_return unread;
  if (how_long.is == kind::none || tunnel_) co_return octets();
  if (how_long.is == kind::chunked) {
    octets why = co_await read_chunks();
    co_return why;
  }
  const bool sized = how_long.is == kind::length;
  for (;;) {
    octets& input = on_->input();
    auto take = static_cast<octets::size_type>(input.size());
    if (sized) take = std::min<std::uint64_t>(take, how_long.length - taken_);
    const octets piece = input.substr(0, take);
    input.erase(0, take);
    if (!keep(piece)) co_return octets(no_more);
    if (sized && taken_ == how_long.length) co_return octets();
    if (got_.body.size() > how_.maximum_body) co_return octets("the body is too large");
    if (on_->ended()) {
      if (!sized && !on_->reset()) co_return octets();
      co_return end_of_input("body");
    }
    const bool in_time = co_await on_->changes();
    if (!in_time) co_return octets(too_late);
  }
}

awaitable<octets> http_exchange::read_chunks() {
  request as_request;
  as_request.body = framing::chunked;
  body_decoder decoder(as_request, reading_);
  for (;;) {
    octets& input = on_->input();
    octets piece;
    const std::size_t taken = decoder.feed(input, piece);
    input.erase(0, taken);
    if (!keep(piece)) co_return octets(no_more);
    if (decoder.at() == body_decoder::state::broken) co_return octets("the chunks are broken");
    if (decoder.at() == body_decoder::state::ended) break;
    if (got_.body.size() > how_.maximum_body) co_return octets("the body is too large");
    if (on_->ended()) co_return end_of_input("chunks");
    const bool in_time = co_await on_->changes();
    if (!in_time) co_return octets(too_late);
  }
  if (how_.mutant("client-http-trailer-merged"))
    for (const field& one : decoder.trailers())
      got_.head.fields.push_back(one);
  co_return octets();
}

/// An answer may be whole before its request is; without an end of the request the connection has
/// no use. Returns: nothing.
awaitable<octets> http_exchange::finish_sending() {
  bool in_time = true;
  if (!on_->sent() && how_.mutant("client-http-early-answer-lost"))
    co_return octets("an answer before the request was whole");
  while (!on_->sent() && !on_->ended() && in_time && got_.persists)
    in_time = co_await on_->changes();
  if (!on_->sent_all()) got_.persists = false;
  co_return octets();
}

octets http_exchange::end_of_input(const char* where) {
  if (how_.mutant("client-http-cut-is-complete")) return {};
  return octets("the connection ended inside the ") + where;
}

}  // namespace halley::gateway
