#include "reports/html.hpp"

#include "base/hex.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_model.hpp"
#include "reports/sample_log.hpp"
#include "reports/viewer_files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace halley::reports {
namespace {

using nlohmann::json;

const std::string hostile = "</script><img src=x onerror=alert(1)>@DATA@\x1b[2J\xff\u202e";

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t result = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++result;
  return result;
}

/// What stands in the script element with that id.
json data_of(const std::string& page, const std::string& id) {
  const auto element = page.find("id=\"" + id + "\">");
  EXPECT_NE(element, std::string::npos) << id;
  const auto begin = page.find('>', element) + 1;
  const auto packed = from_base64(page.substr(begin, page.find('<', begin) - begin));
  EXPECT_TRUE(packed) << id;
  std::string text(std::size_t{1} << 20U, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed->data()));
  stream.avail_in = static_cast<uInt>(packed->size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return json::parse(text);
}

run_model failing(const std::string& target, std::size_t instances) {
  sample::log_writer log;
  log.scenario("a").add({{"ev", "target.ready"}, {"target", target}, {"version", target}});
  for (std::size_t i = 0; i < instances; ++i) {
    const std::string name = "ws/frame/a[" + std::to_string(i) + "]";
    log.add({{"ev", "instance.start"},
             {"instance", name},
             {"scenario", "ws/frame/a"},
             {"target", target}});
    log.add({{"ev", "sse.event"}, {"instance", name}, {"dir", "in"}, {"data", target}});
    log.add({{"ev", "instance.end"},
             {"instance", name},
             {"target", target},
             {"verdict", "fail"},
             {"observed", target}});
  }
  log.end_run();
  return build_run_model(log.log());
}

TEST(html_report, has_no_markup_that_a_target_made) {
  const auto page = html_text(failing(hostile, 1));
  EXPECT_EQ(count(page, "<img"), 0U);
  EXPECT_EQ(count(page, "<script"), 3U);  // data, one block, the viewer
  EXPECT_EQ(count(page, "\x1b"), 0U);
}

TEST(html_report, runs_no_script_but_its_own_and_asks_the_network_for_nothing) {
  const auto page = html_text(failing("one", 1));
  EXPECT_NE(page.find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  EXPECT_NE(page.find("style-src 'sha256-"), std::string::npos);
  for (const auto* const loads : {" src=", "@import", "url(", "fetch(", "XMLHttpRequest", "<link"})
    EXPECT_EQ(count(page, loads), 0U) << loads;
  EXPECT_EQ(count(viewer_script, "innerHTML"), 0U);
}

TEST(html_report, holds_the_run_and_its_transcripts_in_blocks) {
  const auto page = html_text(failing("one", 26));
  const auto run = data_of(page, "data");
  ASSERT_EQ(run["results"].size(), 26U);
  const auto& first = run["results"][0];
  EXPECT_EQ(first["observed"], "one");
  EXPECT_EQ(first["block"], 0);
  EXPECT_FALSE(first["transcript"].contains("inline"));
  EXPECT_EQ(run["results"][25]["block"], 1);
  const auto block = data_of(page, "block-1");
  ASSERT_EQ(block.size(), 1U);
  EXPECT_EQ(block.begin().value().at(1)["ev"], "sse.event");
}

TEST(html_report, says_without_scripts_how_each_target_did) {
  const auto page = html_text(failing("one", 3));
  EXPECT_NE(page.find("<th scope=\"row\">one</th>"), std::string::npos);
  EXPECT_NE(page.find("0 passed, 3 failed, 0 skipped"), std::string::npos);
}

}  // namespace
}  // namespace halley::reports
