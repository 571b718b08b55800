#pragma once

#include "clock/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace halley::transport {

/// How one direction of a connection ends before its time.
struct cut {
  enum class kind : std::uint8_t {
    fin,     ///< the receiver sees FIN; what is sent after that is lost; the other way goes on
    reset,   ///< both ends see RST
    hold,    ///< nothing passes for `length`, then all that waited
    vanish,  ///< nothing passes any more, either way, and nobody is told: half-open
  };
  kind what = kind::reset;
  std::uint64_t after = 0;  ///< octets that still pass
  duration length{0};       ///< for hold

  bool operator==(const cut&) const = default;
};

/// What the octets of one direction of a connection meet on their way.
struct path {
  duration delay{0};        ///< one way
  duration jitter{0};       ///< added to `delay`: anything in [0, jitter], order is kept
  std::uint64_t rate = 0;   ///< octets a second; 0 = no limit
  std::size_t segment = 0;  ///< octets in one piece at most; 0 = no limit
  std::uint64_t segmented =
      std::numeric_limits<std::uint64_t>::max();  ///< octets cut so, from the first
  std::uint32_t loss = 0;  ///< pieces in a million that come one retransmission late
  duration slow_close{0};  ///< a FIN comes that much later
  std::optional<cut> ends = {};

  bool operator==(const path&) const = default;
};

/// Away from whoever connected, and back.
enum class way : std::uint8_t { up, down };

/// What happens to the connections and directions that it names. Of several rules the first that
/// names a direction of a connection decides about it, alone.
struct rule {
  enum class kind : std::uint8_t {
    pass,    ///< nothing happens
    impair,  ///< `on` happens
    refuse,  ///< the connection is refused
    drop,    ///< the attempt to connect is not answered
  };
  kind what = kind::impair;
  std::optional<way> direction = {};  ///< nothing: both
  std::uint64_t first = 1;            ///< connections, counted from 1 in the order of the attempts
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  path on = {};

  bool operator==(const rule&) const = default;
};

}  // namespace halley::transport
