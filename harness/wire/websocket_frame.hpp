#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace halley::wire {

/// Source: RFC 6455 §5.2, §11.8.
enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// "text", "ping", …; for reserved values "opcode-3", "opcode-11", …
octets name(opcode code);
bool is_control(opcode code);
bool is_reserved(opcode code);

/// Which form of length field the header used. Source: RFC 6455 §5.2.
enum class length_form : std::uint8_t { seven_bit, sixteen_bit, sixty_four_bit };

/// One frame, as read or as to be written. Source: RFC 6455 §5.2.
struct websocket_frame {
  bool fin = true;
  std::uint8_t rsv = 0;  ///< RSV1 = 4, RSV2 = 2, RSV3 = 1, as in the wire octet
  opcode code = opcode::text;
  std::optional<std::array<std::uint8_t, 4>> mask;  ///< the masking key, if masked
  length_form form = length_form::seven_bit;
  octets payload;  ///< unmasked

  bool operator==(const websocket_frame&) const = default;
};

/// How to write a frame: overrides send nonsense.
struct frame_nonsense {
  std::optional<std::uint64_t> length_says;  ///< written instead of the payload's size
  std::optional<length_form> form;           ///< instead of the shortest that fits
};

/// The octets of `frame`; the length form is the shortest that fits unless told otherwise
/// (`frame.form` is ignored).
octets encode(const websocket_frame& frame, const frame_nonsense& nonsense = {});

/// XORs `payload` with the key, in place; `offset` octets of the payload came before.
/// Source: RFC 6455 §5.3.
void apply_mask(octets& payload, const std::array<std::uint8_t, 4>& key, std::size_t offset = 0);
/// The same for a part of a payload.
void apply_mask(std::span<char> part, const std::array<std::uint8_t, 4>& key, std::size_t offset);

/// The body of a Close frame. Source: RFC 6455 §5.5.1.
octets close_body(std::uint16_t code, octet_view reason);

/// Whether an endpoint may put `code` on the wire. Source: RFC 6455 §7.4.1, §7.4.2 and the IANA
/// registry (1012–1014 were registered later).
bool close_code_allowed(std::uint16_t code);

}  // namespace halley::wire
