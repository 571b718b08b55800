#include "capture/reassembly.hpp"

#include "base/bytes.hpp"
#include "capture/pcapng_reader.hpp"
#include "capture/tcp_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

/// Puts one direction's segments in order. Positions are offsets in the stream of octets.
class direction_order {
public:
  void take(const tcp_frame& frame, one_way& out) {
    const bool syn = frame.has(tcp_syn_flag);
    if (!base_) base_ = frame.seq + (syn ? 1U : 0U);
    if (frame.has(tcp_rst_flag)) out.rst = true;
    // Sequence numbers wrap: what counts is the signed distance from the next one expected.
    const auto expected = *base_ + static_cast<std::uint32_t>(out.data.size());
    const auto distance = static_cast<std::int32_t>(frame.seq + (syn ? 1U : 0U) - expected);
    const auto position = static_cast<std::int64_t>(out.data.size()) + distance;
    if (frame.has(tcp_fin_flag)) fin_at_ = position + static_cast<std::int64_t>(frame.data.size());
    add(position, frame.data, out);
    out.hole = !waiting_.empty() || dropped_;
    out.fin = fin_at_ && *fin_at_ == static_cast<std::int64_t>(out.data.size());
  }

private:
  void add(std::int64_t position, octet_view data, one_way& out) {
    if (data.empty()) return;
    const auto end = static_cast<std::int64_t>(out.data.size());
    if (position > end) {
      wait(static_cast<std::uint64_t>(position), data);
      return;
    }
    append(position, data, out);
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first <= out.data.size();
         next = waiting_.erase(next)) {
      waiting_size_ -= next->second.size();
      append(static_cast<std::int64_t>(next->first), next->second, out);
    }
  }

  void wait(std::uint64_t position, octet_view data) {
    if (waiting_size_ + data.size() > waiting_octets) {
      dropped_ = true;
      return;
    }
    auto& kept = waiting_[position];
    if (kept.size() >= data.size()) return;
    waiting_size_ += data.size() - kept.size();
    kept += data.substr(kept.size());  // the octets that came first win
  }

  /// `position` is not behind the end: only what is beyond the end is new.
  static void append(std::int64_t position, octet_view data, one_way& out) {
    const auto known =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(out.data.size()) - position);
    if (known < data.size()) out.data += data.substr(known);
  }

  std::optional<std::uint32_t> base_;  // sequence number of the first octet
  std::optional<std::int64_t> fin_at_;
  std::map<std::uint64_t, octets> waiting_;
  std::size_t waiting_size_ = 0;
  bool dropped_ = false;
};

using flow_key = std::tuple<std::uint32_t, ip_endpoint, ip_endpoint>;

struct live_flow {
  std::size_t number = 0;  // in reassembled::flows
  std::optional<std::uint32_t> syn;
  direction_order client_order;
  direction_order server_order;
};

class flow_table {
public:
  void take(const captured_packet& packet, const tcp_frame& frame) {
    live_flow& live = find(packet, frame);
    flow& one = flows_[live.number];
    if (frame.from == one.client) {
      live.client_order.take(frame, one.from_client);
    } else {
      live.server_order.take(frame, one.from_server);
    }
  }

  std::vector<flow> flows() && { return std::move(flows_); }

private:
  live_flow& find(const captured_packet& packet, const tcp_frame& frame) {
    const bool opens = frame.has(tcp_syn_flag) && !frame.has(tcp_ack_flag);
    const flow_key key = frame.from < frame.to ? flow_key{packet.interface, frame.from, frame.to}
                                               : flow_key{packet.interface, frame.to, frame.from};
    const auto found = live_.find(key);
    // The same SYN again is a retransmission, another one a connection that uses the ports again.
    const bool again = opens && found != live_.end() && found->second.syn != frame.seq;
    if (found != live_.end() && !again) return found->second;
    const bool by_server = frame.has(tcp_syn_flag) && !opens;
    flow made;
    made.interface = packet.interface;
    made.client = by_server ? frame.to : frame.from;
    made.server = by_server ? frame.from : frame.to;
    if (packet.outbound) made.halley_is_client = *packet.outbound != by_server;
    made.comment = packet.comment;
    live_flow live;
    live.number = flows_.size();
    if (opens) live.syn = frame.seq;
    flows_.push_back(std::move(made));
    return live_.insert_or_assign(key, std::move(live)).first->second;
  }

  std::vector<flow> flows_;
  std::map<flow_key, live_flow> live_;
};

}  // namespace

reassembled reassemble(const std::vector<captured_packet>& packets) {
  reassembled result;
  flow_table table;
  for (const auto& packet : packets) {
    const auto frame = parse(packet.frame);
    if (!frame) {
      ++result.not_tcp;
      continue;
    }
    if (!frame->checksums_right) ++result.bad_checksums;
    table.take(packet, *frame);
  }
  result.flows = std::move(table).flows();
  return result;
}

}  // namespace halley::capture
