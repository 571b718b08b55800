// halley inspect --follow: a capture that is still being written.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

/// A capture in which a server sends the Close code 1005, and where that frame's packet begins.
struct bad_close {
  std::string octets;
  std::size_t close_at = 0;
};

bad_close captured(workplace& here) {
  here.run({"run", "ws/close/**", "--sim", "--strength", "quick", "--mutant", "close-sends-1005",
            "--out", "all"});
  bad_close result;
  result.octets = text_of(here / "all/trace.pcapng");
  result.close_at = result.octets.find(std::string("\x88\x02\x03\xed", 4));
  EXPECT_NE(result.close_at, std::string::npos);
  return result;
}

TEST(follow, tells_what_comes_when_it_has_come_whole_and_ends_by_a_signal) {
  workplace here;
  const auto [octets, close_at] = captured(here);
  const std::string told = "✗ RFC 6455 §7.4.1  server: Close code 1005   connection ";
  const auto file = here / "growing.pcapng";
  write_text(file, octets.substr(0, 10));
  const auto running = here.start({"inspect", "growing.pcapng", "--follow"});
  append(file, octets.substr(10, close_at + 2 - 10));  // ends inside a frame's packet
  EXPECT_TRUE(comes_to_hold(running->out(), "101 Switching Protocols"));
  EXPECT_FALSE(has(text_of(running->out()), told));
  append(file, octets.substr(close_at + 2, 200));
  EXPECT_TRUE(comes_to_hold(running->out(), told));
  running->kill(SIGINT);
  const auto end = running->wait();
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_TRUE(has(end.out, "server: Close code 1005   flow ")) << end.out;
  EXPECT_FALSE(has(end.out, "cut short")) << "what the signal cut off is not there yet";
  EXPECT_EQ(end.out.find(told), end.out.rfind(told)) << "told once: " << end.out;
}

TEST(follow, says_of_a_pipe_what_is_said_of_the_file) {
  workplace here;
  captured(here);
  process running(
      {"/bin/sh", "-c",
       "cat all/trace.pcapng | " HALLEY_PROGRAM " inspect - --follow --filter 'type:close'"},
      here / "", 100);
  const auto end = running.wait();
  EXPECT_EQ(end.code, 1) << end.err;
  const auto whole = here.run({"inspect", "all", "--filter", "type:close"});
  EXPECT_FALSE(whole.out.empty());
  std::size_t lines = 0;
  for (std::size_t at = 0; at < whole.out.size(); ++lines) {
    const auto line_end = whole.out.find('\n', at) + 1;
    EXPECT_TRUE(has(end.out, whole.out.substr(at, line_end - at)));
    at = line_end;
  }
  EXPECT_GT(lines, 5U);
  EXPECT_TRUE(has(end.out, "server: Close code 1005   flow ")) << end.out;
}

TEST(follow, gives_up_where_there_is_nothing_to_follow) {
  workplace here;
  const auto octets = captured(here).octets;
  EXPECT_EQ(here.run({"inspect", "missing.pcap", "--follow"}).code, 2);
  EXPECT_EQ(here.run({"inspect", "all", "--follow", "--format", "har"}).code, 2);
  const auto file = here / "shrinking.pcapng";
  write_text(file, octets);
  const auto running = here.start({"inspect", "shrinking.pcapng", "--follow"});
  EXPECT_TRUE(comes_to_hold(running->out(), "101 Switching Protocols"));
  std::filesystem::resize_file(file, 100);
  const auto end = running->wait();
  EXPECT_EQ(end.code, 2) << end.out;
  EXPECT_TRUE(has(end.err, "was made shorter")) << end.err;
}

}  // namespace
}  // namespace halley::cli
