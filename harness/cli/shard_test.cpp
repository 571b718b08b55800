// Shards of a run, and what they are when they are joined.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

/// Against a gateway that lets sanity scenarios fail, so that much of this is blocked.
std::vector<std::string> words(const std::string& out, const std::string& shard) {
  std::vector<std::string> result = {
      "run",        "ws/echo/*", "ws/deflate/*", "ws/handshake/*", "--mutant", "wrong-accept-key",
      "--strength", "quick",     "--sim",        "--out",          out};
  if (!shard.empty()) {
    result.emplace_back("--shard");
    result.push_back(shard);
  }
  return result;
}

std::map<std::string, std::pair<std::string, json>> verdicts_of(const json& report) {
  std::map<std::string, std::pair<std::string, json>> result;
  for (const auto& one : report["results"])
    result[one["id"]] = {one["verdict"], one["variants"]};
  return result;
}

TEST(shard, joined_ones_have_the_verdicts_of_the_whole) {
  workplace here;
  const auto whole = here.run(words("whole", ""));
  EXPECT_EQ(whole.code, 1) << whole.err;
  for (const auto* const part : {"1", "2", "3"})
    here.run(words(std::string("part") + part, std::string(part) + "/3"));
  EXPECT_EQ(here.json_file("part2/run.json")["run"]["shard"], json({{"i", 2}, {"n", 3}}));
  const auto joined = here.run({"merge", "part3", "part1", "part2", "--out", "joined"});
  EXPECT_EQ(joined.code, 1) << joined.err;
  const auto expected = verdicts_of(here.json_file("whole/run.json"));
  EXPECT_GT(expected.size(), 20U);
  EXPECT_EQ(verdicts_of(here.json_file("joined/run.json")), expected);
  EXPECT_EQ(last_line(joined.out), last_line(whole.out));
  EXPECT_NE(last_line(whole.out).find(" failed"), std::string::npos);

  const auto missing = here.run({"merge", "part1", "part3", "--out", "two"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_NE(missing.err.find("shard 2/3 is missing"), std::string::npos) << missing.err;
}

TEST(shard, what_is_no_shard_is_said) {
  workplace here;
  for (const auto* const bad : {"0/3", "4/3", "x"}) {
    const auto end = here.run({"run", "ws/echo/short", "--shard", bad});
    EXPECT_EQ(end.code, 2);
    EXPECT_NE(end.err.find("--shard is I/N"), std::string::npos) << end.err;
  }
}

}  // namespace
}  // namespace halley::cli
