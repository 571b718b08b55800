#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace halley::gateway {

/// A message of an event stream as an application gets it, in UTF-8.
struct stream_message {
  octets type = "message";
  octets data;
  octets id;  // the last event id
};

/// Interprets one event stream, from its first octet on.
/// Limits: a block of client_options::maximum_message octets.
/// Source: HTML §9.2.5, §9.2.6.
class event_stream_reader {
public:
  /// Returns: whether more messages are wanted.
  using listener = std::function<bool(stream_message)>;

  /// `last_id`: of the streams before this one. `how` outlives the reader.
  event_stream_reader(const client_options& how, octets last_id);

  /// Takes what has come, in any pieces, and dispatches what is whole.
  /// Returns: false where no more is wanted, or a block is too large.
  bool feed(octet_view piece, const listener& dispatch);
  /// To be called at the end of the stream. What is not whole is lost.
  void end(const listener& dispatch);

  /// What Last-Event-ID is to say. An id counts when its block is dispatched.
  const octets& last_id() const { return last_id_; }
  /// The reconnection time that was set last, in milliseconds.
  std::optional<std::uint64_t> retry() const { return retry_; }
  bool too_large() const { return too_large_; }

private:
  bool end_line(const listener& dispatch);
  bool take_line(octet_view line, const listener& dispatch);
  void take_field(octet_view name, octets value);
  void take_retry(octet_view value);
  bool dispatch_block(const listener& dispatch);

  const client_options* how_;
  octets line_;
  octets data_;
  octets type_;
  octets id_;
  octets last_id_;
  std::optional<std::uint64_t> retry_;
  bool after_cr_ = false;
  bool first_line_ = true;
  bool too_large_ = false;
};

/// `text` as the UTF-8 decoder of the web's Encoding Standard reads it: U+FFFD stands for each
/// longest part of a sequence that is none.
octets decoded_utf8(octet_view text, const client_options& how);

}  // namespace halley::gateway
