#include "fuzz/grammars/websocket_grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/credentials.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/faults.hpp"
#include "fuzz/grammars/frames.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/grammars/websocket_deviations.hpp"
#include "fuzz/live/exchange.hpp"
#include "wire/websocket_frame.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace halley::fuzz {
namespace {

using wire::opcode;

constexpr std::size_t most_payload = 70000;
constexpr std::size_t most_control_payload = 125;  // RFC 6455 §5.5
constexpr std::uint32_t most_steps = 9;

/// What an exchange does wrong on purpose.
struct plan {
  const http_deviation* of_handshake = nullptr;
  const frame_deviation* of_frames = nullptr;
  bool offers_deflate = false;
};

/// Of all faults half are in frames; of the others most are in the fields of the handshake, some
/// in those parts of HTTP that every request has.
void add_fault(choices& from, plan& to) {
  const auto kind = from.draw(16);
  if (kind < 9) {
    const auto table = frame_deviations();
    to.of_frames = &table[from.draw(static_cast<std::uint32_t>(table.size()))];
  } else if (kind < 14) {
    const auto table = handshake_deviations();
    to.of_handshake = &table[from.draw(static_cast<std::uint32_t>(table.size()))];
  } else {
    const auto table = kind == 14 ? start_line_deviations() : field_deviations();
    to.of_handshake = &table[from.draw(static_cast<std::uint32_t>(table.size()))];
  }
}

plan draw_plan(choices& from) {
  plan drawn;
  const auto kind = from.draw(16);
  if (kind >= 6) add_fault(from, drawn);
  if (kind >= 14) add_fault(from, drawn);
  const bool deflate = once_in(from, 8);
  // Frames that are wrong because nobody offered compression, and those that are wrong only beside
  // it.
  drawn.offers_deflate = drawn.of_frames == nullptr ? deflate : drawn.of_frames->of_deflate;
  return drawn;
}

/// 16 octets in base64: the last of 22 letters has four bits of nothing.
octets draw_key(choices& from) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  octets key = "AAAAAAAAAAAAAAAAAAAAAA==";
  key[0] = letters[from.draw(64)];
  key[1] = letters[from.draw(64)];
  return key;
}

request_draft draw_handshake(choices& from, const place& at, bool offers_deflate) {
  static constexpr auto offers = std::to_array<std::string_view>(
      {"permessage-deflate", "permessage-deflate; client_no_context_takeover",
       "permessage-deflate; server_no_context_takeover",
       "permessage-deflate; client_max_window_bits", "x-halley, permessage-deflate",
       "permessage-deflate; server_max_window_bits=9, permessage-deflate",
       "permessage-deflate; client_max_window_bits=\"15\""});
  static constexpr auto protocols = std::to_array<std::string_view>(
      {"echo.halley", "chat.halley, echo.halley", "unknown.halley", "a,b,,c"});
  static constexpr auto connections = std::to_array<std::string_view>(
      {"keep-alive, Upgrade", "upgrade", "UPGRADE", "Upgrade,keep-alive", "x, y ,upgrade"});
  request_draft draft = request_draft::to(at);
  draft.add("Upgrade", "websocket");
  draft.add("Connection", "Upgrade");
  draft.add("Sec-WebSocket-Key", draw_key(from));
  draft.add("Sec-WebSocket-Version", "13");
  if (offers_deflate) draft.add("Sec-WebSocket-Extensions", pick(from, offers));
  const auto kind = from.draw(32);
  if (kind == 31) draft.find("Upgrade")->value = "WebSocket";
  if (kind == 30) draft.find("Connection")->value = pick(from, connections);
  if (kind == 29 || kind == 28) draft.add("Sec-WebSocket-Protocol", pick(from, protocols));
  if (kind == 27) draft.add("Origin", "http://" + at.authority);
  draw_credentials(from, at, draft);
  if (kind == 26) draft.add("X-Unknown", "value");
  return draft;
}

octets draw_data(choices& from, opcode code, std::size_t size) {
  return code == opcode::text ? draw_text(from, size) : draw_payload(from, size);
}

void append_control(choices& from, octets& to) {
  const opcode code = from.draw(3) < 2 ? opcode::ping : opcode::pong;
  append_frame(from, to, code, draw_payload(from, draw_payload_size(from, most_control_payload)));
}

void append_message(choices& from, octets& to, bool deflate) {
  const opcode code = from.draw(2) == 0 ? opcode::text : opcode::binary;
  const octets data = draw_data(from, code, draw_payload_size(from, most_payload));
  wire::websocket_frame frame = client_frame(code, {});
  const bool compressed = deflate && from.draw(4) > 0;
  if (compressed) frame.rsv = 4;
  frame.payload = compressed ? deflated(data) : data;
  append_frame(from, to, std::move(frame));
}

void append_fragments(choices& from, octets& to, bool deflate) {
  const opcode code = from.draw(2) == 0 ? opcode::text : opcode::binary;
  octets rest = draw_data(from, code, draw_payload_size(from, most_payload));
  const bool compressed = deflate && from.draw(2) == 0;
  if (compressed) rest = deflated(rest);
  const std::uint32_t count = 2 + from.draw(3);
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool last = i + 1 == count;
    const std::size_t size = last ? rest.size() : draw_position(from, rest.size() + 1);
    wire::websocket_frame frame =
        client_frame(i == 0 ? code : opcode::continuation, rest.substr(0, size));
    if (i == 0 && compressed) frame.rsv = 4;
    frame.fin = last;
    append_frame(from, to, std::move(frame));
    rest.erase(0, size);
    if (!last && once_in(from, 4)) append_control(from, to);
  }
}

void append_step(choices& from, octets& to, bool deflate) {
  const auto kind = from.draw(8);
  if (kind < 4) {
    append_message(from, to, deflate);
  } else if (kind < 6) {
    append_control(from, to);
  } else {
    append_fragments(from, to, deflate);
  }
}

/// Returns: whether a Close frame stands at the end.
bool append_end(choices& from, octets& to) {
  static constexpr auto codes =
      std::to_array<std::uint16_t>({1001, 1003, 1008, 1009, 1010, 1011, 1012, 1014, 3000, 4999});
  const auto kind = from.draw(16);
  if (kind < 11) {
    append_close(from, to, 1000);
  } else if (kind == 11) {
    append_frame(from, to, opcode::close, {});
  } else if (kind == 12) {
    append_close(from, to, codes.at(from.draw(codes.size())));
  } else if (kind == 13) {
    append_close(from, to, 1000, draw_text(from, 1 + from.draw(123)));
  }
  return kind < 14;
}

/// The frames, what is wrong with them, and the end.
void say_frames(choices& from, const plan& wrong, exchange& to) {
  const std::uint32_t steps = from.draw(most_steps);
  const std::uint32_t wrong_one = from.draw(steps + 1);
  octets frames;
  for (std::uint32_t i = 0; i <= steps; ++i) {
    if (i == wrong_one && wrong.of_frames != nullptr) {
      wrong.of_frames->append(from, frames);
      to.deviations.emplace_back(wrong.of_frames->name);
    }
    if (i < steps) append_step(from, frames, wrong.offers_deflate);
  }
  const bool closes = append_end(from, frames);
  say(to, std::move(frames));
  const bool waits = wrong.of_frames != nullptr && wrong.of_frames->waits;
  if (closes && !waits && wrong.of_handshake == nullptr) return;
  if (once_in(from, 2)) then(to, act::kind::answer);
  then(to, closes ? act::kind::finish : act::kind::close);
}

}  // namespace

bool websocket_fits(std::string_view contract) {
  return contract.starts_with("ws.");
}

exchange compose_websocket(choices& from, const place& at, const corpus&) {
  exchange made{.at = at, .acts = {}, .deviations = {}};
  const delivery how = draw_delivery(from);
  const plan wrong = draw_plan(from);
  request_draft handshake = draw_handshake(from, at, wrong.offers_deflate);
  if (wrong.of_handshake != nullptr) {
    wrong.of_handshake->apply(from, handshake);
    made.deviations.emplace_back(wrong.of_handshake->name);
  }
  octets written;
  written.reserve(256);
  handshake.append_head(written);
  handshake.append_body(written);
  say(made, std::move(written));
  then(made, act::kind::answer);

  // Who was refused says nothing more, in most cases: it would be read as HTTP.
  if (wrong.of_handshake != nullptr && from.draw(4) < 3) {
    then(made, act::kind::finish);
  } else {
    say_frames(from, wrong, made);
  }
  deliver(from, how, made);
  return made;
}

}  // namespace halley::fuzz
