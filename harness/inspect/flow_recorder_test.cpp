#include "inspect/flow_recorder.hpp"

#include "base/bytes.hpp"
#include "capture/capture_file.hpp"
#include "inspect/capture_maker.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace halley::inspect {
namespace {

/// A made capture, what was found in it, and what the recorder gave.
struct recorded {
  explicit recorded(const record_choice& choice) {
    capture_truth truth;
    data = make_capture({.kind = capture_kind::mixed,
                         .seed = 3,
                         .file_octets = 3'000'000,
                         .live_flows = 20,
                         .wrong = {.lose_one_in = 300, .plant_one_in = 4}},
                        truth);
    EXPECT_TRUE(file.open(data, "made"));
    seen = inspect_file(file, {});
    record_flows(file, seen, choice, [&](flow_record&& one) {
      const auto number = one.number;
      EXPECT_TRUE(records.emplace(number, std::move(one)).second) << number;
    });
  }

  octets data;
  capture::capture_file file;
  inspection seen;
  std::map<std::uint64_t, flow_record> records;
};

/// Whether an event of `record` has the first octet of `found`.
bool shows(const flow_record& record, const flow_finding& found) {
  return std::ranges::any_of(record.events, [&](const auto& one) {
    if (!one.contains("dir")) return false;
    const auto off = one["off"].template get<std::uint64_t>();
    const auto len = std::max<std::uint64_t>(one["len"].template get<std::uint64_t>(), 1);
    return (one["dir"] == "out") == (found.by == capture::side::client) && off <= found.off &&
           found.off < off + len;
  });
}

TEST(flow_recorder, gives_each_connection_once_with_what_was_found_on_it) {
  const recorded all({.with_conversation = [](const flow_verdict&) { return true; }});
  ASSERT_GT(all.seen.flows.size(), 10U);
  ASSERT_EQ(all.records.size(), all.seen.flows.size());
  std::size_t findings = 0;
  std::size_t losses = 0;
  for (const auto& flow : all.seen.flows) {
    const auto& record = all.records.at(flow.opening.number);
    EXPECT_TRUE(record.told);
    EXPECT_FALSE(record.events.empty());
    EXPECT_GT(record.last_frame, flow.opening.at.frame);
    EXPECT_EQ(record.losses.empty(), flow.missing == decltype(flow.missing){});
    losses += record.losses.size();
    for (const auto& found : flow.findings)
      EXPECT_TRUE(shows(record, found)) << flow.opening.number << " " << found.broken.id;
    findings += flow.findings.size();
  }
  EXPECT_GT(findings, 0U);
  EXPECT_GT(losses, 0U);
}

TEST(flow_recorder, sees_silences_where_no_conversation_is_asked_for) {
  using std::chrono::microseconds;
  const recorded all({.silence = microseconds(300), .with_conversation = {}});
  std::size_t silences = 0;
  for (const auto& [number, record] : all.records) {
    EXPECT_FALSE(record.told);
    EXPECT_TRUE(record.events.is_null());
    EXPECT_LE(record.silences.size(), 64U);
    EXPECT_TRUE(std::ranges::is_sorted(record.silences, {}, &flow_silence::from));
    for (const auto& one : record.silences)
      EXPECT_GE(one.length, microseconds(300));
    silences += record.silences.size();
  }
  EXPECT_GT(silences, 0U);
}

}  // namespace
}  // namespace halley::inspect
