#include "capture/assembler.hpp"

#include "base/bytes.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_index.hpp"
#include "capture/flow_sink.hpp"
#include "capture/link_layers.hpp"
#include "capture/number_order.hpp"
#include "capture/stream_order.hpp"
#include "capture/tcp_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

/// An end of a connection as three numbers: equal and ordered fast.
struct end_number {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint16_t port = 0;

  explicit end_number(const host_port& where) : port(where.port) {
    const char* const address = reinterpret_cast<const char*>(where.address.data());
    high = load<std::uint64_t>(address);
    low = load<std::uint64_t>(address + sizeof high);
  }
};

bool is_less(const end_number& a, const end_number& b) {
  return std::tie(a.low, a.port, a.high) < std::tie(b.low, b.port, b.high);
}

/// Who talks first where nothing else tells. A status line comes from a server.
bool speaks_as_server(octet_view data) {
  return data.starts_with("HTTP/1.");
}

}  // namespace

struct assembler::flow_key {
  std::array<std::uint64_t, 5> numbers{};

  bool operator==(const flow_key& other) const {
    std::uint64_t differs = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      differs |= numbers[i] ^ other.numbers[i];
    return differs == 0;
  }
  std::uint64_t hash(std::uint64_t seed) const {
    std::uint64_t result = seed;
    for (const std::uint64_t number : numbers) {
      result = (result ^ number) * 0x9E3779B97F4A7C15U;
      result ^= result >> 32U;
    }
    return result;
  }
};

struct assembler::flow {
  flow_key key;
  flow_opening opening;
  std::unique_ptr<flow_sink> sink;
  segment_counts counts;
  std::uint64_t last_packet = 0;
  bool low_is_client = false;
  bool lingers = false;
  stream_order client;
  stream_order server;

  stream_reader reader(side from) { return {.sink = sink.get(), .from = from, .counts = &counts}; }
  std::size_t waiting() const { return client.waiting() + server.waiting(); }
  bool is_other_connection(bool from_client, const tcp_segment& one) const;
  void take(bool from_client, const tcp_segment& one, const moment& at, std::uint32_t patience);
};

struct assembler::table {
  std::uint64_t seed = 0;
  flow_index<flow> flows;
  flow* last = nullptr;  ///< packets of one flow often come in a row
  /// Flows that have ended, in the order of their ends; some may be gone.
  std::deque<std::pair<flow_key, std::uint64_t>> lingering;
};

/// Returns: whether this is a SYN with another number than the one that began this flow.
bool assembler::flow::is_other_connection(bool from_client, const tcp_segment& one) const {
  const stream_order& from = from_client ? client : server;
  return one.has(tcp_syn_flag) && from.known() && from.base() != one.seq + 1;
}

void assembler::flow::take(bool from_client,
                           const tcp_segment& one,
                           const moment& at,
                           std::uint32_t patience) {
  ++counts.segments;
  last_packet = at.frame;
  stream_order& from = from_client ? client : server;
  stream_order& to = from_client ? server : client;
  const stream_reader read_from = reader(from_client ? side::client : side::server);
  const std::uint32_t seq = one.seq + (one.has(tcp_syn_flag) ? 1 : 0);
  if (!from.known()) from.begin_at(seq);
  const stream_reader read_to = reader(from_client ? side::server : side::client);
  if (one.has(tcp_ack_flag) && !one.has(tcp_rst_flag)) {
    to.acknowledge(one.ack, at);
    // Whoever sent this had octets that have not come by: they are lost, or the capture has swapped
    // the two. An answer must not be seen before what it answers.
    if (to.lacks() && !to.held() && (one.length > 0 || one.has(tcp_fin_flag)))
      from.hold_until(one.ack);
    to.look_for_gap(read_to, patience);
    if (one.length > 0 && sink && to.unseen() > 0) sink->acknowledged(read_to.from, to.unseen());
  }
  if (one.length > 0)
    from.take({.seq = seq, .length = one.length, .data = one.data, .at = at}, read_from);
  if (one.has(tcp_fin_flag)) from.end_at(seq + one.length, at);
  if (one.has(tcp_rst_flag)) from.reset_at(seq + one.length, at);
  from.look_for_gap(read_from, patience);
  from.give_ends(read_from);
  from.release(to, read_from);
  to.release(from, read_to);
}

assembler::assembler(flow_sinks& to, const assembly_limits& limits) : to_(to), limits_(limits) {
  // No result depends on it: it only keeps whoever writes captures from choosing flows that are
  // found slowly.
  std::random_device source;
  table_ = std::make_unique<table>();
  table_->seed = std::uint64_t{source()} << 32U | source();
}

assembler::~assembler() = default;

std::size_t assembler::live_flows() const {
  return table_->flows.size();
}

void assembler::take(const packet_view& packet) {
  ++counts_.packets;
  tcp_segment one;
  const packet_content what = find_segment(packet.link, packet.data, packet.wire_length, one);
  if (what != packet_content::tcp) {
    count_other(what);
    return;
  }
  bool from_client = false;
  flow* const in = find(packet, one, from_client);
  if (in == nullptr) {
    ++counts_.stray;
    return;
  }
  const std::size_t waited = in->waiting();
  in->take(from_client, one, {.frame = packet.number, .t = packet.t}, limits_.patience);
  waiting_ += in->waiting() - waited;
  stream_order& from = from_client ? in->client : in->server;
  while (from.waiting() > limits_.waiting_segments ||
         (waiting_ > limits_.all_waiting_segments && from.waiting() > 0)) {
    const std::size_t before = from.waiting();
    from.give_up_first(in->reader(from_client ? side::client : side::server));
    waiting_ -= before - from.waiting();
  }
  const bool over = (in->client.has_fin() && in->server.has_fin()) || in->client.has_rst() ||
                    in->server.has_rst();
  if (over && !in->lingers) linger(*in);
}

void assembler::count_other(packet_content what) {
  switch (what) {
    case packet_content::fragment:
      ++counts_.fragments;
      break;
    case packet_content::cut:
      ++counts_.cut;
      break;
    case packet_content::broken:
      ++counts_.broken;
      break;
    default:
      ++counts_.not_tcp;
      break;
  }
}

/// The flow of a segment, which may begin with it. Returns: null where it is of none.
assembler::flow* assembler::find(const packet_view& packet,
                                 const tcp_segment& one,
                                 bool& from_client) {
  end_number low(one.from);
  end_number high(one.to);
  const bool from_low = !is_less(high, low);
  if (!from_low) std::swap(low, high);
  const std::uint64_t rest =
      std::uint64_t{packet.interface} << 32U | std::uint64_t{low.port} << 16U | high.port;
  const flow_key key{{low.high, low.low, high.high, high.low, rest}};
  flow* known = table_->last;
  if (known == nullptr || !(known->key == key))
    known = table_->flows.find(key, key.hash(table_->seed));
  if (known != nullptr && known->is_other_connection(from_low == known->low_is_client, one)) {
    end(*known);
    known = nullptr;
  }
  if (known == nullptr) {
    const bool opens = one.has(tcp_syn_flag) || one.length > 0;
    if (!opens || one.has(tcp_rst_flag)) return nullptr;
    known = &begin(key, packet, one);
    known->low_is_client = (known->opening.client == one.from) == from_low;
  }
  table_->last = known;
  from_client = from_low == known->low_is_client;
  return known;
}

assembler::flow& assembler::begin(const flow_key& key,
                                  const packet_view& packet,
                                  const tcp_segment& one) {
  if (table_->flows.size() >= limits_.live_flows) make_room();
  const bool answers = one.has(tcp_syn_flag) && one.has(tcp_ack_flag);
  const bool from_server = answers || (!one.has(tcp_syn_flag) && speaks_as_server(one.data));
  auto made = std::make_unique<flow>();
  made->key = key;
  made->opening = {.number = ++counts_.flows,
                   .interface = packet.interface,
                   .client = from_server ? one.to : one.from,
                   .server = from_server ? one.from : one.to,
                   .whole = one.has(tcp_syn_flag),
                   .at = {.frame = packet.number, .t = packet.t}};
  made->sink = to_.open(made->opening);
  return table_->flows.insert(std::move(made), key.hash(table_->seed));
}

void assembler::linger(flow& one) {
  one.lingers = true;
  table_->lingering.emplace_back(one.key, one.opening.number);
  if (table_->lingering.size() <= limits_.lingering_flows) return;
  const auto [key, number] = table_->lingering.front();
  table_->lingering.pop_front();
  flow* const found = table_->flows.find(key, key.hash(table_->seed));
  if (found != nullptr && found->opening.number == number) end(*found);
}

void assembler::end(flow& one) {
  waiting_ -= one.waiting();
  const bool server_first = one.client.held();
  if (server_first) one.server.give_all(one.reader(side::server));
  one.client.give_all(one.reader(side::client));
  if (!server_first) one.server.give_all(one.reader(side::server));
  segment_counts& all = counts_.tcp;
  all.segments += one.counts.segments;
  all.octets += one.counts.octets;
  all.retransmitted += one.counts.retransmitted;
  all.out_of_order += one.counts.out_of_order;
  all.differing_overlaps += one.counts.differing_overlaps;
  all.gaps += one.counts.gaps;
  all.gap_octets += one.counts.gap_octets;
  to_.close(one.opening, std::move(one.sink), one.counts);
  table_->last = nullptr;
  table_->flows.take(one, one.key.hash(table_->seed));
}

/// Ends a quarter of the flows, those that were silent longest.
void assembler::make_room() {
  std::vector<std::pair<std::uint64_t, flow*>> all;
  all.reserve(table_->flows.size());
  table_->flows.each([&](flow& one) { all.emplace_back(one.last_packet, &one); });
  std::ranges::sort(all);
  all.resize((all.size() + 3) / 4);
  for (const auto& [last, one] : all)
    end(*one);
}

void assembler::finish() {
  std::vector<std::pair<std::uint64_t, flow*>> all;
  all.reserve(table_->flows.size());
  table_->flows.each([&](flow& one) { all.emplace_back(one.opening.number, &one); });
  std::ranges::sort(all);
  for (const auto& [number, one] : all)
    end(*one);
}

}  // namespace halley::capture
