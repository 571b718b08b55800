// Timeouts of Comet streams in virtual time, where a millisecond is one.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

const std::string begins = R"(sut: server
requirements:
  exact: {ref: none, level: MUST, basis: convention, says: A notice comes when its period is over.}
steps:
  - {conn: quick, open: {to: "${target.http.comet-echo}"}}
  - conn: quick
    send:
      http.head: |
        GET ${target.http.comet-echo.path}?key=${key}&timeout=300 HTTP/1.1
        Host: ${target.http.comet-echo.authority}
  - {conn: quick, expect: {within: 1s, event: {http.response: {status: 200}}}}
  - {conn: slow, open: {to: "${target.http.comet-echo}"}}
  - conn: slow
    send:
      http.head: |
        GET ${target.http.comet-echo.path}?key=${key}&timeout=500 HTTP/1.1
        Host: ${target.http.comet-echo.authority}
  - {conn: slow, expect: {within: 1s, event: {http.response: {status: 200}}}}
)";

const std::string asks = R"(  - use: comet/log
  - {conn: log, expect: {within: 1s, event: {http.body: {contains: BEGIN}}, capture: {log: json}}}
  - set: {quick: "${log.0.connection}", slow: "${log.1.connection}"}
)";

/// Two streams are silent for `pause`; the notices of which of them come, and in which order.
std::string scenario_of(const std::string& pause, const std::vector<std::string>& notices) {
  std::string events = "[BEGIN, BEGIN";
  std::string streams = R"(["${quick}", "${slow}")";
  for (const auto& one : notices) {
    events += ", ERROR";
    streams += ", \"${" + one + "}\"";
  }
  return "scenario: 1\nid: a/pause/" + pause + "\ntitle: Two streams, silent for " + pause + "\n" +
         begins + "  - delay: " + pause + "\n" + asks + "  - assert: {equal: [\"${log.event}\", " +
         events + "]], violates: [exact]}\n" + "  - assert: {equal: [\"${log.connection}\", " +
         streams + "]], violates: [exact]}\n";
}

TEST(comet_timing, each_stream_is_noticed_at_the_end_of_each_of_its_periods) {
  workplace here;
  const std::vector<std::pair<std::string, std::vector<std::string>>> pauses = {
      {"299ms", {}},
      {"301ms", {"quick"}},
      {"499ms", {"quick"}},
      {"501ms", {"quick", "slow"}},
      {"899ms", {"quick", "slow", "quick"}},
      {"901ms", {"quick", "slow", "quick", "quick"}},
      {"999ms", {"quick", "slow", "quick", "quick"}},
      {"1001ms", {"quick", "slow", "quick", "quick", "slow"}},
  };
  std::vector<std::string> words = {"run", "--sim", "--network", "none", "--out", "o"};
  for (const auto& [pause, notices] : pauses) {
    const auto file = pause + ".scenario.yaml";
    write_text(here / file.c_str(), scenario_of(pause, notices));
    words.push_back(file);
  }
  const auto end = here.run(words);
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_NE(end.out.find("8 passed, 0 failed, 0 skipped"), std::string::npos) << end.out;
}

}  // namespace
}  // namespace halley::cli
