#pragma once

#include "base/bytes.hpp"
#include "reference-server/frame_cursor.hpp"
#include "reference-server/options.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace halley::gateway {

/// One frame, its payload without the mask. Source: RFC 6455 §5.2.
struct frame {
  bool fin = true;
  std::uint8_t reserved = 0;  // RSV1 is 4
  std::uint8_t opcode = 0;
  bool masked = false;
  octets key = octets(4, '\0');
  octets payload;
  std::vector<std::size_t> reads;  // where in the payload each read began
  bool lost = false;               // as if it had never been there

  bool control() const { return (opcode & 8U) != 0; }
};

/// What the mutants of the frame layer know of the frames before.
struct frame_history {
  bool deflate = false;
  bool in_message = false;     // a message has begun and not ended
  bool in_plain_text = false;  // it is a text that is not compressed
  bool close_seen = false;
  bool empty_close = false;
  bool answers_close = false;  // the peer's Close came, the next one sent answers it
  unsigned pings = 0;
  bool after_binary = false;    // the last whole message was binary
  bool message_binary = false;  // the one under way is
  bool pinged_inside = false;   // a Ping came since the last fragment
  std::vector<frame> held;      // until the message has ended
  std::deque<bool> texts;       // of each message: whether it came as text
};

/// What one mutant does to each frame of a direction, or how it reads lengths.
struct frame_fault {
  const char* mutant;
  void (*alter)(frame&, frame_history&) = nullptr;
  frame_cursor::length_reader lengths = nullptr;
};

/// The mutants of the frame layer, of the gateway and of the client. Beast keeps the rules of RFC
/// 6455 by itself, so a mutant that breaks one changes the frames on their way to Beast, or those
/// that Beast sends.
class frame_faults {
public:
  frame_faults(const options& how, bool deflate);

  /// Whether some mutant changes what comes in, or what goes out.
  bool inward() const { return !received_faults_.empty(); }
  bool outward() const { return !sent_faults_.empty(); }
  /// Takes octets as they came. Returns: those that Beast is to see of all frames whole by now.
  octets received(octet_view input);
  /// Takes octets as Beast wrote them. Returns: those that go out for all frames whole by now.
  octets sent(octet_view output);
  /// Whether the next message that Beast hands out came as text (asked once a message).
  bool next_is_text(bool seen_by_beast);

private:
  /// Gathers the frames of one direction whole.
  struct gatherer {
    frame_cursor cursor;
    std::optional<frame> current;
    std::uint64_t missing = 0;
    bool pass_on = false;  // a frame too long to be gathered

    /// Takes octets off the front of `input`. Returns: the frame that is whole now. `passed` gets
    /// the octets of one that is too long.
    std::optional<frame> take(octet_view& input, octets& passed);
  };

  void follow(const frame& one);

  frame_history history_;
  std::vector<frame_fault> received_faults_;
  std::vector<frame_fault> sent_faults_;
  gatherer received_;
  gatherer sent_;
};

}  // namespace halley::gateway
