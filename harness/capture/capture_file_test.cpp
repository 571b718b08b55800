#include "capture/capture_file.hpp"

#include "base/bytes.hpp"
#include "capture/pcapng.hpp"
#include "capture/pcapng_format.hpp"
#include "capture/written_capture.hpp"
#include "trace/scratch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

using namespace std::chrono_literals;
using written::blocks;
using written::pcap_header;
using written::pcap_record;
namespace format = pcapng_format;

struct read_file {
  std::vector<packet_view> packets;
  std::optional<capture_problem> problem;
  bool truncated = false;
};

read_file read_all(capture_file& file) {
  read_file result;
  packet_view one;
  while (file.next(one))
    result.packets.push_back(one);
  result.problem = file.problem();
  result.truncated = file.truncated();
  return result;
}

std::string problem_of(octet_view data) {
  capture_file file;
  file.open(data, "c");
  packet_view one;
  while (file.next(one)) {
  }
  return file.problem() ? to_string(*file.problem()) : "";
}

/// A file with everything that a file may hold.
octets rich_file(bool big_endian) {
  const blocks one(big_endian);
  const auto flags = one.body().option(format::option_packet_flags, one.body().put32(2).all());
  return one.section() + one.interface(one.body().option(2, "eth0").all()) +
         one.block(4, one.body().add("names")) +
         one.packet(7, "first", one.body().option(1, "look").add(flags.all()).all()) +
         one.block(10, one.body().add("secrets!")) + one.block(0xBAD, one.body().add("custom")) +
         one.block(
             format::obsolete_packet,
             one.body().put16(0).put16(9).put32(0).put32(8).put32(3).put32(4).add("old").pad()) +
         one.block(format::simple_packet, one.body().put32(6).add("simple")) +
         one.block(format::interface_statistics,
                   one.body().put32(0).put32(0).put32(0).option(5, one.body().put(11, 8).all()));
}

TEST(capture_file, pcap_of_each_unit_and_byte_order_is_read) {
  for (const bool big_endian : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      const octets data = pcap_header(big_endian, nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4, 113) +
                          pcap_record(big_endian, {1'700'000'000, 123'456}, "abc", 3) +
                          pcap_record(big_endian, {1'700'000'001, 0}, "de", 60);
      capture_file file;
      ASSERT_TRUE(file.open(data, "c"));
      const auto got = read_all(file);
      ASSERT_EQ(got.packets.size(), 2);
      const auto& first = got.packets[0];
      EXPECT_EQ(first.number, 1);
      EXPECT_EQ(first.link, 113);
      EXPECT_EQ(first.data, "abc");
      EXPECT_EQ(first.wire_length, 3);
      const auto part = nanoseconds ? std::chrono::nanoseconds(123'456) : 123'456us;
      EXPECT_EQ(first.t, 1'700'000'000s + part);
      EXPECT_EQ(got.packets[1].data, "de");
      EXPECT_EQ(got.packets[1].wire_length, 60);
      EXPECT_FALSE(got.truncated);
      EXPECT_FALSE(got.problem);
      EXPECT_EQ(file.kind(), capture_file::format::pcap);
      EXPECT_EQ(file.position(), data.size());
    }
  }
}

TEST(capture_file, each_kind_of_packet_block_is_read_and_others_are_passed_over) {
  for (const bool big_endian : {false, true}) {
    const octets data = rich_file(big_endian);
    capture_file file;
    ASSERT_TRUE(file.open(data, "c"));
    const auto got = read_all(file);
    EXPECT_FALSE(got.problem) << to_string(*got.problem);
    ASSERT_EQ(got.packets.size(), 3);
    EXPECT_EQ(got.packets[0].data, "first");
    EXPECT_EQ(got.packets[0].t, 7us);
    EXPECT_EQ(got.packets[0].comment, "look");
    EXPECT_EQ(got.packets[0].outbound, true);
    EXPECT_EQ(got.packets[1].data, "old");
    EXPECT_EQ(got.packets[1].t, 8us);
    EXPECT_EQ(got.packets[1].wire_length, 4);
    EXPECT_EQ(got.packets[1].comment, "");
    EXPECT_FALSE(got.packets[1].outbound);
    EXPECT_EQ(got.packets[2].data, "simple");
    EXPECT_EQ(got.packets[2].t, 8us);
    EXPECT_EQ(got.packets[2].number, 3);
    ASSERT_EQ(file.interfaces().size(), 1);
    EXPECT_EQ(file.interfaces()[0].name, "eth0");
    EXPECT_EQ(file.interfaces()[0].drops, 11);
  }
}

TEST(capture_file, ticks_of_each_resolution_become_nanoseconds) {
  struct row {
    std::uint8_t resolution;
    std::uint64_t ticks;
    std::chrono::nanoseconds t;
  };
  constexpr std::uint64_t second = 1'700'000'000;
  const std::vector<row> rows = {
      {6, second * 1'000'000 + 5, second * 1s + 5us},
      {9, second * 1'000'000'000 + 5, second * 1s + 5ns},
      {0, second, second * 1s},
      {3, second * 1000 + 5, second * 1s + 5ms},
      {10, 1'000'000'000'05, 10s},
      {12, 7'000'000'001'999, 7s + 1ns},
      {127, 12345, 0ns},
      {0x80, second, second * 1s},
      {0x80 | 1, second * 2 + 1, second * 1s + 500ms},
      {0x80 | 20, (second << 20U) + (1U << 18U), second * 1s + 250ms},
      {0x80 | 32, (second << 32U) + (1U << 31U), second * 1s + 500ms},
      {0x80 | 63, std::uint64_t{3} << 62U, 1s + 500ms},
      {0xFF, 12345, 0ns},
  };
  for (const bool big_endian : {false, true}) {
    for (const auto& one : rows) {
      const blocks to(big_endian);
      const auto resolution = to.body().option(9, octets(1, static_cast<char>(one.resolution)));
      const octets data = to.section() + to.interface(resolution.all()) + to.packet(one.ticks, "x");
      capture_file file;
      ASSERT_TRUE(file.open(data, "c"));
      packet_view got;
      ASSERT_TRUE(file.next(got));
      EXPECT_EQ(got.t, one.t) << int{one.resolution};
    }
  }
}

TEST(capture_file, an_offset_of_the_clock_is_added) {
  const blocks to(false);
  const auto offset = to.body().option(14, to.body().put(static_cast<std::uint64_t>(-2), 8).all());
  const octets data = to.section() + to.interface(offset.all()) + to.packet(5'000'000, "x");
  capture_file file;
  file.open(data, "c");
  packet_view got;
  ASSERT_TRUE(file.next(got));
  EXPECT_EQ(got.t, 3s);
}

TEST(capture_file, sections_of_different_byte_orders_keep_their_own_interfaces) {
  const blocks big(true);
  const octets data = rich_file(false) + big.section() +
                      big.interface(big.body().option(2, "wlan0").all(), 101) + big.packet(9, "z");
  capture_file file;
  file.open(data, "c");
  const auto got = read_all(file);
  ASSERT_EQ(got.packets.size(), 4);
  EXPECT_EQ(got.packets[3].interface, 1);
  EXPECT_EQ(got.packets[3].link, 101);
  EXPECT_EQ(got.packets[3].t, 9us);
  EXPECT_EQ(file.interfaces()[1].name, "wlan0");
}

TEST(capture_file, every_cut_gives_the_packets_before_it_and_is_said) {
  for (const octets& whole :
       {rich_file(false), rich_file(true),
        pcap_header(false, 0xA1B2C3D4) + pcap_record(false, {1, 2}, "abc", 3)}) {
    std::size_t before = 0;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const std::vector<char> exact(whole.begin(),
                                    whole.begin() + static_cast<std::ptrdiff_t>(size));
      capture_file file;
      const bool opened = file.open(octet_view(exact.data(), exact.size()), "c");
      const auto got = read_all(file);
      EXPECT_EQ(opened, !got.problem.has_value());
      EXPECT_GE(got.packets.size(), before);
      before = got.packets.size();
      EXPECT_FALSE(got.truncated && file.position() == size);
    }
    EXPECT_GT(before, 0);
  }
}

TEST(capture_file, every_garbled_octet_is_survived) {
  for (const octets& whole :
       {rich_file(false), rich_file(true),
        pcap_header(false, 0xA1B2C3D4) + pcap_record(false, {1, 2}, "abc", 3) +
            pcap_record(false, {1, 2}, "abc", 3)}) {
    std::size_t problems = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      for (const unsigned change : {0x01U, 0x55U, 0x80U, 0xFFU}) {
        std::vector<char> garbled(whole.begin(), whole.end());
        garbled[i] = static_cast<char>(octet_at(whole, i) ^ change);
        capture_file file;
        file.open(octet_view(garbled.data(), garbled.size()), "c");
        const auto got = read_all(file);
        for (const auto& one : got.packets)
          EXPECT_TRUE(one.data.empty() ||
                      (one.data.data() >= garbled.data() &&
                       one.data.data() + one.data.size() <= garbled.data() + garbled.size()));
        problems += got.problem ? 1 : 0;
      }
    }
    EXPECT_GT(problems, 0);
  }
}

TEST(capture_file, what_is_broken_is_named_with_its_offset) {
  const blocks to(false);
  const auto short_body = [&](std::uint32_t type) { return to.block(type, to.body().put32(0)); };
  const octets begun = to.section() + to.interface();  // 28 + 20 octets
  const octets length = to.body().put32(6).put32(13).put32(0).all();
  const octets lengths = to.body().put32(6).put32(12).put32(16).all();
  octets huge = to.body().put32(6).put32(0x7FFFFFFC).put32(0).all();
  const std::vector<std::pair<octets, std::string>> rows = {
      {"", "c:0: empty file"},
      {"ab", "c:0: too short for a capture"},
      {"hello world",
       "c:0: neither pcap nor pcapng (editcap converts other formats: editcap FILE "
       "NEW.pcapng)"},
      {octets("\x1F\x8B\x08\0", 4),
       "c:0: no capture, but compressed by gzip (uncompress it: gzip -dc FILE | halley inspect -)"},
      {pcap_header(true, 0xA1B2C3D4).substr(0, 20), "c:0: the file header is cut short"},
      {pcap_header(false, 0xA1B2C3D4) + to.body().put(0, 8).put32(0xFFFFFFFF).put32(0).all(),
       "c:24: impossible packet length 4294967295"},
      {begun + length, "c:48: impossible block length 13"},
      {begun + lengths, "c:48: the two lengths of a block differ"},
      {begun + huge, "c:48: impossible block length 2147483644"},
      {to.section() + to.packet(1, "x"), "c:28: packet of no interface"},
      {begun + short_body(format::enhanced_packet), "c:48: broken packet"},
      {begun + short_body(format::obsolete_packet), "c:48: broken packet"},
      {begun + to.packet(1, "x").replace(20, 1, "\x09"), "c:48: broken packet"},
      {begun + to.block(format::simple_packet, to.body().put32(99)), "c:48: broken packet"},
      {to.section() + short_body(format::interface_description),
       "c:28: broken interface description"},
      {short_body(format::section_header).replace(8, 4, to.body().put32(0x1A2B3C4D).all()),
       "c:0: broken section header"},
      {to.section().replace(8, 1, "x"), "c:0: unknown byte order"},
      {to.section().replace(12, 1, "\x02"), "c:0: unknown version 2 of pcapng"},
  };
  for (const auto& [data, problem] : rows)
    EXPECT_EQ(problem_of(data), problem);
  capture_file missing;
  EXPECT_FALSE(missing.open("/nowhere/c"));
  EXPECT_EQ(to_string(*missing.problem()), "/nowhere/c:0: cannot open: No such file or directory");
}

TEST(capture_file, what_our_writer_writes_is_read_and_read_again) {
  const trace::scratch folder;
  {
    pcapng_writer to;
    ASSERT_EQ(to.open(folder / "c", "Halley", "run 1"), "");
    to.add_interface("a");
    to.add_packet(0, 1'700'000'000'123'456'789ns, "12345", true, "remark");
  }
  capture_file file;
  ASSERT_TRUE(file.open(folder / "c"));
  for (int i = 0; i < 2; ++i) {
    const auto got = read_all(file);
    ASSERT_EQ(got.packets.size(), 1);
    EXPECT_EQ(got.packets[0].data, "12345");
    EXPECT_EQ(got.packets[0].t, 1'700'000'000'123'456'789ns);
    EXPECT_EQ(got.packets[0].comment, "remark");
    EXPECT_EQ(got.packets[0].number, 1);
    EXPECT_EQ(file.application(), "Halley");
    EXPECT_EQ(file.comment(), "run 1");
    EXPECT_EQ(file.interfaces().size(), 1);
    file.rewind();
  }
}

TEST(capture_file, a_pipe_is_read_while_it_comes_and_again_afterwards) {
  const trace::scratch folder;
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string large(100'000, 'x');
  constexpr std::size_t count = 30;  // more than a read block
  std::thread writer([&] {
    std::ofstream to(pipe, std::ios::binary);
    to << pcap_header(false, 0xA1B2C3D4);
    for (std::size_t i = 0; i < count; ++i)
      to << pcap_record(false, {1, 2}, large, large.size());
    to << "cut";
  });
  capture_file file;
  ASSERT_TRUE(file.open(pipe));
  const auto first = read_all(file);
  writer.join();
  file.rewind();
  const auto second = read_all(file);
  for (const auto& got : {first, second}) {
    ASSERT_EQ(got.packets.size(), count);
    for (const auto& one : got.packets)
      EXPECT_EQ(one.data, large);
    EXPECT_TRUE(got.truncated);
    EXPECT_FALSE(got.problem);
  }
}

}  // namespace
}  // namespace halley::capture
