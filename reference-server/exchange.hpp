#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/body_decoder.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/request.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace halley::gateway {

/// A complete answer.
struct response {
  int status = 200;
  std::vector<field> fields;
  octets body;
};

/// What came next of a request's body.
enum class body_step { piece, end, bad, cut, broken, late, stopped };

/// One request and its answer, on its connection.
class exchange {
public:
  exchange(connection& on, request with);
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  connection& peer() { return peer_; }
  core& shared() { return peer_.shared(); }
  const options& settings() { return peer_.shared().settings; }
  const request& head() const { return head_; }
  body_decoder& body() { return body_; }
  bool is_head() const { return head_.method == "HEAD"; }

  /// What the route's "${key}" stood for.
  octets key;

  /// Whether the connection serves another request after this one.
  bool persistent() const { return persistent_; }
  void close_after() { persistent_ = false; }
  /// Whether the answer has begun, so that no other may be sent.
  bool committed() const { return committed_; }

  /// Says 100 (Continue) where the client waits for that; due before an answer begins that leaves
  /// room for the body. Source: RFC 9110 §10.1.1.
  awaitable<void> invite_body();
  /// Waits for more of the body, first asking for it where the client waits for that.
  /// Returns: piece (appended to `into`); end; bad framing; cut (FIN inside it); broken (RST);
  /// late (`deadline` passed); stopped (the gateway stops, and stop_ends_body() was said).
  awaitable<body_step> read_body(octets& into, instant deadline);
  /// From now on the gateway's stop does not wait for the rest of the body.
  void stop_ends_body() { stop_ends_body_ = true; }
  /// Whether a body is wanted is for somebody else to say: nobody is asked for it from here.
  void leave_expectation() { continue_due_ = false; }
  /// Whether whoever waits in read_body() is sent away (stopped).
  void abandon_body(bool abandoned) { body_abandoned_ = abandoned; }
  /// Frees the fields of the request, for a conversation that goes on for long behind it.
  void forget_fields() { std::vector<field>().swap(head_.fields); }
  /// The fault of a mutant: what is left of the body is the next request.
  void forget_body() { body_forgotten_ = true; }
  /// Reads the whole body. Returns: false where it could not be had; the answer, if one is due, was
  /// given then.
  awaitable<bool> read_whole_body(octets& into);

  /// Answers at once with everything.
  awaitable<void> respond(response with);
  /// Sends a head that was made elsewhere; the body is for whoever made it.
  /// Returns: false where the connection broke.
  awaitable<bool> send_head(octets head);
  /// A field of the answer, whatever that will be.
  void also(field one) { also_.push_back(std::move(one)); }
  /// A short text answer.
  awaitable<void> refuse(int status, octets why);

  /// Begins an answer without known length: chunked, or to the end of the connection for HTTP/1.0.
  /// `first` goes out with the head. Returns: false where the connection broke (so do the next).
  awaitable<bool> begin_stream(response head_only, octet_view first);
  awaitable<bool> write_piece(octet_view piece);
  /// Whether the stream's pieces are chunks.
  bool chunked() const { return chunked_; }
  /// Sends what is framed already as chunked() says.
  awaitable<bool> write_framed(octet_view framed);
  /// The stream is complete: last chunk.
  awaitable<bool> end_stream();

  /// Reads what is left of the body, within the linger limits, so that the next request can come.
  awaitable<void> drain();

private:
  octets head_of(const response& with, std::optional<std::size_t> length, bool chunked) const;
  octets framed(octet_view piece) const;
  awaitable<void> misread_half_close(octets& out);

  connection& peer_;
  request head_;
  body_decoder body_;
  std::vector<field> also_;
  bool persistent_;
  bool committed_ = false;
  bool chunked_ = false;
  bool continue_due_;
  bool stop_ends_body_ = false;
  bool body_abandoned_ = false;
  bool body_forgotten_ = false;
};

/// One chunk with its size line. Source: RFC 9112 §7.1.
octets as_chunk(octet_view data);
/// The fault of mutants: nothing is heard any more until the client goes.
awaitable<void> turn_deaf(exchange& with);
const char* reason_of(int status);
response text(int status, octets body);
response json_text(octets body);

}  // namespace halley::gateway
