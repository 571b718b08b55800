// What other people's tools see in a synthetic capture: tshark dissects it, finds nothing wrong
// with it, and takes no connection for another protocol.
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "capture/pcapng.hpp"
#include "capture/synthetic.hpp"
#include "trace/event.hpp"
#include "trace/scratch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

using trace::direction;
using trace::event;

constexpr const char* tshark = "/usr/bin/tshark";

struct message {
  direction dir;
  octets data;
};

const octets upgrade_request =
    "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const octets upgrade_response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Handshake; a masked "Hello" and its unmasked echo (RFC 6455 §5.7); a message that needs many
/// segments; two frames in one write; a header split octet by octet; Close both ways.
std::vector<message> websocket_talk() {
  const octets hello = *from_hex("8185 37fa213d 7f9f4d5158");
  const octets echo = *from_hex("8105 48656c6c6f");
  const octets big = *from_hex("827f 0000000000011170") + octets(70'000, 'b');
  const octets close = *from_hex("8882 00000000 03e8");
  return {{direction::out, upgrade_request},
          {direction::in, upgrade_response},
          {direction::out, hello},
          {direction::in, echo},
          {direction::in, big},
          {direction::in, echo + echo},
          {direction::out, hello.substr(0, 1)},
          {direction::out, hello.substr(1, 1)},
          {direction::out, hello.substr(2)},
          {direction::out, close},
          {direction::in, *from_hex("8802 03e8")}};
}

std::vector<message> chunked_talk() {
  return {{direction::out, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"},
          {direction::in,
           "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"},
          {direction::in, "5;a=b\r\nhello\r\n"},
          {direction::in, "6\r\n world\r\n"},
          {direction::in, "0\r\nTrailer: yes\r\n\r\n"}};
}

std::vector<event> events_of(const std::vector<message>& talk, bool halley_is_client) {
  std::vector<event> events;
  const auto add = [&](direction dir, decltype(event::what) what) {
    event one;
    one.conn = "c1";
    one.t = std::chrono::milliseconds(events.size());
    one.dir = dir;
    one.what = std::move(what);
    events.push_back(std::move(one));
  };
  trace::conn_open how;
  how.halley_is_client = halley_is_client;
  how.local = "127.0.0.1:11211";  // ports that tshark takes for memcache and SOCKS
  how.remote = "127.0.0.1:1080";
  add(direction::none, how);
  for (const auto& [dir, data] : talk) {
    const bool out = (dir == direction::out) == halley_is_client;
    add(out ? direction::out : direction::in, trace::wire_octets{data});
  }
  add(direction::in, trace::tcp_fin{});
  add(direction::out, trace::tcp_fin{});
  return events;
}

using rows = std::vector<std::vector<std::string>>;

/// The values of `fields` for each packet that `filter` lets through.
rows dissect(const std::filesystem::path& file,
             const std::string& filter,
             const std::vector<std::string>& fields) {
  std::string command = std::string(tshark) + " -n -r '" + file.string() +
                        "' -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -T fields";
  for (const auto& field : fields)
    command += " -e " + field;
  if (!filter.empty()) command += " -Y '" + filter + "'";
  std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 4096> block{};
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    text.append(block.data(), got);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  rows result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == '\t') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
    result.push_back(std::move(cells));
  }
  return result;
}

class dissected : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(tshark)) << tshark << " is missing: run ci/install";
    pcapng_writer to;
    ASSERT_EQ(to.open(file, "Halley", "run"), "");
    synthetic_capture synthetic(to, std::chrono::seconds(1'700'000'000));
    synthetic.write("ws/client", events_of(websocket_talk(), true),
                    {{"c1", direction::in, upgrade_response.size(), "this frame is wrong"}},
                    &index);
    synthetic.write("ws/server", events_of(websocket_talk(), false));
    synthetic.write("http/chunked", events_of(chunked_talk(), true));
    packets = to.packets();
  }

  trace::scratch folder;
  std::filesystem::path file = folder / "trace.pcapng";
  frame_index index;
  std::size_t packets = 0;
};

TEST_F(dissected, tshark_finds_nothing_wrong) {
  const rows all = dissect(file, "", {"ip.checksum.status", "tcp.checksum.status"});
  ASSERT_EQ(all.size(), packets);
  const std::vector<std::string> good = {"1", "1"};
  EXPECT_EQ(std::ranges::count(all, good), static_cast<std::ptrdiff_t>(packets));
  // Severity 0x600000 is a warning, what is above it an error.
  const rows wrong =
      dissect(file, "_ws.malformed || tcp.analysis.flags || _ws.expert.severity >= 0x600000",
              {"frame.number", "_ws.expert.message"});
  EXPECT_EQ(wrong, rows{});
}

TEST_F(dissected, tshark_sees_every_frame_of_both_roles) {
  std::map<std::string, std::string> opcodes;
  for (const auto& row : dissect(file, "websocket", {"frame.interface_name", "websocket.opcode"}))
    opcodes[row[0]] += row[1] + " ";
  const std::map<std::string, std::string> expected = {{"ws/client", "1 1 2 1,1 1 8 8 "},
                                                       {"ws/server", "1 1 2 1,1 1 8 8 "}};
  EXPECT_EQ(opcodes, expected);
}

TEST_F(dissected, tshark_sees_the_requests_responses_and_chunks) {
  const rows http = dissect(
      file, "http && !websocket",
      {"frame.interface_name", "http.request.uri", "http.response.code", "http.chunk_size"});
  const rows expected = {
      {"ws/client", "/chat", "", ""},      {"ws/client", "", "101", ""},
      {"ws/server", "/chat", "", ""},      {"ws/server", "", "101", ""},
      {"http/chunked", "/stream", "", ""}, {"http/chunked", "", "200", "5,6,0"},
  };
  EXPECT_EQ(http, expected);
}

TEST_F(dissected, tshark_shows_interfaces_directions_and_comments) {
  const rows remarked = dissect(file, "frame.comment contains \"wrong\"",
                                {"frame.number", "frame.interface_name", "frame.comment",
                                 "frame.packet_flags_direction", "frame.time_epoch"});
  const auto frame = index.find("c1", direction::in, upgrade_response.size());
  const rows expected = {{std::to_string(frame), "ws/client", "this frame is wrong", "0x00000001",
                          "1700000000.004000000"}};
  EXPECT_EQ(remarked, expected);
}

}  // namespace
}  // namespace halley::capture
