// What a connection is called does not depend on which pass judged it.
#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/clean_scan.hpp"
#include "inspect/talk_test_support.hpp"
#include "inspect/verdict.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::inspect {
namespace {

using captured::client;
using captured::said;
using captured::server;

octets asked(const std::string& method) {
  return method + " /events HTTP/1.1\r\nHost: h\r\n\r\n";
}

octets answered(const std::string& status, const std::string& fields, const octets& body = {}) {
  return "HTTP/1.1 " + status + "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" + fields + "\r\n" +
         body;
}

struct label {
  bool clear = false;
  std::string is;
};

label scanned(const std::vector<said>& all) {
  clean_scan scan(captured::opening());
  std::uint64_t frame = 0;
  const auto now = [&] {
    ++frame;
    return capture::moment{.frame = frame, .t = std::chrono::milliseconds(frame)};
  };
  for (const said& one : all)
    scan.data(one.by, one.data, now());
  scan.fin(server, now());
  scan.fin(client, now());
  return {scan.clear(), std::string(scan.figures().protocol)};
}

TEST(labels, both_passes_call_a_connection_the_same) {
  const std::string stream = "Content-Type: text/event-stream\r\n";
  const std::string five = "Content-Length: 5\r\n";
  struct called {
    const char* is;
    std::vector<said> all;
  };
  const std::vector<called> cases = {
      {"sse", {{client, asked("GET")}, {server, answered("200 OK", stream, "data: a\n\n")}}},
      {"http", {{client, asked("HEAD")}, {server, answered("200 OK", stream)}}},
      {"http", {{client, asked("GET")}, {server, answered("204 No Content", stream)}}},
      {"http", {{client, asked("GET")}, {server, answered("304 Not Modified", stream)}}},
      {"sse",
       {{client, asked("GET") + asked("HEAD")},
        {server, answered("200 OK", stream + "Content-Length: 9\r\n", "data: a\n\n")},
        {server, answered("200 OK", five)}}},
      {"http",
       {{client, asked("HEAD") + asked("GET")},
        {server, answered("200 OK", stream)},
        {server, answered("200 OK", five, "hello")}}},
      {"http",
       {{client, asked("GET")},
        {server, answered("200 OK", "Content-Type: text/event-streams\r\n" + five, "hello")}}},
  };
  for (const called& one : cases) {
    const label scan = scanned(one.all);
    EXPECT_TRUE(scan.clear) << one.all.back().data;
    EXPECT_EQ(scan.is, one.is) << one.all.back().data;
    EXPECT_EQ(captured::verdict_of(one.all).protocol, one.is) << one.all.back().data;
  }
}

}  // namespace
}  // namespace halley::inspect
