#include "capture/synthetic.hpp"

#include "base/bytes.hpp"
#include "capture/pcapng.hpp"
#include "capture/pcapng_reader.hpp"
#include "capture/reassembly.hpp"
#include "capture/tcp_frame.hpp"
#include "trace/event.hpp"
#include "trace/scratch.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::capture {
namespace {

using namespace std::chrono_literals;
using trace::direction;
using trace::event;

constexpr std::chrono::nanoseconds run_start = 1'700'000'000s;

event make(const std::string& conn, direction dir, decltype(event::what) what) {
  event one;
  one.conn = conn;
  one.dir = dir;
  one.what = std::move(what);
  return one;
}

event opened(const std::string& conn, bool halley_is_client = true) {
  trace::conn_open how;
  how.halley_is_client = halley_is_client;
  how.local = "127.0.0.1:34980";
  how.remote = "127.0.0.2:1080";
  how.endpoint = "ws.echo";
  event one = make(conn, direction::none, how);
  one.actor = "peer";
  return one;
}

event moved(const std::string& conn, direction dir, octets data) {
  return make(conn, dir, trace::wire_octets{std::move(data)});
}

struct both_ways {
  octets out;
  octets in;
  bool out_fin = false;
  bool in_fin = false;
  bool rst = false;
};

/// What the trace says of each connection, in the order of their opening.
std::vector<std::pair<std::string, both_ways>> streams_of(const std::vector<event>& events) {
  std::vector<std::pair<std::string, both_ways>> result;
  for (const auto& one : events) {
    if (std::holds_alternative<trace::conn_open>(one.what))
      result.emplace_back(one.conn, both_ways{});
    const auto found =
        std::ranges::find(result, one.conn, &std::pair<std::string, both_ways>::first);
    if (found == result.end()) continue;
    const bool out = one.dir == direction::out;
    if (const auto* data = std::get_if<trace::wire_octets>(&one.what))
      (out ? found->second.out : found->second.in) += data->data;
    if (std::holds_alternative<trace::tcp_fin>(one.what))
      (out ? found->second.out_fin : found->second.in_fin) = true;
    if (std::holds_alternative<trace::tcp_rst>(one.what)) found->second.rst = true;
  }
  return result;
}

const one_way& sent_by_halley(const flow& one) {
  return *one.halley_is_client ? one.from_client : one.from_server;
}
const one_way& sent_by_target(const flow& one) {
  return *one.halley_is_client ? one.from_server : one.from_client;
}

/// A legal life of one connection: writes of any size, then FIN or RST on either side, or neither.
std::vector<event> any_life(const std::string& conn) {
  std::vector<event> events = {opened(conn, *rc::gen::arbitrary<bool>())};
  bool out_open = true;
  bool in_open = true;
  for (auto steps = *rc::gen::inRange(0, 12); steps > 0 && (out_open || in_open); --steps) {
    const bool out = in_open ? out_open && *rc::gen::arbitrary<bool>() : true;
    const direction dir = out ? direction::out : direction::in;
    const auto what = *rc::gen::inRange(0, 10);
    if (what == 0) {
      events.push_back(make(conn, dir, trace::tcp_rst{}));
      return events;
    }
    if (what == 1) {
      events.push_back(make(conn, dir, trace::tcp_fin{}));
      (out ? out_open : in_open) = false;
      continue;
    }
    const auto size = *rc::gen::element<std::size_t>(1, 7, 1459, 1460, 1461, 5000, 100'000);
    events.push_back(moved(conn, dir, octets(size, *rc::gen::arbitrary<char>())));
  }
  return events;
}

/// Several connections whose events are interleaved.
std::vector<event> any_events() {
  std::vector<std::vector<event>> lives;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
    lives.push_back(any_life("c" + std::to_string(i)));
  std::vector<event> events;
  while (!lives.empty()) {
    auto& life = lives[*rc::gen::inRange<std::size_t>(0, lives.size())];
    event next = life.front();
    next.t = std::chrono::microseconds(events.size());
    events.push_back(std::move(next));
    life.erase(life.begin());
    std::erase_if(lives, [](const auto& one) { return one.empty(); });
  }
  return events;
}

RC_GTEST_PROP(synthetic, the_octets_of_the_capture_are_those_of_the_trace, ()) {
  const trace::scratch folder;
  std::vector<std::vector<event>> instances;
  std::vector<frame_index> indexes(2);
  {
    pcapng_writer to;
    RC_ASSERT(to.open(folder / "c", "Halley", "").empty());
    synthetic_capture synthetic(to, run_start);
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      instances.push_back(any_events());
      synthetic.write("i" + std::to_string(i), instances.back(), {}, &indexes[i]);
    }
  }
  const auto content = read_pcapng(folder / "c");
  RC_ASSERT(content.problem.empty());
  RC_ASSERT(!content.truncated);
  const auto result = reassemble(content.packets);
  RC_ASSERT(result.bad_checksums == 0);
  RC_ASSERT(result.not_tcp == 0);
  std::size_t number = 0;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    for (const auto& [conn, expected] : streams_of(instances[i])) {
      RC_ASSERT(number < result.flows.size());
      const flow& got = result.flows[number++];
      RC_ASSERT(content.interfaces[got.interface] == "i" + std::to_string(i));
      RC_ASSERT(got.comment.starts_with(conn + ", actor peer: "));
      RC_ASSERT(sent_by_halley(got).data == expected.out);
      RC_ASSERT(sent_by_target(got).data == expected.in);
      RC_ASSERT(sent_by_halley(got).fin == expected.out_fin);
      RC_ASSERT(sent_by_target(got).fin == expected.in_fin);
      RC_ASSERT((got.from_client.rst || got.from_server.rst) == expected.rst);
      RC_ASSERT((indexes[i].find(conn, direction::out, 0) != 0) ==
                (!expected.out.empty() || sent_by_halley(got).fin || sent_by_halley(got).rst));
    }
  }
  RC_ASSERT(number == result.flows.size());
}

class synthetic_file : public testing::Test {
protected:
  void SetUp() override { ASSERT_EQ(to.open(folder / "c", "Halley", "run"), ""); }

  capture_content read() {
    to.flush();
    return read_pcapng(folder / "c");
  }

  trace::scratch folder;
  pcapng_writer to;
  synthetic_capture synthetic{to, run_start};
};

TEST_F(synthetic_file, writes_keep_their_borders_and_times) {
  std::vector<event> events = {opened("c1"), moved("c1", direction::out, "ab"),
                               moved("c1", direction::out, octets(1461, 'c')),
                               moved("c1", direction::in, "d"),
                               make("c1", direction::in, trace::tcp_fin{})};
  for (std::size_t i = 0; i < events.size(); ++i)
    events[i].t = std::chrono::milliseconds(i);
  const auto range = synthetic.write("i", events);
  EXPECT_EQ(range.first, 1);
  EXPECT_EQ(range.last, 12);
  struct row {
    std::string flags;
    std::size_t size;
    bool outbound;
    std::chrono::milliseconds t;
    bool operator==(const row&) const = default;
  };
  std::vector<row> got;
  for (const auto& packet : read().packets) {
    const auto frame = parse(packet.frame);
    ASSERT_TRUE(frame);
    std::string flags;
    for (const auto& [flag, letter] : {std::pair{tcp_syn_flag, 'S'},
                                       {tcp_ack_flag, 'A'},
                                       {tcp_psh_flag, 'P'},
                                       {tcp_fin_flag, 'F'}})
      if (frame->has(flag)) flags += letter;
    got.push_back({flags, frame->data.size(), *packet.outbound,
                   std::chrono::floor<std::chrono::milliseconds>(packet.since_epoch - run_start)});
  }
  const std::vector<row> expected = {
      {"S", 0, true, 0ms},   {"SA", 0, false, 0ms},  {"A", 0, true, 0ms},   {"AP", 2, true, 1ms},
      {"A", 0, false, 1ms},  {"A", 1460, true, 2ms}, {"AP", 1, true, 2ms},  {"A", 0, false, 2ms},
      {"AP", 1, false, 3ms}, {"A", 0, true, 3ms},    {"AF", 0, false, 4ms}, {"A", 0, true, 4ms},
  };
  EXPECT_EQ(got, expected);
}

TEST_F(synthetic_file, remarks_and_the_index_find_the_packet_of_an_octet) {
  const std::vector<event> events = {opened("c1"), moved("c1", direction::in, octets(1500, 'x')),
                                     moved("c1", direction::in, "y"),
                                     make("c1", direction::in, trace::tcp_fin{})};
  const std::vector<remark> remarks = {{"c1", direction::in, 1459, "last of the first"},
                                       {"c1", direction::in, 1460, "one"},
                                       {"c1", direction::in, 1499, "two"},
                                       {"c1", direction::in, 1501, "too early"},
                                       {"c1", direction::out, 0, "never sent"},
                                       {"c2", direction::in, 0, "unknown"}};
  frame_index index;
  synthetic.write("i", events, remarks, &index);
  const auto content = read();
  const auto at = [&](std::uint64_t off) { return index.find("c1", direction::in, off); };
  EXPECT_EQ(content.packets[at(0) - 1].comment, "last of the first");
  EXPECT_EQ(at(0), at(1459));
  EXPECT_EQ(content.packets[at(1460) - 1].comment, "one\ntwo");
  EXPECT_EQ(parse(content.packets[at(1500) - 1].frame)->data, "y");
  EXPECT_EQ(content.packets[at(1501) - 1].comment, "too early");
  EXPECT_TRUE(parse(content.packets[at(1501) - 1].frame)->has(tcp_fin_flag));
  EXPECT_EQ(at(1502), 0);
  EXPECT_EQ(index.find("c1", direction::out, 0), 0);
  EXPECT_EQ(index.find("c2", direction::in, 0), 0);
  const auto remarked =
      std::ranges::count_if(content.packets, [](const auto& one) { return !one.comment.empty(); });
  EXPECT_EQ(remarked, 4);  // the SYN has the connection's name
}

TEST_F(synthetic_file, connections_say_their_real_ends_and_get_free_ports) {
  auto other = opened("c2");
  std::get<trace::conn_open>(other.what).remote = "[::1]:443";
  synthetic.write("i", {opened("c1"), other, opened("c3")});
  synthetic.write("j", {opened("c1", false)});
  const auto flows = reassemble(read().packets).flows;
  ASSERT_EQ(flows.size(), 4);
  std::vector<std::string> got;
  got.reserve(flows.size());
  for (const auto& one : flows)
    got.push_back(to_string(one.client) + " " + to_string(one.server) + " " + one.comment);
  EXPECT_EQ(got, (std::vector<std::string>{
                     "127.0.0.1:40000 127.0.0.2:80 "
                     "c1, actor peer: 127.0.0.1:34980 → 127.0.0.2:1080 (ws.echo)",
                     "127.0.0.1:40001 127.0.0.1:8080 "
                     "c2, actor peer: 127.0.0.1:34980 → [::1]:443 (ws.echo)",
                     "127.0.0.1:40002 127.0.0.2:80 "
                     "c3, actor peer: 127.0.0.1:34980 → 127.0.0.2:1080 (ws.echo)",
                     "127.0.0.2:40003 127.0.0.1:80 "
                     "c1, actor peer: 127.0.0.2:1080 → 127.0.0.1:34980 (ws.echo)"}));
}

TEST_F(synthetic_file, four_tuples_never_repeat_and_never_take_a_claimed_port) {
  constexpr int connections = 26'000;  // more than there are client ports
  std::vector<event> events(connections, opened("c1"));
  synthetic.write("i", events);
  std::set<std::pair<ip_endpoint, ip_endpoint>> seen;
  for (const auto& packet : read().packets) {
    const auto frame = parse(packet.frame);
    if (!frame->has(tcp_syn_flag) || frame->has(tcp_ack_flag)) continue;
    seen.emplace(frame->from, frame->to);
    for (const int claimed : {44321, 44322, 44818, 48049, 48898, 57000})
      ASSERT_NE(frame->from.port, claimed);
    ASSERT_GE(frame->from.port, 40000);
  }
  EXPECT_EQ(seen.size(), connections);
}

TEST_F(synthetic_file, an_instance_without_connections_has_no_frames) {
  const auto range = synthetic.write("i", {moved("c9", direction::in, "never opened")});
  EXPECT_EQ(range.first, 0);
  EXPECT_EQ(range.last, 0);
  EXPECT_EQ(read().interfaces, std::vector<std::string>{"i"});
}

}  // namespace
}  // namespace halley::capture
