#pragma once

#include "base/bytes.hpp"
#include "wire/websocket_extension.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace halley::wire {

/// The agreed parameters of permessage-deflate. Source: RFC 7692 §7.1.
struct deflate_parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  int server_max_window_bits = 15;  ///< 8–15
  int client_max_window_bits = 15;
  bool operator==(const deflate_parameters&) const = default;
};

/// Whether it is permessage-deflate. No section says whether the case of a name counts, so that it
/// may be taken either way.
bool is_deflate(const extension& element);
/// Reads one element of Sec-WebSocket-Extensions, for example "permessage-deflate;
/// server_max_window_bits=10". Returns: nothing where it is another extension or a parameter is
/// unknown, repeated or out of range. Source: RFC 7692 §7.1; RFC 6455 §9.1.
std::optional<deflate_parameters> parse_deflate(octet_view extension);
/// The same for an element that was read already.
std::optional<deflate_parameters> parse_deflate_parameters(const extension& element);

/// Inflates the messages of one direction. It takes distances up to 32 KiB, whatever window was
/// agreed. Source: RFC 7692 §7.2.2, §7.2.3.4.
class inflater {
public:
  inflater(int window_bits, bool no_context_takeover);
  ~inflater();
  inflater(inflater&&) noexcept;
  inflater& operator=(inflater&&) noexcept;

  /// After bad_data or too_large every further call gives bad_data: the window is lost.
  enum class outcome { ok, bad_data, too_large };
  /// Inflates part of a message; output is appended to `out` until `out` holds `limit` octets.
  /// `last`: the message ends here (the 00 00 ff ff tail is supplied).
  /// Limits: never allocates more than `limit` plus one buffer of 16 KiB, whatever the input
  /// claims.
  outcome inflate(octet_view input, bool last, std::size_t limit, octets& out);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Deflates the messages of one direction. Source: RFC 7692 §7.2.1.
class deflater {
public:
  deflater(int window_bits, bool no_context_takeover);
  ~deflater();
  deflater(deflater&&) noexcept;
  deflater& operator=(deflater&&) noexcept;

  /// The compressed form of a whole message, 00 00 ff ff tail removed.
  octets deflate(octet_view message);

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace halley::wire
