#pragma once

#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/flow_transcript.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace halley::inspect {

/// A time in which a connection was silent.
struct flow_silence {
  std::chrono::nanoseconds from{0};  ///< since the epoch
  std::chrono::nanoseconds length{0};
};

/// Octets that were not captured, and when that was known.
struct flow_loss {
  capture::side by = capture::side::server;
  std::chrono::nanoseconds t{0};  ///< since the epoch
  std::uint64_t len = 0;
};

/// What one connection looked like, beside what was found on it.
struct flow_record {
  std::uint64_t number = 0;
  std::uint64_t last_frame = 0;
  std::vector<flow_silence> silences;  ///< the longest 64, by time
  std::vector<flow_loss> losses;       ///< the first hundred
  /// The rest only where the conversation was asked for.
  bool told = false;
  std::string about;
  std::optional<flow_close> close;
  nlohmann::ordered_json events;   ///< flow_transcript::events
  nlohmann::ordered_json metrics;  ///< metrics_json; may be null
};

struct record_choice {
  std::chrono::nanoseconds silence{std::chrono::seconds{1}};
  /// Whether the conversation of this verdict's connection is wanted, asked as it begins.
  std::function<bool(const flow_verdict&)> with_conversation;
};

/// Reads `file` again and gives what the connections that `seen` keeps looked like, as they end.
/// Limits: flow_transcript's for each; a thousand connections are measured at a time.
void record_flows(capture::capture_file& file,
                  const inspection& seen,
                  const record_choice& choice,
                  const std::function<void(flow_record&&)>& take);

}  // namespace halley::inspect
