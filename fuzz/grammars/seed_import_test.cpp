#include "fuzz/grammars/seed_import.hpp"

#include "base/bytes.hpp"
#include "capture/pcapng.hpp"
#include "capture/synthetic.hpp"
#include "fuzz/grammars/corpus_file.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/live/exchange.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;
using trace::direction;

/// A run of one instance, as events.
class run {
public:
  void open(const std::string& conn, bool we_are_client, const std::string& endpoint = "ws.echo") {
    add(conn, direction::none,
        trace::conn_open{.halley_is_client = we_are_client,
                         .local = "127.0.0.1:40001",
                         .remote = "127.0.0.1:8080",
                         .endpoint = endpoint});
  }
  void says(const std::string& conn, direction dir, octets data) {
    add(conn, dir, trace::wire_octets{.data = std::move(data)});
  }
  void fin(const std::string& conn, direction dir) { add(conn, dir, trace::tcp_fin{}); }
  void rst(const std::string& conn, direction dir) { add(conn, dir, trace::tcp_rst{}); }

  template <typename What>
  void add(const std::string& conn, direction dir, What what) {
    trace::event one;
    one.t = std::chrono::milliseconds(events.size());
    one.instance = "i";
    one.conn = conn;
    one.dir = dir;
    one.off = ends_[{conn, dir}];
    if constexpr (std::is_same_v<What, trace::wire_octets>) ends_[{conn, dir}] += what.data.size();
    one.what = std::move(what);
    events.push_back(std::move(one));
  }

  std::vector<trace::event> events;

private:
  std::map<std::pair<std::string, direction>, std::uint64_t> ends_;
};

class seed_import : public testing::Test {
public:
  seed_import()
      : folder(fs::path(testing::TempDir()) /
               ("halley-seeds-" +
                std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~seed_import() override { fs::remove_all(folder); }

protected:
  fs::path log_of(const run& what) const {
    trace::event_log log;
    EXPECT_EQ(log.open(folder / "events.jsonl", {}, false), "");
    for (trace::event one : what.events)
      log.append(one);
    return folder / "events.jsonl";
  }

  fs::path capture_of(const run& what) const {
    capture::pcapng_writer writer;
    EXPECT_EQ(writer.open(folder / "trace.pcapng", "halley", ""), "");
    capture::synthetic_capture(writer, {}).write("i", what.events);
    return folder / "trace.pcapng";
  }

  const fs::path folder;
};

const octets handshake =
    "GET /echo HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUpgrade: websocket\r\nConnection: "
    "Upgrade\r\n\r\n";

run two_connections() {
  run what;
  what.open("c1", true);
  what.says("c1", direction::out, handshake);
  what.open("c2", true, "http.root");
  what.says("c2", direction::out, "GET / HTTP/1.1\r\n");
  what.says("c1", direction::in, "HTTP/1.1 101 Switching Protocols\r\n\r\n");
  what.says("c2", direction::out, "Host: a.test\r\n\r\n");
  what.says("c1", direction::out, octets("\x88\x80\0\0\0\0", 6));
  what.says("c2", direction::in, "HTTP/1.1 200 OK\r\n\r\n");
  what.fin("c1", direction::out);
  what.rst("c2", direction::out);
  return what;
}

TEST_F(seed_import, makes_an_exchange_of_each_client) {
  const exchange first = {
      .at = {.contract = "ws.echo", .authority = "127.0.0.1:8080", .path = "/echo"},
      .acts = {{.what = act::kind::write, .data = handshake},
               {.what = act::kind::answer, .data = {}},
               {.what = act::kind::write, .data = octets("\x88\x80\0\0\0\0", 6)},
               {.what = act::kind::finish, .data = {}}},
      .deviations = {}};
  const exchange second = {
      .at = {.contract = "http.root", .authority = "a.test", .path = "/"},
      .acts = {{.what = act::kind::write, .data = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"},
               {.what = act::kind::answer, .data = {}},
               {.what = act::kind::reset, .data = {}}},
      .deviations = {}};
  const run what = two_connections();
  const std::vector<exchange> expected = {first, second};
  const auto of_log = import_events(log_of(what));
  EXPECT_EQ(of_log.known.seeds, expected);
  EXPECT_TRUE(of_log.problems.empty());
  const auto of_capture = import_capture(capture_of(what));
  EXPECT_EQ(of_capture.known.seeds, expected);
  EXPECT_TRUE(of_capture.problems.empty());
}

TEST_F(seed_import, takes_the_clients_side_where_halley_serves) {
  run what;
  what.open("c1", false, "origin");
  what.says("c1", direction::in, "GET /x HTTP/1.1\r\nHost: b.test\r\n\r\n");
  what.says("c1", direction::out, "HTTP/1.1 200 OK\r\n\r\n");
  const auto read = import_events(log_of(what));
  ASSERT_EQ(read.known.seeds.size(), 1U);
  EXPECT_EQ(read.known.seeds.front().at,
            (place{.contract = "http.root", .authority = "b.test", .path = "/x"}));
}

TEST_F(seed_import, keeps_each_exchange_once_and_none_that_is_silent) {
  run what;
  for (const auto* conn : {"c1", "c2", "c3"}) {
    what.open(conn, true);
    what.says(conn, direction::out, handshake);
  }
  what.open("c4", true);
  what.fin("c4", direction::out);
  EXPECT_EQ(import_events(log_of(what)).known.seeds.size(), 1U);
}

TEST_F(seed_import, cuts_what_is_larger_than_an_exchange) {
  run what;
  what.open("c1", true);
  what.says("c1", direction::out, octets(most_octets + 1, 'a'));
  what.open("c2", true);
  for (std::size_t i = 0; i < most_acts; ++i) {
    what.says("c2", direction::out, "b");
    what.says("c2", direction::in, "b");
  }
  const auto read = import_events(log_of(what));
  ASSERT_EQ(read.known.seeds.size(), 2U);
  for (const exchange& one : read.known.seeds) {
    EXPECT_LE(sent_by(one).size(), most_octets);
    EXPECT_LE(one.acts.size(), most_acts);
    EXPECT_EQ(one.acts.back().what, act::kind::close);
  }
}

TEST_F(seed_import, stops_at_its_limits) {
  import_limits few;
  few.corpus.seeds = 1;
  const run what = two_connections();
  EXPECT_EQ(import_events(log_of(what), few).known.seeds.size(), 1U);
  EXPECT_EQ(import_capture(capture_of(what), few).known.seeds.size(), 1U);
  few = {};
  few.corpus.all_octets = 4;
  const auto cut = import_capture(capture_of(what), few);
  ASSERT_EQ(cut.known.seeds.size(), 1U);
  EXPECT_EQ(sent_by(cut.known.seeds.front()), "GET ");
  few.log_octets = 10;
  EXPECT_EQ(import_events(folder / "events.jsonl", few).problems.size(), 1U);
}

TEST_F(seed_import, says_what_cannot_be_read) {
  EXPECT_EQ(import_events(folder / "none").problems.size(), 1U);
  EXPECT_EQ(import_capture(folder / "none").problems.size(), 1U);
  std::ofstream(folder / "text") << "no capture\n";
  EXPECT_EQ(import_capture(folder / "text").problems.size(), 1U);
  EXPECT_EQ(import_events(folder / "text").problems.size(), 1U);
}

TEST(place_in, tells_contracts_by_the_head) {
  const std::vector<std::pair<octets, place>> cases = {
      {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
       {.contract = "proxy.connect", .authority = "a:1", .path = ""}},
      {"GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n",
       {.contract = "proxy.http", .authority = "a", .path = "/b?c"}},
      {"GET /e HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n",
       {.contract = "http.sse-stream", .authority = "a", .path = "/e"}},
      {"GET /p?cursor=1 HTTP/1.1\r\nHost: a\r\n\r\n",
       {.contract = "http.longpoll", .authority = "a", .path = "/p?cursor=1"}},
      {"\x16\x03\x01", {.contract = "http.root", .authority = "", .path = ""}},
      {"", {.contract = "http.root", .authority = "", .path = ""}},
  };
  for (const auto& [written, expected] : cases)
    EXPECT_EQ(place_in(written), expected) << written;
}

}  // namespace
}  // namespace halley::fuzz
