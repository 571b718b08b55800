#include "inspect/fast_pass.hpp"

#include "base/bytes.hpp"
#include "capture/assembler.hpp"
#include "capture/capture_file.hpp"
#include "inspect/capture_maker.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace halley::inspect {
namespace {

struct sums {
  capture::assembly_counts counts;
  capture_truth seen;
  std::uint64_t clear = 0;
  std::set<std::uint64_t> first_frames_to_judge;
};

sums scan(const octets& made) {
  sums result;
  capture::capture_file file;
  EXPECT_TRUE(file.open(made, "made"));
  result.counts = scan_flows(file, [&](const scanned_flow& one) {
    capture_truth& seen = result.seen;
    ++seen.flows;
    seen.requests += one.figures.client.heads;
    seen.responses += one.figures.server.heads;
    seen.frames += one.figures.client.frames + one.figures.server.frames;
    seen.messages += one.figures.client.messages + one.figures.server.messages;
    seen.sse_events += one.figures.server.sse_events;
    if (one.clear)
      ++result.clear;
    else
      result.first_frames_to_judge.insert(one.opening.at.frame);
  });
  EXPECT_FALSE(file.problem());
  EXPECT_FALSE(file.truncated());
  return result;
}

TEST(fast_pass, good_traffic_is_clear_and_counted_as_it_was_made) {
  for (const capture_kind kind : {capture_kind::small, capture_kind::mixed}) {
    capture_truth truth;
    const octets made = make_capture(
        {.kind = kind, .seed = 3, .file_octets = 4'000'000, .live_flows = 10, .wrong = {}}, truth);
    const sums got = scan(made);
    EXPECT_EQ(got.counts.packets, truth.packets);
    EXPECT_EQ(got.counts.flows, truth.flows);
    EXPECT_EQ(got.counts.tcp.gaps, 0);
    EXPECT_EQ(got.clear, truth.flows);
    EXPECT_EQ(got.seen.requests, truth.requests);
    EXPECT_EQ(got.seen.responses, truth.responses);
    EXPECT_EQ(got.seen.frames, truth.frames);
    EXPECT_EQ(got.seen.messages, truth.messages);
    EXPECT_EQ(got.seen.sse_events, truth.sse_events);
    EXPECT_GE(truth.flows, 10);
    EXPECT_TRUE(truth.planted.empty());
  }
}

TEST(fast_pass, swapped_and_doubled_packets_change_nothing) {
  capture_truth truth;
  const octets made = make_capture({.kind = capture_kind::mixed,
                                    .seed = 4,
                                    .file_octets = 4'000'000,
                                    .live_flows = 10,
                                    .wrong = {.swap_one_in = 20, .double_one_in = 20}},
                                   truth);
  const sums got = scan(made);
  EXPECT_GT(truth.swapped, 100);
  EXPECT_GT(truth.doubled, 100);
  EXPECT_GT(got.counts.tcp.out_of_order, 100);
  EXPECT_GT(got.counts.tcp.retransmitted, 100);
  EXPECT_EQ(got.counts.tcp.differing_overlaps, 0);
  EXPECT_EQ(got.counts.tcp.gaps, 0);
  EXPECT_EQ(got.seen.frames, truth.frames);
  EXPECT_EQ(got.seen.sse_events, truth.sse_events);
}

TEST(fast_pass, a_flow_with_a_planted_fault_or_a_gap_is_to_be_judged) {
  std::set<std::string> rules;
  for (const capture_kind kind : {capture_kind::small, capture_kind::mixed}) {
    capture_truth truth;
    const octets made = make_capture({.kind = kind,
                                      .seed = 5,
                                      .file_octets = 20'000'000,
                                      .live_flows = 10,
                                      .wrong = {.swap_one_in = 500,
                                                .double_one_in = 500,
                                                .lose_one_in = 800,
                                                .plant_one_in = 3}},
                                     truth);
    const sums got = scan(made);
    EXPECT_GT(truth.planted.size(), 5);
    EXPECT_GT(truth.lost, 5);
    EXPECT_GT(got.counts.tcp.gaps, 5);
    EXPECT_LE(got.counts.tcp.gaps, truth.lost);
    EXPECT_GE(got.first_frames_to_judge.size(), truth.planted.size());
    EXPECT_GT(got.clear, 0);
    for (const planted_fault& one : truth.planted) {
      rules.insert(one.rule);
      EXPECT_LE(one.frame, truth.packets);
    }
  }
  EXPECT_GT(rules.size(), 8);
}

TEST(capture_maker, the_same_order_gives_the_same_octets) {
  capture_truth truth;
  const capture_order order{.kind = capture_kind::mixed,
                            .seed = 9,
                            .file_octets = 300'000,
                            .live_flows = 5,
                            .wrong = {.swap_one_in = 9, .lose_one_in = 50, .plant_one_in = 2}};
  EXPECT_TRUE(make_capture(order, truth) == make_capture(order, truth));
}

}  // namespace
}  // namespace halley::inspect
