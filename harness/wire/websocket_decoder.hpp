#pragma once

#include "base/bytes.hpp"
#include "wire/deflate.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace halley::wire {

/// The body of a Close frame as received. Source: RFC 6455 §5.5.1.
struct websocket_close {
  std::optional<std::uint16_t> code;  ///< nothing where the body was shorter than two octets
  octets reason;
  bool masked = false;
  bool operator==(const websocket_close&) const = default;
};

/// A whole message: fragments joined, inflated. Source: RFC 6455 §5.4, RFC 7692 §7.2.2.
struct websocket_message {
  opcode type = opcode::text;  ///< text or binary
  octets data;
  bool compressed = false;
  std::uint64_t fragments = 1;
  bool operator==(const websocket_message&) const = default;
};

/// What the decoder saw; `at` and `size` as in http_item. A message covers its last frame. Order:
/// deviations of a frame, the frame (every frame, Close frames as websocket_close only), then the
/// message it completes.
struct websocket_item {
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::variant<websocket_frame, websocket_close, websocket_message, wire_error> what;
  bool operator==(const websocket_item&) const = default;
};

struct websocket_limits {
  std::uint64_t frame_octets = std::uint64_t{64} * 1024 * 1024;
  std::uint64_t message_octets =
      std::uint64_t{64} * 1024 * 1024;  ///< also bounds the inflated size
};

struct websocket_settings {
  bool from_client = false;  ///< whether the sender is the client: then frames are masked
  std::optional<deflate_parameters> deflate;  ///< agreed permessage-deflate, if any
  websocket_limits limits;
};

/// One direction of a WebSocket connection. Every deviation is reported once, at its own offset, as
/// early as the octets allow (a bad length form at the length, bad UTF-8 at the first impossible
/// octet, even inside an unfinished frame); frames go on being decoded where the header still makes
/// sense. After a frame over the limit or with a length of 2^63 and more the rest is dropped.
/// Places: a length's deviations are at the frame's second octet, where the length begins; what is
/// wrong with inflated data is at the payload of the frame that carried them; text that ends inside
/// a character is at the last octet of its last frame. A data frame inside a fragmented message
/// begins a new message. A compressed message that does not inflate is not reported, nor, with
/// context takeover, any compressed one after it. Limits: `websocket_limits`; memory stays within
/// one message. Source: RFC 6455 §5, §7.4, §8.1; RFC 7692 §7.2.
class websocket_decoder {
public:
  explicit websocket_decoder(websocket_settings settings, std::uint64_t stream_offset = 0);
  ~websocket_decoder();
  websocket_decoder(websocket_decoder&&) noexcept;
  websocket_decoder& operator=(websocket_decoder&&) noexcept;

  void feed(octet_view input, std::vector<websocket_item>& out);
  /// The peer sent FIN: reports truncated_frame where one was begun.
  void finish(std::vector<websocket_item>& out);

  /// How many payload octets of the current data frame are still to come; all there may be where
  /// the rest is dropped, 0 inside headers and control frames.
  std::uint64_t payload_left() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace halley::wire
