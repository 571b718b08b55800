#pragma once

#include "fuzz/live/record.hpp"
#include "trace/event.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <vector>

namespace halley::fuzz {

/// Something of a WebSocket with the event that shows it. Lifetime: points into the record.
template <typename What>
struct shown_as {
  const trace::event* shown = nullptr;
  const What* what = nullptr;
};

/// What both sides said on the WebSocket of a record.
struct frames_view {
  explicit frames_view(const record& seen);

  /// Whether there is a WebSocket, nothing was sent before it was open (that may be lost), no
  /// request had content, and what the target sent can be read.
  bool readable = false;

  // What we sent, up to the first fault and the first Close.
  std::vector<shown_as<wire::websocket_message>> messages;
  std::vector<shown_as<wire::websocket_frame>> pings;
  const trace::event* fault = nullptr;  ///< the first one
  wire::wire_error fault_is{};
  bool fault_is_whole = false;  ///< whether all octets have come that it can be seen by
  const trace::event* close = nullptr;
  bool close_is_odd = false;  ///< whether its code is one that is not to be sent
  bool nothing_behind_close = true;
  bool data_behind_close = false;
  bool we_ended = false;    ///< FIN or RST
  bool compressed = false;  ///< whether a frame says that it is
  /// Pings of the faulty frame and behind it. Not those inside a message whose text is wrong: who
  /// looks at the text as a whole answers them.
  std::vector<shown_as<wire::websocket_frame>> later_pings;

  // What the target sent.
  std::vector<shown_as<wire::websocket_message>> echoes;
  std::vector<shown_as<wire::websocket_frame>> pongs;
  const trace::event* their_close = nullptr;
  bool they_ended = false;
  bool they_ended_behind_close = false;  ///< the end came behind our Close
};

}  // namespace halley::fuzz
