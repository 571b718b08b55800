// halley inspect as its users meet it.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

using nlohmann::json;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    result.push_back(json::parse(line));
  return result;
}

/// "RULE OFFSET+LENGTH #FRAME", sorted.
std::string place(const json& rule, const json& at) {
  return rule.get<std::string>() + " " + at["off"].dump() + "+" + at["len"].dump() + " #" +
         at.value("frame", json(0)).dump();
}

TEST(inspect, says_of_the_capture_what_the_run_said_of_the_target) {
  struct run_case {
    const char* mutant;
    const char* scenarios;
    bool simulated;
  };
  for (const auto& [mutant, scenarios, simulated] :
       std::vector<run_case>{{"wrong-accept-key", "ws/handshake/**", false},
                             {"wrong-accept-key", "ws/handshake/**", true},
                             {"close-sends-1005", "ws/close/**", true},
                             {"rsv1-not-set", "ws/deflate/**", true}}) {
    workplace here;
    std::vector<std::string> words = {"run",        scenarios, "--mutant", mutant,
                                      "--strength", "quick",   "--out",    "o"};
    if (simulated) words.emplace_back("--sim");
    here.run(words);
    std::vector<std::string> said;
    for (const json& one : here.events("o/events.jsonl"))
      if (one["ev"] == "check" && one["source"] == "passive")
        said.push_back(place(one["requirement"], one["at"]));
    const auto end = here.run({"inspect", "o", "--format", "ndjson", "--fail-on", "none"});
    EXPECT_EQ(end.code, 0) << end.err;
    std::vector<std::string> found;
    for (const json& flow : lines_of(end.out))
      for (const json& one : flow["findings"])
        if (flow.contains("number") && one["at"]["side"] == "server")
          found.push_back(place(one["ledger"], one["at"]));
    std::ranges::sort(said);
    std::ranges::sort(found);
    EXPECT_FALSE(said.empty()) << mutant;
    EXPECT_EQ(found, said) << mutant;
  }
}

TEST(inspect, exits_as_the_findings_ask_for) {
  workplace here;
  here.run({"run", "ws/echo/short", "--sim", "--out", "good"});
  here.run({"run", "ws/close/**", "--sim", "--mutant", "close-sends-1005", "--strength", "quick",
            "--out", "bad"});
  const auto good = here.run({"inspect", "good"});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_TRUE(has(good.out, "findings    none")) << good.out;
  const auto bad = here.run({"inspect", "bad"});
  EXPECT_EQ(bad.code, 1) << bad.err;
  EXPECT_TRUE(has(bad.out, "server: Close code 1005")) << bad.out;
  EXPECT_EQ(here.run({"inspect", "bad", "--fail-on", "none"}).code, 0);
  const auto junit = here.run({"inspect", "bad", "--format", "junit"});
  EXPECT_EQ(junit.code, 1);
  EXPECT_TRUE(has(junit.out,
                  "<testcase classname=\"server\" "
                  "name=\"rfc6455/7.4.1-forbidden-code\">\n   <failure message="))
      << junit.out;
  EXPECT_EQ(here.run({"inspect", "bad", "-q"}).out, "");
}

TEST(inspect, refuses_what_it_cannot_read) {
  workplace here;
  write_text(here / "text.pcap", "no capture at all, but text");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"inspect", "text.pcap"},
                                             {"inspect", "missing.pcap"},
                                             {"inspect", "."},
                                             {"inspect", "text.pcap", "--filter", "foo"},
                                             {"inspect", "text.pcap", "--gaps", "5"},
                                             {"inspect", "text.pcap", "--extract", "1"},
                                             {"inspect", "text.pcap", "--format", "xml"},
                                             {"inspect"}}) {
    const auto end = here.run(words);
    EXPECT_EQ(end.code, 2) << words.back();
    EXPECT_EQ(end.out, "") << words.back();
    EXPECT_NE(end.err, "") << words.back();
  }
}

TEST(inspect, gives_the_octets_of_one_side) {
  workplace here;
  here.run({"run", "ws/echo/short", "--sim", "--out", "o"});
  const auto client = here.run({"inspect", "o", "--extract", "1", "--side", "client"});
  EXPECT_TRUE(client.out.starts_with("GET ")) << client.out;
  EXPECT_TRUE(here.run({"inspect", "o", "--extract", "1"}).out.starts_with("HTTP/1.1 101 "));
  EXPECT_EQ(here.run({"inspect", "o", "--extract", "99"}).code, 2);
  EXPECT_EQ(here.run({"inspect", "o", "--flow", "99"}).code, 2);
}

}  // namespace
}  // namespace halley::cli
