#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"
#include "wire/deflate.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr auto contracts = std::to_array<words>(
    {"ws.echo", "ws.echo", "ws.echo-small", "ws.echo-subprotocol", "ws.topic"});
constexpr auto offers = std::to_array<words>(
    {"",
     "",
     "Sec-WebSocket-Extensions: permessage-deflate\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
     "server_no_context_takeover\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7, x\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=010\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
     "server_no_context_takeover\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; other=1\r\n",
     "Sec-WebSocket-Extensions: permessage-deflate; other, permessage-deflate\r\n",
     "Sec-WebSocket-Extensions: x; y=\"z\"\r\n",
     "Sec-WebSocket-Extensions: ;\r\n",
     "Sec-WebSocket-Protocol: echo.halley\r\n",
     "Sec-WebSocket-Protocol: x, echo.halley\r\n",
     "Sec-WebSocket-Protocol: ECHO.HALLEY\r\n",
     "Sec-WebSocket-Protocol: x y\r\n",
     "Sec-WebSocket-Protocol: x\r\n",
     "Sec-WebSocket-Version: 13\r\n",
     "Connection: keep-alive\r\n",
     "X-Unknown: 1\r\nOrigin: http://a.test\r\nCookie: a=b\r\n"});
constexpr auto texts = std::to_array<words>(
    {"hello", "", "\xC3\xA4\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xC0\xAF", "\xED\xA0\x80",
     "\xF4\x90\x80\x80", "\xEF\xBF\xBE", "\xF0\x9F\x98", "\xFF", "a", "{}", "\xE2\x82"});
constexpr auto sizes =
    std::to_array<std::uint32_t>({1, 125, 126, 127, 4096, 65535, 65536, 70000, 200000});
constexpr auto codes =
    std::to_array<std::uint16_t>({1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1012, 1014,
                                  1015, 1016, 2999, 3000, 3999, 4000, 4999, 5000, 999,  0});

std::string close_content(choices& from) {
  switch (from.draw(8)) {
    case 0:
      return {};
    case 1:
      return "\x03";
    default: {
      const auto code = codes.at(from.draw(codes.size()));
      return wire::close_body(code, from.draw(3) == 2 ? one_of(from, texts) : std::string());
    }
  }
}

std::string content(choices& from, wire::opcode code) {
  if (code == wire::opcode::close) return close_content(from);
  switch (from.draw(6)) {
    case 0:
    case 1:
    case 2:
      return one_of(from, texts);
    case 3:
      return std::string("a\0b", 3);
    case 4:
      return std::string(sizes.at(from.draw(sizes.size())), 'x');
    default:
      return wire::is_control(code) ? std::string(sizes.at(from.draw(4)), 'x')
                                    : one_of(from, texts) + one_of(from, texts);
  }
}

octets frame(choices& from, bool compresses) {
  constexpr auto kinds = std::to_array<wire::opcode>(
      {wire::opcode::text, wire::opcode::binary, wire::opcode::ping, wire::opcode::continuation,
       wire::opcode::close, wire::opcode::pong, wire::opcode::text, wire::opcode::continuation,
       wire::opcode{0x3}, wire::opcode{0xB}});
  wire::websocket_frame made;
  made.code = kinds.at(from.draw(kinds.size()));
  made.fin = from.draw(3) != 2;
  made.payload = content(from, made.code);
  if (compresses && !wire::is_control(made.code) && from.draw(3) != 2) {
    made.payload = wire::deflater(15, true).deflate(made.payload);
    made.rsv = 4;
    if (from.draw(8) == 7 && !made.payload.empty()) made.payload.back() = '\xFF';
  }
  constexpr auto bits = std::to_array<std::uint8_t>({1, 2, 4, 7});
  if (from.draw(16) == 15) made.rsv = bits.at(from.draw(bits.size()));
  if (from.draw(24) != 23) made.mask = {0x37, 0xfa, 0x21, 0x3d};
  wire::frame_nonsense nonsense;
  const auto wrong = from.draw(24);
  if (wrong == 23) nonsense.form = wire::length_form::sixty_four_bit;
  if (wrong == 22) nonsense.form = wire::length_form::sixteen_bit;
  if (wrong == 21) nonsense.length_says = std::uint64_t{1} << from.draw(64);
  return wire::encode(made, nonsense);
}

/// More conversations, left or not.
void several(scene_draft& to, const std::string& contract) {
  auto& from = to.from();
  const bool leave = from.draw(2) == 1;
  to.begin(leave ? "conversations come and go" : "more conversations");
  for (int i = 0; i < 7 && !to.is_full(); ++i) {
    const auto who = to.open(contract);
    to.say(who, head_for("GET", contract, "", handshake_fields("")));
    if (!leave) continue;
    to.close(who, "fin");
    to.lines().pop_back();
  }
}

}  // namespace

scene websocket_scene(choices& from, const std::vector<stand>& /*stands*/) {
  scene_draft to(from);
  const auto contract = one_of(from, contracts);
  const auto offer = one_of(from, offers) + one_of(from, offers);
  to.begin("opening handshake");
  const auto who = to.open(contract);
  constexpr auto keys = std::to_array<words>(
      {"dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEA==", "dGhlIHNhbXBsZQ==",
       "dGhlIHNhbXBsZSBub25jZSB4", "not base64", "dGhlIHNhbXBsZSBub25jZQ"});
  const auto key = from.draw(6) == 5 ? one_of(from, keys) : std::string(keys.front());
  to.say(who, head_for("GET", contract, "", handshake_fields(offer, key)));
  const bool compresses = offer.find("permessage-deflate") != std::string::npos;
  while (!to.is_full()) {
    const auto next = from.draw(16);
    if (next == 0) break;
    if (next == 3) {
      several(to, contract);
      continue;
    }
    if (next == 1) {
      to.wait();
      continue;
    }
    if (next == 2) {
      to.leave(to.lines());
      break;
    }
    octets what;
    if (next == 4) {
      to.begin("many messages");
      for (int i = 0; i < 60; ++i)
        what += frame(from, false);
      to.say(who, map({{"hex", text(to_hex(what))}}));
      continue;
    }
    to.begin("frames");
    for (auto left = 1 + from.draw(3); left != 0; --left)
      what += frame(from, compresses);
    constexpr auto segments = std::to_array<std::uint32_t>({0, 0, 0, 1, 3});
    const auto segment = what.size() < 300 ? segments.at(from.draw(segments.size())) : 0;
    to.say(who, map({{"hex", text(to_hex(what))}}), segment);
  }
  return to.take();
}

}  // namespace halley::fuzz
