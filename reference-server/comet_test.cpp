// The life of Comet streams, their handles and what ends them.
#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "reference-server/comet_plan.hpp"
#include "reference-server/comet_streams.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/test_client.hpp"
#include "transport/transport.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

const octets chunked_field = "Transfer-Encoding: chunked\r\n";
constexpr std::size_t room = 1024;

/// A stream without a connection: who rang, how often.
struct listed_stream {
  explicit listed_stream(octets key) {
    box.key = std::move(key);
    box.ring = [this] { ++rings; };
  }

  comet_mailbox box;
  int rings = 0;
};

std::vector<std::string> names_of(const nlohmann::json& log) {
  std::vector<std::string> names;
  for (const auto& one : log)
    names.push_back(one["event"].get<std::string>() +
                    (one.contains("subtype") ? "/" + one["subtype"].get<std::string>() : ""));
  return names;
}

TEST(comet_streams, a_handle_is_read_as_it_is_written) {
  const comet_handle one{3, 17};
  EXPECT_EQ(to_text(one), "3.17");
  EXPECT_EQ(parse_handle("3.17"), one);
  for (const char* const bad : {"", "3", "3.", ".17", "3.17x", "-3.17", "3 .17"})
    EXPECT_EQ(parse_handle(bad), std::nullopt) << bad;
}

TEST(comet_streams, a_handle_that_outlived_its_stream_names_nobody) {
  comet_streams open;
  listed_stream first("a");
  listed_stream second("a");
  const comet_handle old = open.open(first.box);
  EXPECT_TRUE(open.write(old, "x", room));
  open.close(old);
  EXPECT_FALSE(open.write(old, "y", room)) << "the stream is over";
  const comet_handle fresh = open.open(second.box);
  ASSERT_EQ(fresh.slot, old.slot) << "the place is taken again";
  EXPECT_FALSE(open.write(old, "z", room)) << "the place is another stream's";
  EXPECT_TRUE(open.write(fresh, "mine", room));
  EXPECT_EQ(first.box.outbox, "x");
  EXPECT_EQ(second.box.outbox, "mine");
  EXPECT_FALSE(open.write({9, 1}, "nobody", room));
}

TEST(comet_streams, without_generations_another_stream_is_written_to) {
  comet_streams open;
  open.forget_generations();
  listed_stream first("a");
  listed_stream second("a");
  const comet_handle old = open.open(first.box);
  open.close(old);
  open.open(second.box);
  EXPECT_TRUE(open.write(old, "foreign", room));
  EXPECT_EQ(second.box.outbox, "foreign");
}

TEST(comet_streams, what_is_ending_or_full_takes_nothing) {
  comet_streams open;
  listed_stream one("a");
  const comet_handle handle = open.open(one.box);
  EXPECT_TRUE(open.write(handle, octets(room, 'x'), room));
  EXPECT_FALSE(open.write(handle, "x", room)) << "no room";
  one.box.outbox.clear();
  EXPECT_EQ(open.end_all("a", "WEBAPP_RELOAD"), 1U);
  EXPECT_FALSE(open.write(handle, "x", room)) << "it ends";
  EXPECT_EQ(one.rings, 2) << "once for each thing that was asked";
}

TEST(comet_streams, a_key_ends_its_own_streams_once) {
  comet_streams open;
  listed_stream one("a");
  listed_stream other("b");
  open.open(one.box);
  open.open(other.box);
  EXPECT_EQ(open.end_all("a", "SESSION_END"), 1U);
  EXPECT_EQ(open.end_all("a", "SERVER_SHUTDOWN"), 0U) << "it is ending already";
  EXPECT_EQ(one.box.ending, "SESSION_END");
  EXPECT_EQ(other.box.ending, std::nullopt);
  EXPECT_EQ(open.end_every(""), 1U);
}

TEST(comet_plan, a_query_says_what_the_handler_does_or_is_refused) {
  const auto plan_of = [](const char* query) {
    request head;
    head.query = query;
    return read_plan(head);
  };
  const auto closing = plan_of("close=250&patience=7&flood=12");
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->ends_after, std::chrono::milliseconds(250));
  EXPECT_EQ(closing->patience, std::chrono::milliseconds(7));
  EXPECT_EQ(closing->floods, 12U);
  EXPECT_EQ(plan_of("close=read")->ends, comet_plan::point::read);
  EXPECT_EQ(plan_of("fail=begin")->fails, comet_plan::point::begin);
  EXPECT_EQ(plan_of("unread=1")->takes, 0U);
  EXPECT_EQ(plan_of("unread=rest")->takes, 1U);
  EXPECT_TRUE(plan_of("key=k&timeout=5"));
  for (const char* const bad : {"close=", "close=end", "close=-1", "close=99999999999", "fail=5",
                                "unread=2", "flood=1x", "flood=67108865", "patience="})
    EXPECT_FALSE(plan_of(bad)) << bad;
}

awaitable<void> stale_handle(test_bed& bed, octets expected) {
  const transport::endpoint where = bed.served.local();
  const auto first = co_await test_client::to(bed.world, where);
  co_await first->send(head("POST /comet-handler?key=k", chunked_field));
  co_await first->read_until("\r\n\r\n");
  const octets handle = bed.served.comet_events("k")[0]["handle"];
  const octets write = head("POST /comet-write/" + handle, "Content-Length: 7\r\n") + "foreign";
  const auto writer = co_await test_client::to(bed.world, where);
  co_await writer->send(write);
  co_await writer->read_until("{\"written\":true}");
  co_await first->read_until("7\r\nforeign\r\n");
  first->lower->abort();
  while (bed.served.comet_events("k").size() < 2)
    co_await clock::sleep_for(bed.world.time(), std::chrono::milliseconds(1));

  const auto second = co_await test_client::to(bed.world, where);
  co_await second->send(head("POST /comet-handler?key=k", chunked_field));
  co_await second->read_until("\r\n\r\n");
  second->seen.clear();
  writer->seen.clear();
  co_await writer->send(write);
  co_await writer->read_until("}\n");
  co_await second->send("4\r\nmine\r\n");
  co_await second->read_until("4\r\nmine\r\n");
  EXPECT_EQ(second->seen, expected);
}

TEST(comet, a_writer_that_outlived_its_stream_reaches_nobody) {
  test_bed bed;
  bed.run(stale_handle(bed, "4\r\nmine\r\n"));
  EXPECT_EQ(names_of(bed.served.comet_events("k")),
            (std::vector<std::string>{"BEGIN", "ERROR/CLIENT_DISCONNECT", "BEGIN", "READ"}));
  options how;
  how.mutants = {"comet-generation-unchecked"};
  test_bed unchecked(how);
  unchecked.run(stale_handle(unchecked, "7\r\nforeign\r\n4\r\nmine\r\n"));
}

awaitable<void> stopped_streams(test_bed& bed) {
  const transport::endpoint where = bed.served.local();
  const std::vector<octets> requests = {
      head("GET /comet?key=held"),
      head("POST /comet?key=open", chunked_field),
      head("POST /comet?key=inside", chunked_field) + "8\r\nPING",
      head("POST /comet-handler?key=length&close=60000", "Content-Length: 8\r\n") + "PING",
  };
  std::vector<std::unique_ptr<test_client>> clients;
  for (const octets& one : requests) {
    clients.push_back(co_await test_client::to(bed.world, where));
    co_await clients.back()->send(one);
    co_await clients.back()->read_until(one.ends_with("PING") ? "PING" : "\r\n\r\n");
  }
  bed.stopping = bed.spawn(bed.served.stop());
  for (const auto& one : clients) {
    co_await one->read_until("<");
    EXPECT_TRUE(one->seen.ends_with("0\r\n\r\n<FIN>")) << printable(one->seen);
    one->lower->close();
  }
}

TEST(comet, a_stop_ends_each_stream_with_its_reason_and_a_last_chunk) {
  test_bed bed;
  bed.run(stopped_streams(bed));
  bed.finish();
  const std::vector<std::string> silent = {"BEGIN", "END/SERVER_SHUTDOWN"};
  const std::vector<std::string> read = {"BEGIN", "READ", "END/SERVER_SHUTDOWN"};
  EXPECT_EQ(names_of(bed.served.comet_events("held")), silent);
  EXPECT_EQ(names_of(bed.served.comet_events("open")), silent);
  EXPECT_EQ(names_of(bed.served.comet_events("inside")), read);
  EXPECT_EQ(names_of(bed.served.comet_events("length")), read);
}

awaitable<void> written_at_once(test_bed& bed) {
  const transport::endpoint where = bed.served.local();
  const auto stream = co_await test_client::to(bed.world, where);
  co_await stream->send(head("GET /comet?key=k"));
  co_await stream->read_until("\r\n\r\n");
  stream->seen.clear();
  const octets handle = bed.served.comet_events("k")[0]["handle"];
  const octets piece(1000, 'p');
  const octets write = head("POST /comet-write/" + handle, "Content-Length: 1000\r\n") + piece;
  const octets end = head("POST /comet-end/k?subtype=SESSION_END", "Content-Length: 0\r\n");
  const auto writer = co_await test_client::to(bed.world, where);
  co_await writer->send(write + write + write + end + write);
  co_await writer->read_until("{\"written\":false}");
  EXPECT_NE(writer->seen.find("{\"ended\":1}"), octets::npos);
  co_await stream->read_until("0\r\n\r\n");
  EXPECT_EQ(std::ranges::count(stream->seen, 'p'), 3 * 1000) << "what was taken, and no more";
}

TEST(comet, what_was_taken_before_the_end_is_written_before_the_last_chunk) {
  test_bed bed;
  bed.run(written_at_once(bed));
  EXPECT_EQ(names_of(bed.served.comet_events("k")),
            (std::vector<std::string>{"BEGIN", "END/SESSION_END"}));
}

TEST(comet, an_end_without_a_reason_of_its_own_is_refused) {
  test_bed bed;
  const octets wrong = head("POST /comet-end/k?subtype=BOREDOM", "Content-Length: 0\r\n");
  EXPECT_NE(bed.talk(wrong, "HTTP/1.1 400").find("HTTP/1.1 400"), octets::npos);
  const octets none = head("POST /comet-end/k", "Content-Length: 0\r\n");
  EXPECT_NE(bed.talk(none, "}\n").find("{\"ended\":0}"), octets::npos);
  const octets plan = head("GET /comet-handler?close=never");
  EXPECT_NE(bed.talk(plan, "HTTP/1.1 400").find("HTTP/1.1 400"), octets::npos);
}

}  // namespace
}  // namespace halley::gateway
