#pragma once

#include "base/bytes.hpp"
#include "trace/event.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halley::fuzz {

/// How an exchange ended.
enum class ending {
  settled,          ///< everything that was asked is answered; we closed
  ended_by_us,      ///< the exchange itself closed or reset
  target_finished,  ///< FIN came
  target_reset,     ///< RST came
  silent,           ///< still open, and nothing came for as long as the target was given
  too_much,         ///< more octets came than an exchange takes
  refused,          ///< no connection
};

/// What happened on the connection of one exchange.
struct record {
  /// In order of time, decoded: trace::conversation with us as client (direction::out is ours),
  /// and between its events wire_octets, tcp_fin and tcp_rst as they happened.
  std::vector<trace::event> events;
  ending how = ending::settled;
  std::size_t sent = 0;  ///< octets; less than the exchange has where the target took no more
  bool all_sent = true;
  std::string problem;  ///< for `refused`: the system's word
  octets path;          ///< of the endpoint; empty where it is not known

  /// Whether what is asked for is the endpoint, and not another resource of its server.
  bool is_endpoint(octet_view target) const { return path.empty() || target == path; }
};

}  // namespace halley::fuzz
