#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "fuzz/choices.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halley::fuzz {

/// One thing that a peer of the gateway does on its connection.
struct deed {
  enum class kind {
    write,       ///< `data`, in segments of `segment` octets; 0 = whole
    pause,       ///< for `length`
    await,       ///< something that was not there before, at most for `length`
    rest,        ///< from reading, for `length`, while the deeds go on
    half_close,  ///< after that nothing more can be written
  };
  kind what = kind::pause;
  octets data;
  std::size_t segment = 0;
  duration length{0};

  bool operator==(const deed&) const = default;
};

/// How a peer leaves when its deeds are done.
enum class leave {
  when_left,   ///< when the gateway has ended its side, or after half a minute
  half_close,  ///< by a half-close, and for good when the gateway has ended its side, too
  close,
  reset,
};

/// One connection of a peer.
struct side_script {
  duration begins{0};  ///< after so long
  std::vector<deed> deeds;
  leave how = leave::when_left;

  bool operator==(const side_script&) const = default;
};

/// What happens to one gateway: connections of clients, and of the origin that it may be sent to.
struct gateway_script {
  enum class configuration { usual, restricted, impatient };
  configuration settings = configuration::usual;
  std::vector<side_script> clients;
  std::vector<side_script> origins;  ///< the first for the first connection to it, and so on

  bool operator==(const gateway_script&) const = default;
};

/// Where the gateway and the origin listen.
inline constexpr std::uint16_t gateway_port = 8080;
inline constexpr std::uint16_t origin_port = 8081;

/// Any choices stand for a script; no choices for the empty one.
/// Limits: three clients, two connections of the origin, 24 deeds each.
gateway_script read_script(choices from);

/// Choices that `read_script` reads as connections of clients that write just these octets, piece
/// by piece. What goes beyond its limits is left out.
octets script_octets(const std::vector<std::vector<octets>>& clients);

/// For people: one line a deed, nothing but printable characters.
std::string to_text(const gateway_script& script);

}  // namespace halley::fuzz
