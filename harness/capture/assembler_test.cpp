#include "capture/assembler.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "capture/stream_order.hpp"
#include "capture/tcp_frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

constexpr ip_endpoint client{.address = 0x0A000001, .port = 40000};
constexpr ip_endpoint server{.address = 0x0A000002, .port = 80};

/// Flows as text: "c" or "s", then "abc" for octets, "?3" for a gap, "." for FIN, "!" for RST.
class scribe : public flow_sinks {
public:
  class pen : public flow_sink {
  public:
    explicit pen(std::string& to) : to_(to) {}
    void data(side from, octet_view data, moment) override {
      if (last_ != name(from)) to_ += last_ = name(from);
      to_ += data;
    }
    void gap(side from, std::uint64_t length, moment) override {
      to_ += last_ = name(from);
      to_ += "?" + std::to_string(length);
      last_ = ' ';
    }
    void fin(side from, moment) override { end(from, '.'); }
    void rst(side from, moment) override { end(from, '!'); }

  private:
    static char name(side from) { return from == side::client ? 'c' : 's'; }
    void end(side from, char how) {
      to_ += name(from);
      to_ += how;
      last_ = ' ';
    }
    std::string& to_;
    char last_ = ' ';
  };

  std::unique_ptr<flow_sink> open(const flow_opening& flow) override {
    openings[flow.number] = flow;
    return std::make_unique<pen>(text[flow.number]);
  }
  void close(const flow_opening& flow,
             std::unique_ptr<flow_sink> sink,
             const segment_counts& counts) override {
    EXPECT_NE(sink, nullptr);
    closed.push_back(flow.number);
    counted[flow.number] = counts;
  }

  std::map<std::uint64_t, std::string> text;
  std::map<std::uint64_t, flow_opening> openings;
  std::map<std::uint64_t, segment_counts> counted;
  std::vector<std::uint64_t> closed;
};

/// What goes over the wire, packet by packet; ISNs are 1000 (client) and 5000 (server).
class wire {
public:
  explicit wire(const assembly_limits& limits = {}) : taker(to, limits) {}

  wire& send(tcp_frame one, std::uint32_t captured = 262144) {
    octets& kept = frames_.emplace_back(encode(one, true));
    const auto size = static_cast<std::uint32_t>(kept.size());
    taker.take({.number = ++number_,
                .interface = 0,
                .link = 1,
                .wire_length = size,
                .t = std::chrono::nanoseconds(number_),
                .data = octet_view(kept).substr(0, captured),
                .comment = {},
                .outbound = {}});
    return *this;
  }
  wire& c(std::uint32_t off,
          octet_view data,
          std::uint8_t flags = tcp_ack_flag,
          std::uint32_t ack = 0) {
    return send({.from = client,
                 .to = server,
                 .seq = 1001 + off,
                 .ack = 5001 + ack,
                 .flags = flags,
                 .data = data});
  }
  wire& s(std::uint32_t off,
          octet_view data,
          std::uint8_t flags = tcp_ack_flag,
          std::uint32_t ack = 0) {
    return send({.from = server,
                 .to = client,
                 .seq = 5001 + off,
                 .ack = 1001 + ack,
                 .flags = flags,
                 .data = data});
  }
  /// SYN, and the answer.
  wire& open() { return c(0 - 1U, "", tcp_syn_flag).s(0 - 1U, "", tcp_syn_flag | tcp_ack_flag); }
  std::string end() {
    taker.finish();
    return to.text[1];
  }

  scribe to;
  assembler taker;

private:
  std::deque<octets> frames_;
  std::uint64_t number_ = 0;
};

constexpr std::uint8_t fin = tcp_fin_flag | tcp_ack_flag;
constexpr std::uint8_t rst = tcp_rst_flag;

TEST(assembler, both_directions_and_their_ends_come_in_order) {
  wire one;
  one.open().c(0, "ab").s(0, "xyz", tcp_ack_flag, 2).c(2, "c", fin).s(3, "", fin, 4);
  EXPECT_EQ(one.end(), "cabsxyzccc.s.");
  EXPECT_EQ(one.taker.counts().flows, 1);
  EXPECT_EQ(one.taker.counts().packets, 6);
  EXPECT_EQ(one.taker.counts().tcp, (segment_counts{.segments = 6, .octets = 6}));
  const flow_opening& opened = one.to.openings[1];
  EXPECT_EQ(to_string(opened.client), "10.0.0.1:40000");
  EXPECT_EQ(to_string(opened.server), "10.0.0.2:80");
  EXPECT_TRUE(opened.whole);
  EXPECT_EQ(opened.at.frame, 1);
}

TEST(assembler, each_disorder_gives_the_right_octets_and_counts) {
  struct row {
    std::string name;
    void (*play)(wire&);
    std::string text;
    segment_counts counts;  // segments and octets are not compared
  };
  const std::vector<row> rows = {
      {"swapped", [](wire& w) { w.open().c(2, "c").c(0, "ab"); }, "cabc", {.out_of_order = 1}},
      {"sent again",
       [](wire& w) { w.open().c(0, "ab").c(0, "ab").c(2, "c"); },
       "cabc",
       {.retransmitted = 1}},
      {"sent again with more",
       [](wire& w) { w.open().c(0, "ab").c(0, "abc"); },
       "cabc",
       {.retransmitted = 1}},
      {"sent again, otherwise",
       [](wire& w) { w.open().c(0, "ab").c(0, "xbc"); },
       "cabc",
       {.retransmitted = 1, .differing_overlaps = 1}},
      {"an overlap among those that wait: the first wins",
       [](wire& w) { w.open().c(3, "de").c(1, "XXXXX").c(0, "a"); },
       "caXXdeX",
       {.retransmitted = 1, .out_of_order = 1, .differing_overlaps = 2}},
      {"what waits wins over what fills the hole",
       [](wire& w) { w.open().c(2, "cd").c(0, "abXXe"); },
       "cabcde",
       {.retransmitted = 1, .out_of_order = 1, .differing_overlaps = 2}},
      {"a keep-alive probe", [](wire& w) { w.open().c(0, "ab").c(1, "b").c(1, ""); }, "cab", {}},
      {"lost, and the flow ended",
       [](wire& w) { w.open().c(2, "c"); },
       "c?2cc",
       {.gaps = 1, .gap_octets = 2}},
      {"lost before FIN",
       [](wire& w) { w.open().c(2, "", fin); },
       "c?2c.",
       {.gaps = 1, .gap_octets = 2}},
      {"FIN before the last octets",
       [](wire& w) { w.open().c(2, "", fin).c(0, "ab"); },
       "cabc.",
       {}},
      {"RST before the last octets",
       [](wire& w) { w.open().c(2, "", rst).c(0, "ab"); },
       "cabc!",
       {}},
      {"RST with any number", [](wire& w) { w.open().c(0, "ab").c(70, "", rst); }, "cabc!", {}},
      {"octets behind FIN", [](wire& w) { w.open().c(0, "ab", fin).c(2, "cd"); }, "cabc.", {}},
      {"FIN sent again", [](wire& w) { w.open().c(0, "a", fin).c(1, "", fin); }, "cac.", {}},
      {"FIN, then RST", [](wire& w) { w.open().c(0, "a", fin).c(2, "", rst); }, "cac.c!", {}},
      {"RST, and what the other side had sent",
       [](wire& w) { w.open().s(0, "", rst).c(0, "ab"); },
       "s!cab",
       {}},
      {"two holes",
       [](wire& w) { w.open().c(4, "e").c(2, "c").c(0, "a"); },
       "cac?1ccc?1ce",
       {.out_of_order = 1, .gaps = 2, .gap_octets = 2}},
      {"SYN and its answer swapped",
       [](wire& w) {
         w.s(0 - 1U, "", tcp_syn_flag | tcp_ack_flag).c(0 - 1U, "", tcp_syn_flag).c(0, "ab");
       },
       "cab",
       {}},
      {"octets before the answer to SYN",
       [](wire& w) {
         w.c(0 - 1U, "", tcp_syn_flag).s(0, "xy").s(0 - 1U, "", tcp_syn_flag | tcp_ack_flag);
       },
       "sxy",
       {}},
      {"an answer before its request",
       [](wire& w) { w.open().s(0, "xy", tcp_ack_flag, 2).s(2, "z", tcp_ack_flag, 2).c(0, "ab"); },
       "cabsxyz",
       {}},
      {"an answer, and its end, before its request",
       [](wire& w) { w.open().s(0, "xy", fin, 2).c(0, "ab", tcp_ack_flag, 3); },
       "cabsxys.",
       {}},
      {"a request before the answer to the one before",
       [](wire& w) { w.open().c(0, "a").c(1, "b", tcp_ack_flag, 2).s(0, "xy", tcp_ack_flag, 1); },
       "casxycb",
       {}},
      {"an answer to what was not captured",
       [](wire& w) { w.open().s(0, "xy", tcp_ack_flag, 2); },
       "c?2sxy",
       {.gaps = 1, .gap_octets = 2}},
      {"a request to what was not captured",
       [](wire& w) { w.open().c(0, "ab", tcp_ack_flag, 9); },
       "s?9cab",
       {.gaps = 1, .gap_octets = 9}},
      {"an answer to a FIN that was not captured",
       [](wire& w) { w.open().c(0, "ab").s(0, "xy", tcp_ack_flag, 3); },
       "cabsxy",
       {}},
      {"octets sent again, when what waits for them had come",
       [](wire& w) { w.open().c(0, "a", tcp_ack_flag, 2).s(0, "xy", tcp_ack_flag, 1); },
       "sxyca",
       {}},
      {"the answer to SYN was not captured",
       [](wire& w) { w.c(0 - 1U, "", tcp_syn_flag).c(0, "").s(2, "z").s(0, "xy"); },
       "sxyz",
       {.out_of_order = 1}},
  };
  for (const row& each : rows) {
    wire one;
    each.play(one);
    EXPECT_EQ(one.end(), each.text) << each.name;
    segment_counts counts = one.to.counted[1];
    counts.segments = counts.octets = 0;
    EXPECT_EQ(counts, each.counts) << each.name;
    EXPECT_EQ(one.taker.live_flows(), 0) << each.name;
  }
}

TEST(assembler, what_the_other_side_has_becomes_a_gap_when_nothing_brings_it) {
  wire one({.patience = 2});
  one.open().c(0, "a").c(3, "d").s(0, "", tcp_ack_flag, 4);
  EXPECT_EQ(one.to.text[1], "ca");
  one.c(1, "bc");  // the capture had swapped it
  EXPECT_EQ(one.to.text[1], "cabcd");
  one.c(6, "g").s(0, "", tcp_ack_flag, 5);  // not all of it
  for (int i = 0; i < 9; ++i)
    one.c(7, "");
  EXPECT_EQ(one.to.text[1], "cabcd");
  one.s(0, "", tcp_ack_flag, 7).c(7, "").c(7, "");
  EXPECT_EQ(one.to.text[1], "cabcdc?2cg");
}

TEST(assembler, an_answer_waits_for_its_request_for_some_packets_only) {
  wire one({.patience = 2});
  one.open().s(0, "x", tcp_ack_flag, 2).s(1, "y", tcp_ack_flag, 2);
  EXPECT_EQ(one.to.text[1], "");
  one.s(2, "z", tcp_ack_flag, 2);
  EXPECT_EQ(one.to.text[1], "c?2sxyz");
  wire full({.waiting_segments = 2});
  full.open().s(0, "x", tcp_ack_flag, 2).s(1, "y", tcp_ack_flag, 2).s(2, "z", tcp_ack_flag, 2);
  EXPECT_EQ(full.to.text[1], "sxyz");
}

TEST(assembler, a_fin_behind_what_the_other_side_has_does_not_wait_for_ever) {
  wire one({.patience = 1});
  one.open().c(2, "", fin).s(0, "", tcp_ack_flag, 3).s(0, "", tcp_ack_flag, 3);
  EXPECT_EQ(one.to.text[1], "c?2c.");
}

TEST(assembler, only_so_many_segments_wait) {
  wire one({.waiting_segments = 3, .all_waiting_segments = 100});
  one.open().c(1, "b").c(3, "d").c(5, "f");
  EXPECT_EQ(one.to.text[1], "");
  one.c(7, "h");
  EXPECT_EQ(one.to.text[1], "c?1cb");
  wire all({.waiting_segments = 100, .all_waiting_segments = 2});
  all.open().c(1, "b").s(1, "y").s(3, "z");
  EXPECT_EQ(all.to.text[1], "s?1sy");
  EXPECT_EQ(all.end(), "s?1syc?1cbs?1sz");
}

TEST(assembler, octets_that_the_capture_cut_off_are_a_gap) {
  wire one;
  one.open();
  one.send({.from = client, .to = server, .seq = 1001, .flags = tcp_ack_flag, .data = "abcdef"},
           54 + 2);
  one.c(6, "g");
  EXPECT_EQ(one.end(), "cabc?4cg");
}

TEST(assembler, sequence_numbers_wrap) {
  wire one;
  const auto send = [&](std::uint32_t seq, std::uint8_t flags, octet_view data) {
    one.send({.from = client, .to = server, .seq = seq, .flags = flags, .data = data});
  };
  send(0xFFFFFFFD, tcp_syn_flag, "");
  send(2, tcp_ack_flag, "ef");
  send(0xFFFFFFFE, tcp_ack_flag, "abcd");
  send(4, fin, "g");
  EXPECT_EQ(one.end(), "cabcdefgc.");
}

TEST(assembler, a_new_syn_on_the_same_ports_is_a_new_flow) {
  wire one;
  one.open().c(0 - 1U, "", tcp_syn_flag).c(0, "a").c(7000, "", tcp_syn_flag).c(7001, "b");
  one.taker.finish();
  EXPECT_EQ(one.to.text, (std::map<std::uint64_t, std::string>{{1, "ca"}, {2, "cb"}}));
  EXPECT_EQ(one.to.closed, (std::vector<std::uint64_t>{1, 2}));
}

TEST(assembler, who_is_the_client_is_told_by_syn_then_by_words_then_by_the_first_octets) {
  const std::vector<std::pair<void (*)(wire&), bool>> rows = {
      {[](wire& w) { w.s(0 - 1U, "", tcp_syn_flag | tcp_ack_flag); }, true},
      {[](wire& w) { w.s(0, "HTTP/1.1 200 OK"); }, true},
      {[](wire& w) { w.c(0, "GET / HTTP/1.1"); }, true},
      {[](wire& w) { w.s(0, "?"); }, false},
  };
  for (const auto& [play, right] : rows) {
    wire one;
    play(one);
    one.end();
    EXPECT_EQ(one.to.openings[1].client.port == client.port, right);
  }
}

TEST(assembler, a_flow_that_begins_late_is_not_whole_and_needs_octets) {
  wire one;
  one.c(0, "").s(0, "", fin).c(0, "", rst);
  EXPECT_EQ(one.taker.counts().stray, 3);
  one.c(5, "f").c(4, "e").c(6, "g");
  EXPECT_EQ(one.end(), "cfg");
  EXPECT_FALSE(one.to.openings[1].whole);
}

TEST(assembler, flows_that_ended_are_forgotten) {
  wire one({.lingering_flows = 2});
  for (std::uint16_t i = 0; i < 10; ++i)
    one.send({.from = {.address = 1, .port = i},
              .to = server,
              .seq = 1,
              .flags = tcp_syn_flag,
              .data = {}})
        .send(
            {.from = {.address = 1, .port = i}, .to = server, .seq = 2, .flags = rst, .data = {}});
  EXPECT_EQ(one.taker.live_flows(), 2);
  EXPECT_EQ(one.to.closed.size(), 8);
}

TEST(assembler, more_flows_than_the_limit_end_those_that_were_silent_longest) {
  wire one({.live_flows = 4});
  for (std::uint16_t i = 0; i < 4; ++i)
    one.send({.from = {.address = 1, .port = i},
              .to = server,
              .seq = 1,
              .flags = tcp_syn_flag,
              .data = {}});
  one.send({.from = {.address = 1, .port = 0},
            .to = server,
            .seq = 2,
            .flags = tcp_ack_flag,
            .data = "a"});
  one.c(0, "b");
  EXPECT_EQ(one.to.closed, (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(one.taker.live_flows(), 4);
}

TEST(assembler, other_packets_are_counted) {
  wire one;
  octets fragment = encode({.from = client, .to = server, .data = "x"}, true);
  fragment[20] = '\x20';
  const octets none = "x";
  const auto take = [&](octet_view data, std::uint32_t wire_length) {
    packet_view packet;
    packet.link = 1;
    packet.data = data;
    packet.wire_length = wire_length;
    one.taker.take(packet);
  };
  take(fragment, 55);
  take(none, 1);
  take(octet_view(fragment).substr(0, 40).substr(0, 36), 55);
  const octets whole = encode({.from = client, .to = server, .data = "x"}, true);
  take(octet_view(whole).substr(0, 40), 55);
  take(octet_view(whole).substr(0, 54), 54);
  const assembly_counts& counts = one.taker.counts();
  EXPECT_EQ(counts.fragments, 2);
  EXPECT_EQ(counts.not_tcp, 1);
  EXPECT_EQ(counts.cut, 1);
  EXPECT_EQ(counts.broken, 1);
  EXPECT_EQ(counts.packets, 5);
}

/// A stream of 4,000 octets in segments, some of which are swapped, doubled or lost.
RC_GTEST_PROP(assembler, any_disorder_gives_each_octet_at_its_place_or_in_a_gap, ()) {
  random_source random(*rc::gen::arbitrary<std::uint64_t>());
  std::string sent;
  for (int i = 0; i < 4000; ++i)
    sent += static_cast<char>('a' + i % 23);
  std::vector<std::pair<std::uint32_t, std::size_t>> segments;
  for (std::size_t at = 0; at < sent.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random.below(60), sent.size() - at);
    const auto fate = random.below(20);
    for (std::uint64_t times = fate == 0 ? 0 : (fate == 1 ? 2 : 1); times > 0; --times)
      segments.emplace_back(static_cast<std::uint32_t>(at), size);
    at += size;
  }
  for (std::size_t i = 4; i < segments.size(); ++i)
    if (random.below(8) == 0) std::swap(segments[i], segments[i - 1 - random.below(4)]);
  class checker : public flow_sinks, public flow_sink {
  public:
    explicit checker(std::string all) : all_(std::move(all)) {}
    std::unique_ptr<flow_sink> open(const flow_opening&) override {
      class pass : public flow_sink {
      public:
        explicit pass(checker& to) : to_(to) {}
        void data(side from, octet_view data, moment at) override { to_.data(from, data, at); }
        void gap(side from, std::uint64_t n, moment at) override { to_.gap(from, n, at); }
        void fin(side from, moment at) override { to_.fin(from, at); }
        void rst(side from, moment at) override { to_.rst(from, at); }

      private:
        checker& to_;
      };
      return std::make_unique<pass>(*this);
    }
    void close(const flow_opening&, std::unique_ptr<flow_sink>, const segment_counts&) override {}
    void data(side, octet_view data, moment) override {
      RC_ASSERT(all_.substr(at_, data.size()) == data);
      at_ += data.size();
    }
    void gap(side, std::uint64_t length, moment) override { at_ += length; }
    void fin(side, moment) override { RC_ASSERT(at_ == all_.size()); }
    void rst(side, moment) override {}

  private:
    std::string all_;
    std::size_t at_ = 0;
  };
  checker check(sent);
  assembler taker(check);
  std::deque<octets> frames;
  std::uint64_t number = 0;
  const auto take = [&](std::uint32_t seq, std::uint8_t flags, octet_view data) {
    frames.push_back(encode(
        {.from = client, .to = server, .seq = 0xFFFFFF00U + seq, .flags = flags, .data = data},
        true));
    packet_view packet;
    packet.number = ++number;
    packet.link = 1;
    packet.data = frames.back();
    packet.wire_length = static_cast<std::uint32_t>(packet.data.size());
    taker.take(packet);
  };
  take(0 - 1U, tcp_syn_flag, "");
  for (const auto& [at, size] : segments)
    take(at, tcp_ack_flag, octet_view(sent).substr(at, size));
  take(static_cast<std::uint32_t>(sent.size()), fin, "");
  taker.finish();
  const segment_counts& counts = taker.counts().tcp;
  RC_ASSERT(counts.octets + counts.gap_octets == sent.size());
  RC_ASSERT(counts.differing_overlaps == 0);
}

}  // namespace
}  // namespace halley::capture
