#include "reports/baseline_update.hpp"

#include "reports/baseline.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"
#include "reports/scores.hpp"
#include "scenario/baseline.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

const json pass = {{"verdict", "pass"}};
const json fail = {
    {"verdict", "fail"}, {"variants", {"ignored"}}, {"violates", {"fail-connection"}}};
const json echoed = {
    {"verdict", "fail"}, {"variants", {"echoed"}}, {"violates", {"fail-connection"}}};
const json error = {{"verdict", "error"}, {"error", {{"cause", "resource"}, {"text", ""}}}};

/// Instances ws/frame/a[n=0], [n=1], … that ended as `ends` says, held against the file `text`.
run_model held(const std::vector<json>& ends, const std::string& text, bool whole = true) {
  std::vector<scenario::problem> problems;
  const auto known = scenario::parse_baseline("b.yaml", text, problems);
  EXPECT_TRUE(problems.empty()) << text << problems.front().text;
  auto entries = json::array();
  for (const auto& one : known.entries)
    entries.push_back({{"match", one.match},
                       {"expect", one.expect},
                       {"variant", one.variant},
                       {"violates", one.violates},
                       {"reason", one.reason},
                       {"at_most", one.at_most},
                       {"until", one.until},
                       {"line", one.at.line}});
  sample::log_writer log;
  log.add({{"ev", "baseline"}, {"file", "b.yaml"}, {"whole", whole}, {"entries", entries}});
  log.scenario("a");
  for (std::size_t i = 0; i < ends.size(); ++i)
    log.instance("a", {{"n", i}}, ends[i]);
  return build_run_model(log.end_run().log());
}

std::string updated(const std::vector<json>& ends, const std::string& text, bool whole = true) {
  const auto update = update_baseline("b.yaml", text, held(ends, text, whole));
  return update.problem.empty() ? update.text : "problem: " + update.problem;
}

const std::string head = "# Of my server.\nbaseline: 1\nprofile: gw\nentries:  # by scenario\n";
const std::string first =
    "  # why of zero\n"
    "  - match: \"ws/frame/a[n=0]\"  # the first\n"
    "    expect: fail\n"
    "    variant: ignored\n"
    "    reason: >-\n"
    "      It is so,\n"
    "      # and stays so.\n"
    "    issue: https://example.invalid/1\n";
const std::string second =
    "\n  # why of one\n"
    "  - {match: \"ws/frame/a[n=1]\", expect: fail, reason: short}\n";

TEST(baseline_update, what_is_as_known_stays_octet_for_octet) {
  EXPECT_EQ(updated({fail, fail}, head + first + second), head + first + second);
}

TEST(baseline_update, what_passes_or_is_stale_goes_and_comments_stay) {
  EXPECT_EQ(updated({pass, fail}, head + first + second), head + "  # why of zero\n" + second);
  EXPECT_EQ(updated({fail}, head + first + second), head + first + "\n  # why of one\n");
  EXPECT_EQ(updated({pass, pass}, head + first + second),
            "# Of my server.\nbaseline: 1\nprofile: gw\nentries: []  # by scenario\n"
            "  # why of zero\n\n  # why of one\n");
  EXPECT_EQ(updated({fail}, head + first + second, false), head + first + second)
      << "a part of the suite cannot tell";
}

TEST(baseline_update, another_variant_is_changed_and_the_rest_of_the_entry_stays) {
  auto changed = first;
  changed.replace(changed.find("ignored"), 7, "echoed");
  EXPECT_EQ(updated({echoed, fail}, head + first + second), head + changed + second);
  EXPECT_EQ(updated({fail, json{{"verdict", "warn"}, {"violates", {"send-close"}}}},
                    head + first + second),
            head + first +
                "\n  # why of one\n  - match: \"ws/frame/a[n=1]\"\n    expect: warn\n"
                "    violates: [\"send-close\"]\n    reason: \"short\"\n");
}

TEST(baseline_update, what_is_new_is_added_with_a_reason_to_be_argued) {
  EXPECT_EQ(updated({fail, fail, pass, fail}, head + first + second),
            head + first + second +
                "  - match: \"ws/frame/a[n=3]\"\n    expect: fail\n    variant: ignored\n"
                "    reason: \"to be argued\"\n");
  const auto fresh =
      update_baseline("b.yaml", "", held({fail, fail, fail}, "baseline: 1\nentries: []\n"));
  EXPECT_EQ(fresh.text,
            "baseline: 1\nprofile: my-gateway\nentries:\n  - match: \"ws/frame/a[*]\"\n"
            "    expect: fail\n    variant: ignored\n    reason: \"to be argued\"\n");
  ASSERT_EQ(fresh.edits.size(), 1U);
  EXPECT_EQ(fresh.edits[0].what, "added");
}

TEST(baseline_update, a_glob_that_says_too_much_is_narrowed_with_its_reason) {
  const std::string glob =
      "baseline: 1\nentries:\n  - match: ws/frame/a[*]\n    expect: fail\n    reason: of all\n"
      "    until: 2999-01-01\n";
  EXPECT_EQ(updated({fail, pass, echoed}, glob),
            "baseline: 1\nentries:\n"
            "  - match: \"ws/frame/a[n=0]\"\n    expect: fail\n    reason: of all\n"
            "    until: 2999-01-01\n"
            "  - match: \"ws/frame/a[n=2]\"\n    expect: fail\n    reason: \"of all\"\n"
            "    until: 2999-01-01\n");
}

TEST(baseline_update, an_error_is_never_excused_and_changes_nothing) {
  const auto text = head + first + second;
  const auto update = update_baseline("b.yaml", text, held({error, fail, error}, text));
  EXPECT_EQ(update.text, text);
  EXPECT_TRUE(update.edits.empty());
  ASSERT_EQ(update.left.size(), 1U);
  EXPECT_EQ(update.left[0], "2 instances ended with an error: none is excused");
}

TEST(baseline_update, an_expired_entry_waits_for_somebody) {
  const std::string text =
      "baseline: 1\nentries:\n  - match: ws/frame/a[n=0]\n    expect: fail\n    reason: r\n"
      "    until: 2001-01-01\n";
  const auto update = update_baseline("b.yaml", text, held({fail}, text));
  EXPECT_EQ(update.text, text);
  ASSERT_EQ(update.left.size(), 1U);
  EXPECT_EQ(update.left[0], "expired ws/frame/a[n=0]: until 2001-01-01");
}

TEST(baseline_update, a_form_that_has_no_lines_of_its_own_is_left_alone) {
  EXPECT_EQ(updated({pass},
                    "baseline: 1\nentries: [{match: \"ws/frame/a[n=0]\", expect: fail, "
                    "reason: r}]\n"),
            "problem: the entry at line 2 does not begin a line with '- '");
  // An anchor that others need goes with its entry: then the file no longer reads.
  const std::string anchored =
      "baseline: 1\nentries:\n"
      "  - {match: \"ws/frame/a[n=0]\", expect: fail, reason: &why long}\n"
      "  - {match: \"ws/frame/a[n=1]\", expect: fail, reason: *why}\n";
  EXPECT_EQ(updated({fail, pass}, anchored),
            "baseline: 1\nentries:\n"
            "  - {match: \"ws/frame/a[n=0]\", expect: fail, reason: &why long}\n");
  EXPECT_EQ(updated({pass, fail}, anchored).find("problem: "), 0U);
}

RC_GTEST_PROP(baseline_update, the_second_run_is_clean, ()) {
  const std::vector<json> kinds = {pass, fail, echoed, {{"verdict", "info"}}};
  const auto draw = [&] {
    std::vector<json> ends;
    for (int i = 0; i < 5; ++i)
      ends.push_back(kinds[*rc::gen::inRange<std::size_t>(0, kinds.size())]);
    return ends;
  };
  std::string text = "baseline: 1\nentries: []\n";
  // A file that grew over some runs, with a glob of somebody in it.
  if (*rc::gen::arbitrary<bool>())
    text = "baseline: 1\nentries:\n  - match: ws/frame/a[*]\n    expect: fail\n    reason: r\n";
  for (int run = 0; run < 3; ++run) {
    const auto ends = draw();
    const auto update = update_baseline("b.yaml", text, held(ends, text));
    RC_ASSERT(update.problem == "");
    text = update.text;
    const auto again = held(ends, text);
    RC_ASSERT(count_closing(again, false).failed == 0U);
    RC_ASSERT(again.baseline_findings.empty());
    RC_ASSERT(update_baseline("b.yaml", text, again).text == text);
  }
}

}  // namespace
}  // namespace halley::reports
