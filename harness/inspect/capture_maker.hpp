#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace halley::inspect {

/// What captures are made of, for tests and measurements.
enum class capture_kind : std::uint8_t {
  small,  ///< WebSocket echoes of 10 to 120 octets
  mixed,  ///< requests, chunks, event streams, WebSocket messages of up to 64 KiB
};

/// What goes wrong, each in one of so many packets; 0 = never.
struct impairments {
  std::uint64_t swap_one_in = 0;  ///< the capture gives it after the next packet of its flow
  std::uint64_t double_one_in = 0;
  std::uint64_t lose_one_in = 0;  ///< in half of the flows: both sides got it, the capture did not
  /// One flow in so many breaks one rule, never one that loses packets.
  std::uint64_t plant_one_in = 0;
};

struct capture_order {
  capture_kind kind = capture_kind::small;
  std::uint64_t seed = 1;
  std::uint64_t file_octets = 1'000'000;  ///< about
  std::size_t live_flows = 64;
  impairments wrong;
};

/// A rule that a made capture breaks.
struct planted_fault {
  std::uint64_t frame = 0;  ///< the first that carries the octets
  capture::side by = capture::side::server;
  std::string rule;
};

/// What is in a made capture: true of what the two sides sent, captured or not.
struct capture_truth {
  std::uint64_t packets = 0;  ///< in the file
  std::uint64_t file_octets = 0;
  std::uint64_t flows = 0;
  std::uint64_t requests = 0;
  std::uint64_t responses = 0;
  std::uint64_t frames = 0;
  std::uint64_t messages = 0;
  std::uint64_t sse_events = 0;
  std::uint64_t swapped = 0;
  std::uint64_t doubled = 0;
  std::uint64_t lost = 0;
  std::vector<planted_fault> planted;  ///< by frame
};

/// Writes a capture (pcap, nanoseconds) of many connections at a time. The same order gives the
/// same octets. Returns: what is in it. Errors: throws std::filesystem::filesystem_error where the
/// file cannot be written.
capture_truth make_capture(const capture_order& order, const std::filesystem::path& file);

/// The same into memory.
octets make_capture(const capture_order& order, capture_truth& truth);

}  // namespace halley::inspect
