#include "wire/websocket_frame.hpp"

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace halley::wire {
namespace {

/// Appends the low `count` octets of `value` in network byte order.
void append_number(octets& out, std::uint64_t value, int count) {
  for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
    out += static_cast<char>((value >> shift) & 0xFFU);
}

length_form shortest_form(std::uint64_t length) {
  if (length < 126) return length_form::seven_bit;
  return length <= 0xFFFF ? length_form::sixteen_bit : length_form::sixty_four_bit;
}

void append_length(octets& out, std::uint64_t length, length_form form, bool masked) {
  const unsigned mask_bit = masked ? 0x80U : 0U;
  switch (form) {
    case length_form::seven_bit:
      out += static_cast<char>(mask_bit | static_cast<unsigned>(length & 0x7FU));
      break;
    case length_form::sixteen_bit:
      out += static_cast<char>(mask_bit | 126U);
      append_number(out, length, 2);
      break;
    case length_form::sixty_four_bit:
      out += static_cast<char>(mask_bit | 127U);
      append_number(out, length, 8);
      break;
  }
}

}  // namespace

octets name(opcode code) {
  switch (code) {
    case opcode::continuation:
      return "continuation";
    case opcode::text:
      return "text";
    case opcode::binary:
      return "binary";
    case opcode::close:
      return "close";
    case opcode::ping:
      return "ping";
    case opcode::pong:
      return "pong";
  }
  return "opcode-" + std::to_string(static_cast<unsigned>(code));
}

bool is_control(opcode code) {
  return (static_cast<unsigned>(code) & 0x8U) != 0;
}

bool is_reserved(opcode code) {
  const auto number = static_cast<unsigned>(code);
  return (number > 0x2 && number < 0x8) || number > 0xA;
}

octets encode(const websocket_frame& frame, const frame_nonsense& nonsense) {
  const std::uint64_t length = nonsense.length_says.value_or(frame.payload.size());
  octets out;
  out.reserve(frame.payload.size() + 14);
  const unsigned first = (frame.fin ? 0x80U : 0U) | ((frame.rsv & 0x7U) << 4U) |
                         (static_cast<unsigned>(frame.code) & 0xFU);
  out += static_cast<char>(first);
  append_length(out, length, nonsense.form.value_or(shortest_form(length)), frame.mask.has_value());
  if (frame.mask)
    for (const std::uint8_t octet : *frame.mask)
      out += static_cast<char>(octet);
  const std::size_t header = out.size();
  out += frame.payload;
  if (frame.mask) apply_mask(std::span(out).subspan(header), *frame.mask, 0);
  return out;
}

void apply_mask(octets& payload, const std::array<std::uint8_t, 4>& key, std::size_t offset) {
  apply_mask(std::span(payload), key, offset);
}

void apply_mask(std::span<char> part, const std::array<std::uint8_t, 4>& key, std::size_t offset) {
  // The key, repeated and turned to where `part` begins; eight octets at a time, as payloads may be
  // large.
  std::array<char, 8> turned{};
  for (std::size_t i = 0; i < turned.size(); ++i)
    turned[i] = static_cast<char>(key[(offset + i) % key.size()]);
  std::uint64_t key_word = 0;
  std::memcpy(&key_word, turned.data(), sizeof key_word);

  std::size_t at = 0;
  for (; part.size() - at >= sizeof key_word; at += sizeof key_word) {
    std::uint64_t word = 0;
    std::memcpy(&word, part.data() + at, sizeof word);
    word ^= key_word;
    std::memcpy(part.data() + at, &word, sizeof word);
  }
  for (std::size_t i = 0; at < part.size(); ++at, ++i)
    part[at] = static_cast<char>(part[at] ^ turned[i]);
}

octets close_body(std::uint16_t code, octet_view reason) {
  octets body;
  append_number(body, code, 2);
  body += reason;
  return body;
}

bool close_code_allowed(std::uint16_t code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

}  // namespace halley::wire
