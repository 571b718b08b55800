#pragma once

#include "base/bytes.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/verdict.hpp"
#include "trace/event.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::draft {

/// One thing that happened on one of the connections that are drafted.
struct deed {
  enum class kind : std::uint8_t {
    opened,
    event,   ///< `what` was decoded
    octets,  ///< `from` has sent `known` octets in all
    fin,
    rst,
  };

  kind is = kind::opened;
  std::size_t connection = 0;  ///< index into recorded::connections
  capture::side from = capture::side::client;
  std::chrono::nanoseconds t{0};
  std::uint64_t known = 0;
  trace::event what;
};

struct recorded_connection {
  capture::flow_opening opening;
  inspect::flow_verdict verdict;
  std::array<octets, 2> data;  ///< of client and server
};

/// What some connections of a capture carried, in the order of the capture.
struct recorded {
  std::vector<recorded_connection> connections;  ///< by number
  std::vector<deed> deeds;
  std::string refusal;  ///< why they cannot be drafted; empty where they can
};

/// Reads the connections with these numbers. The file is open, and at its first packet.
/// Limits: 1 MiB a side, 20,000 deeds; over them is a refusal.
recorded record_connections(capture::capture_file& file, const std::vector<std::uint64_t>& numbers);

}  // namespace halley::draft
