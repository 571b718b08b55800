#include "fuzz/grammars/frames.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "wire/deflate.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace halley::fuzz {
namespace {

constexpr std::array<std::uint8_t, 4> usual_mask = {0x37, 0xfa, 0x21, 0x3d};

std::array<std::uint8_t, 4> draw_mask(choices& from) {
  const auto kind = from.draw(16);
  if (kind < 14) return usual_mask;
  if (kind == 14) return {0, 0, 0, 0};
  std::array<std::uint8_t, 4> mask{};
  for (std::uint8_t& one : mask)
    one = static_cast<std::uint8_t>(from.draw(256));
  return mask;
}

}  // namespace

wire::websocket_frame client_frame(wire::opcode code, octets payload) {
  wire::websocket_frame frame;
  frame.code = code;
  frame.mask = usual_mask;
  frame.payload = std::move(payload);
  return frame;
}

void append_frame(choices& from, octets& to, wire::websocket_frame frame) {
  if (frame.mask) frame.mask = draw_mask(from);
  to += wire::encode(frame);
}

void append_frame(choices& from, octets& to, wire::opcode code, octets payload) {
  append_frame(from, to, client_frame(code, std::move(payload)));
}

void append_fragment(choices& from, octets& to, wire::opcode code, bool fin, octets payload) {
  wire::websocket_frame frame = client_frame(code, std::move(payload));
  frame.fin = fin;
  append_frame(from, to, std::move(frame));
}

void append_close(choices& from, octets& to, std::uint16_t code, octet_view reason) {
  append_frame(from, to, wire::opcode::close, wire::close_body(code, reason));
}

octets deflated(octet_view message) {
  // Its window is empty before each message, and making one is what costs.
  thread_local wire::deflater deflater(15, true);
  return deflater.deflate(message);
}

}  // namespace halley::fuzz
