#pragma once

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/http_deviations.hpp"

#include <span>
#include <string_view>

namespace halley::fuzz {

/// What an opening handshake must not be, or a server must refuse.
std::span<const http_deviation> handshake_deviations();

/// Frames that a client must not send, or that make a server fail the connection.
struct frame_deviation {
  std::string_view name;    ///< "reserved-bit"
  std::string_view ledger;  ///< "rfc6455/5.2-rsv"
  bool of_deflate;          ///< breaks the row where permessage-deflate was agreed on
  bool waits;               ///< a server may wait for more octets
  /// Appends frames that break the row where no message is unfinished, whatever came before.
  void (*append)(choices& from, octets& to);
};

std::span<const frame_deviation> frame_deviations();

}  // namespace halley::fuzz
