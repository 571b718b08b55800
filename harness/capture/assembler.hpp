#pragma once

#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/link_layers.hpp"
#include "capture/stream_order.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace halley::capture {

struct assembly_counts {
  std::uint64_t packets = 0;
  std::uint64_t flows = 0;
  std::uint64_t not_tcp = 0;
  std::uint64_t fragments = 0;  ///< of IP packets: what they carry is missing
  std::uint64_t cut = 0;        ///< captured too short to hold the TCP header
  std::uint64_t broken = 0;     ///< lengths that contradict each other
  std::uint64_t stray = 0;      ///< segments without data of no known flow
  segment_counts tcp;

  bool operator==(const assembly_counts&) const = default;
};

/// Makes what takes the octets of each flow.
class flow_sinks {
public:
  virtual ~flow_sinks() = default;

  /// Called once for each flow, in the order of their numbers. Returns: null where nothing of it is
  /// wanted.
  virtual std::unique_ptr<flow_sink> open(const flow_opening& flow) = 0;
  /// The flow has ended, or the capture; `sink` is what `open` returned. Flows are closed some
  /// while after their last octets, in the order of their ends; at the capture's end in the order
  /// of their numbers.
  virtual void close(const flow_opening& flow,
                     std::unique_ptr<flow_sink> sink,
                     const segment_counts& counts) = 0;
};

struct assembly_limits {
  /// Segments of one direction, and of all, that may wait for missing octets. When there are more,
  /// what is missing becomes a gap.
  std::size_t waiting_segments = 1024;
  std::size_t all_waiting_segments = std::size_t{1} << 20U;
  /// Flows at a time. When there are more, those that were silent longest are ended.
  std::size_t live_flows = std::size_t{1} << 17U;
  /// Flows that have ended and still take segments which the capture has swapped with their end.
  std::size_t lingering_flows = 256;
  /// How many packets of a flow may still bring octets that the other side has acknowledged: a
  /// capture may swap what it saw.
  std::uint32_t patience = 8;
};

/// Takes packets to their TCP connections and gives the octets of each side in order. The same ends
/// are another flow after a new SYN. Octets that come twice count once: the first ones win; whether
/// they were the same is known for those that wait and for the last 16 segments. Octets are missing
/// for good, and become a gap, when the other side has acknowledged them and `patience` packets
/// later; when too many segments wait behind them; and at the flow's end. Octets that were sent
/// when such missing ones had arrived are given behind them, so that no answer stands before its
/// request. An end (FIN, RST) is given when nothing is missing before it. A probe of TCP keep-alive
/// is no retransmission. Flows begin with a SYN or with data. In order nothing is copied and
/// nothing allocated. Limits: see assembly_limits; the state of a flow is less than 1 KiB, and 48
/// octets for each segment that waits. Lifetime: the packets' octets must outlive this, as those of
/// a capture_file do. Source: RFC 9293 §3.4, §3.10.7, §3.8.4.
class assembler {
public:
  explicit assembler(flow_sinks& to, const assembly_limits& limits = {});
  ~assembler();
  assembler(const assembler&) = delete;
  assembler& operator=(const assembler&) = delete;

  void take(const packet_view& packet);
  /// The capture ended: gives what waits, closes all flows.
  void finish();

  /// What `tcp` counts is added when a flow is closed.
  const assembly_counts& counts() const { return counts_; }
  std::size_t live_flows() const;

private:
  struct flow;
  struct flow_key;
  struct table;

  flow* find(const packet_view& packet, const tcp_segment& one, bool& from_client);
  flow& begin(const flow_key& key, const packet_view& packet, const tcp_segment& one);
  void count_other(packet_content what);
  void linger(flow& one);
  void end(flow& one);
  void make_room();

  flow_sinks& to_;
  assembly_limits limits_;
  assembly_counts counts_;
  std::size_t waiting_ = 0;  ///< segments, of all flows
  std::unique_ptr<table> table_;
};

}  // namespace halley::capture
