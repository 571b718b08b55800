#include "capture/pcapng.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "capture/pcapng_reader.hpp"
#include "trace/scratch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

using namespace std::chrono_literals;

octets content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Two interfaces, three packets.
octets written() {
  const trace::scratch folder;
  {
    pcapng_writer to;
    EXPECT_EQ(to.open(folder / "c", "Halley", "run 1"), "");
    const auto a = to.add_interface("a");
    const auto b = to.add_interface("b");
    EXPECT_EQ(to.add_packet(a, 1'700'000'000'123'456'789ns, "12345", true, "bad\xFF one"), 1);
    EXPECT_EQ(to.add_packet(b, 1ns, "1234", false), 2);
    EXPECT_EQ(to.add_packet(a, 2ns, "", false), 3);
    EXPECT_EQ(to.packets(), 3);
  }
  return content_of(folder / "c");
}

TEST(pcapng, blocks_are_laid_out_as_the_draft_says) {
  const trace::scratch folder;
  {
    pcapng_writer to;
    ASSERT_EQ(to.open(folder / "c", "H", ""), "");
    to.add_interface("if");
    to.add_packet(0, 0x0000'0002'0000'0001ns, "abcde", true, "no");
  }
  EXPECT_EQ(to_hex(content_of(folder / "c")), to_hex(*from_hex(R"(
      0a0d0d0a 28000000 4d3c2b1a 01000000 ffffffff ffffffff
        04000100 48000000 00000000 28000000
      01000000 28000000 01000000 00000400
        02000200 69660000 09000100 09000000 00000000 28000000
      06000000 3c000000 00000000 02000000 01000000 05000000 05000000 61626364 65000000
        02000400 02000000 01000200 6e6f0000 00000000 3c000000)")));
}

TEST(pcapng, what_was_written_is_read_back) {
  const auto content = read_pcapng(written(), "c");
  EXPECT_EQ(content.problem, "");
  EXPECT_FALSE(content.truncated);
  EXPECT_EQ(content.application, "Halley");
  EXPECT_EQ(content.comment, "run 1");
  EXPECT_EQ(content.interfaces, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(content.packets.size(), 3);
  const auto& first = content.packets[0];
  EXPECT_EQ(first.interface, 0);
  EXPECT_EQ(first.since_epoch, 1'700'000'000'123'456'789ns);
  EXPECT_EQ(first.frame, "12345");
  EXPECT_EQ(first.outbound, true);
  EXPECT_EQ(first.comment, "bad\xEF\xBF\xBD one");
  EXPECT_EQ(content.packets[1].interface, 1);
  EXPECT_EQ(content.packets[1].outbound, false);
  EXPECT_EQ(content.packets[2].frame, "");
}

TEST(pcapng, every_cut_of_a_capture_is_read_up_to_its_last_whole_block) {
  const octets whole = written();
  std::size_t packets = 0;
  for (std::size_t size = 1; size <= whole.size(); ++size) {
    // A heap buffer of exactly this size: a sanitizer sees an over-read by one octet.
    const octets cut(whole.data(), size);
    const auto content = read_pcapng(cut, "c");
    EXPECT_TRUE(content.problem.empty() || content.problem == "c:0: no whole section header");
    EXPECT_GE(content.packets.size(), packets) << size;
    EXPECT_LE(content.packets.size(), packets + 1) << size;
    packets = content.packets.size();
    if (size == whole.size()) {
      EXPECT_FALSE(content.truncated);
    }
  }
  EXPECT_EQ(packets, 3);
}

TEST(pcapng, every_garbled_octet_is_survived) {
  const octets whole = written();
  std::size_t problems = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    octets garbled = whole;
    garbled[i] = static_cast<char>(garbled[i] ^ 0x55);
    problems += read_pcapng(garbled, "c").problem.empty() ? 0 : 1;
  }
  EXPECT_GT(problems, 0);
}

TEST(pcapng, a_big_endian_file_in_microseconds_is_read) {
  const octets file = *from_hex(R"(
      0a0d0d0a 0000001c 1a2b3c4d 00010000 ffffffff ffffffff 0000001c
      00000001 00000014 00010000 00000000 00000014
      00000006 00000024 00000000 00000000 00000007 00000001 00000001 78000000 00000024)");
  const auto content = read_pcapng(file, "c");
  EXPECT_EQ(content.problem, "");
  ASSERT_EQ(content.packets.size(), 1);
  EXPECT_EQ(content.packets[0].since_epoch, 7us);
  EXPECT_EQ(content.packets[0].frame, "x");
  EXPECT_FALSE(content.packets[0].outbound.has_value());
}

TEST(pcapng, a_file_that_is_no_capture_is_named_with_the_offset) {
  const std::string section = "0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffff ffffffff 1c000000";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "c:0: no whole section header"},
      {"0a0d", "c:0: no whole section header"},
      {"d4c3b2a1 02000400 00000000", "c:0: not a pcapng file"},
      {"0a0d0d0a 1c000000 4d3c2b1b 01000000 ffffffff ffffffff 1c000000", "c:0: unknown byte order"},
      {"0a0d0d0a 1c000000 4d3c2b1a 02000000 ffffffff ffffffff 1c000000",
       "c:0: unknown version of pcapng"},
      {section + "01000000 0d000000 00000000 00", "c:28: impossible block length"},
      {section + "05000000 0c000000 10000000", "c:28: the two lengths of a block differ"},
      {section + "01000000 14000000 71000000 00000000 14000000", "c:28: link type is not Ethernet"},
      {section + "06000000 20000000 00000000 00000000 00000000 00000000 00000000 20000000",
       "c:28: packet of no interface"},
      {section + "06000000 20000000 00000000 00000000 00000000 09000000 00000000 20000000",
       "c:28: broken packet"},
  };
  for (const auto& [hex, problem] : rows)
    EXPECT_EQ(read_pcapng(*from_hex(hex), "c").problem, problem);
  EXPECT_EQ(read_pcapng(std::filesystem::path("/nowhere/c")).problem, "/nowhere/c: cannot open");
}

TEST(pcapng, a_failed_open_is_said_and_later_blocks_are_dropped) {
  const trace::scratch folder;
  pcapng_writer to;
  EXPECT_NE(to.open(folder / "none/c", "Halley", ""), "");
  EXPECT_NE(to.failure(), "");
  to.add_packet(to.add_interface("a"), 0ns, "x", true);
  to.flush();
  EXPECT_FALSE(std::filesystem::exists(folder / "none"));
}

}  // namespace
}  // namespace halley::capture
