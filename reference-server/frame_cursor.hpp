#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace halley::gateway {

/// The payload length that the header `head` declares; reads no octet behind it.
std::uint64_t payload_length(octet_view head);

/// Follows the frames of one direction by their headers. Source: RFC 6455 §5.2.
class frame_cursor {
public:
  struct header {
    octets octets_of;  // as they came, with the masking key
    std::uint64_t length = 0;

    std::uint8_t opcode() const { return octet_at(octets_of, 0) & 0x0FU; }
    bool masked() const { return (octet_at(octets_of, 1) & 0x80U) != 0; }
  };
  using length_reader = std::uint64_t (*)(octet_view);

  explicit frame_cursor(length_reader lengths = payload_length) : lengths_(lengths) {}

  /// Takes octets of the payload under way or of the next header off the front of `input`.
  /// Returns: the header that is complete now. `payload` is what was taken of a payload.
  std::optional<header> take(octet_view& input, octet_view& payload);

  /// Whether the next octet begins a frame.
  bool between_frames() const { return head_.empty() && payload_left_ == 0; }

private:
  length_reader lengths_;
  octets head_;
  std::uint64_t payload_left_ = 0;
};

}  // namespace halley::gateway
