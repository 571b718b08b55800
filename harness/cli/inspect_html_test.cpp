#include "cli/inspect_html.hpp"

#include "base/bytes.hpp"
#include "capture/capture_file.hpp"
#include "cli/program_run.hpp"
#include "inspect/capture_maker.hpp"
#include "inspect/inspect_json.hpp"
#include "inspect/inspection.hpp"
#include "reports/html.hpp"
#include "reports/page_data.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>

namespace halley::cli {
namespace {

using nlohmann::json;
using reports::page::count;
using reports::page::data_of;

/// A capture of some fifty connections, a quarter with a finding.
struct made_capture {
  made_capture() {
    inspect::capture_truth truth;
    data = inspect::make_capture({.kind = inspect::capture_kind::mixed,
                                  .seed = 3,
                                  .file_octets = 2'000'000,
                                  .live_flows = 20,
                                  .wrong = {.plant_one_in = 4}},
                                 truth);
    EXPECT_TRUE(file.open(data, "made"));
    seen = inspect::inspect_file(file, {});
    seen.file = "made <img src=x>\x1b[2J.pcap";
  }

  std::string page(const reports::html_limits& limits = {}) {
    return inspect_html(file, seen, std::chrono::seconds{1}, limits);
  }

  octets data;
  capture::capture_file file;
  inspect::inspection seen;
};

TEST(inspect_html, holds_what_the_json_says_and_a_conversation_of_each_connection) {
  made_capture capture;
  const auto page = capture.page();
  const auto data = data_of(page, "data");
  const auto document = json::parse(inspect::json_text(capture.seen));
  for (const auto* const same : {"capture", "integrity", "protocols", "metrics", "findings"})
    EXPECT_EQ(data[same], document[same]) << same;
  ASSERT_EQ(data["flows"].size(), document["flows"].size());
  ASSERT_GT(data["flows"].size(), 10U);
  EXPECT_TRUE(data["omitted"].empty()) << data["omitted"];
  for (const auto& flow : data["flows"]) {
    const auto block = data_of(page, "block-" + flow["block"].dump());
    EXPECT_FALSE(block[flow["number"].dump()]["events"].empty()) << flow["number"];
  }
}

TEST(inspect_html, has_no_markup_of_others_and_says_something_without_scripts) {
  made_capture capture;
  const auto page = capture.page();
  EXPECT_EQ(count(page, "<img"), 0U);
  EXPECT_EQ(count(page, "\x1b"), 0U);
  EXPECT_NE(page.find("made &lt;img src=x&gt;"), std::string::npos);
  EXPECT_NE(page.find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  EXPECT_NE(page.find("protocols "), std::string::npos);
  EXPECT_NE(page.find("<caption>Connections</caption>"), std::string::npos);
}

TEST(inspect_html, keeps_conversations_with_findings_where_not_all_have_room) {
  made_capture capture;
  const auto all = capture.page();
  const auto whole = data_of(all, "data");
  std::set<std::size_t> wanted;  // blocks
  for (const auto& flow : whole["flows"])
    if (!flow["findings"].empty()) wanted.insert(flow["block"].get<std::size_t>());
  std::size_t room = 2 * whole.dump().size();  // as the data of a small page is counted
  for (const auto block : wanted)
    room += reports::page::data_octets(all, "block-" + std::to_string(block)) + 100;
  const auto data = data_of(capture.page({.soft = room, .hard = 25'000'000}), "data");
  ASSERT_EQ(data["flows"].size(), whole["flows"].size());
  std::size_t telling = 0;
  std::size_t left_out = 0;
  for (const auto& flow : data["flows"]) {
    if (!flow.contains("block")) ++left_out;
    if (flow["findings"].empty()) continue;
    ++telling;
    EXPECT_TRUE(flow.contains("block")) << flow["number"];
  }
  EXPECT_GT(telling, 0U);
  EXPECT_GT(left_out, 0U);
  ASSERT_EQ(data["omitted"].size(), 1U);
  EXPECT_EQ(data["omitted"][0], "the conversations of " + std::to_string(left_out) +
                                    " connections (--flow N shows one)");
}

TEST(inspect_html, keeps_connections_with_findings_where_the_list_has_no_room) {
  made_capture capture;
  const auto most = data_of(capture.page(), "data").dump().size() * 3 / 2;  // counted as twice that
  const auto data = data_of(capture.page({.soft = 1, .hard = most}), "data");
  ASSERT_FALSE(data["flows"].empty());
  EXPECT_LT(data["flows"].size(), capture.seen.flows.size());
  EXPECT_FALSE(data["flows"][0]["findings"].empty());
  EXPECT_NE(
      data["omitted"][0].get<std::string>().find(" connections, those without findings first"),
      std::string::npos);
}

TEST(inspect_html, is_written_to_a_file_as_any_other_format) {
  workplace here;
  here.run({"run", "ws/close/**", "--sim", "--mutant", "close-sends-1005", "--strength", "quick",
            "--out", "bad"});
  const auto page = here.run({"inspect", "bad", "--format", "html", "-o", "page.html"});
  EXPECT_EQ(page.code, 1) << page.err;
  EXPECT_EQ(page.out, "");
  EXPECT_TRUE(text_of(here / "page.html").starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(here.run({"inspect", "bad", "--format", "html"}).out.starts_with("<!DOCTYPE html>"));
  const auto flows = data_of(text_of(here / "page.html"), "data")["flows"];
  const auto document = json::parse(here.run({"inspect", "bad", "--format", "json"}).out);
  EXPECT_EQ(flows.size(), document["flows"].size());
  EXPECT_EQ(here.run({"inspect", "bad", "--format", "json", "-o", "page.html/page.json"}).code, 3);
  EXPECT_EQ(here.run({"inspect", "gone.pcap", "--format", "html", "-o", "gone.html"}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(here / "gone.html"));
}

}  // namespace
}  // namespace halley::cli
