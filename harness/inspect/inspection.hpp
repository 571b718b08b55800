#pragma once

#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/flow_judge.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::inspect {

/// What was seen of one protocol.
struct protocol_totals {
  std::uint64_t flows = 0;
  flow_counts counts;
};

/// A rule that a side broke, over all connections.
struct finding_group {
  flow_finding first;
  std::uint64_t flow = 0;            ///< that of `first`
  std::uint64_t times = 0;           ///< connections on which it was found
  std::vector<std::uint64_t> flows;  ///< the first hundred
};

/// A reason for which something was not judged, over all connections.
struct omission_group {
  std::string reason;
  std::uint64_t flow = 0;  ///< the first
  std::uint64_t times = 0;
};

/// What `halley inspect` learns from one file.
struct inspection {
  std::string file;
  std::uint64_t size = 0;
  std::string application;
  bool truncated = false;
  std::uint64_t drops = 0;
  bool drops_known = false;
  std::vector<std::string> interfaces;
  capture::assembly_counts seen;
  std::chrono::nanoseconds first{0};  ///< time of the first packet, since the epoch
  std::chrono::nanoseconds last{0};
  std::map<std::string, protocol_totals> protocols;
  latencies took;
  std::vector<flow_verdict> flows;  ///< by number; see `most_flows`
  std::uint64_t flows_left_out = 0;
  std::vector<finding_group> findings;  ///< the worst first
  std::vector<omission_group> not_judged;
  std::vector<std::uint64_t> gap_flows;  ///< the first ten connections with gaps
  std::chrono::nanoseconds read_in{0};   ///< how long it took us
  std::optional<capture::capture_problem> problem;

  std::uint64_t count(severity weight) const;
};

/// Rung by whoever waits for more of a file that is followed: there is time to judge what came.
struct idle_bell {
  std::function<void()> ring;  ///< empty while nobody listens
};

struct inspect_choice {
  /// Connections that a result keeps; of others only the sums are known. Those with findings go
  /// before those without.
  std::size_t most_flows = 10'000;
  /// Judge what the first pass found well-formed, too: gives the same findings, and is slower.
  bool judge_all = false;
  /// Only this connection; 0 = all.
  std::uint64_t only_flow = 0;
  /// Makes what is told of a connection's events. May be empty, and may give an empty one.
  std::function<flow_judge::listener(const capture::flow_opening&)> tell;
  /// Called with each verdict, as connections end. May be empty.
  std::function<void(const flow_verdict&)> judged;
  /// Called once with each finding, as soon as it is known: where `idle` rings, and at the end of
  /// its connection. May be empty.
  std::function<void(const capture::flow_opening&, const flow_finding&)> found;
  idle_bell* idle = nullptr;
};

/// Reads `file` and judges its connections. The file is open, and at its first packet.
/// Limits: memory does not grow with the file, but with the connections that live at a time.
inspection inspect_file(capture::capture_file& file, const inspect_choice& choice);

/// Opens and judges. Where the file cannot be read, `problem` says why and nothing else is known.
inspection inspect_path(const std::string& path, const inspect_choice& choice);

}  // namespace halley::inspect
