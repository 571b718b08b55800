#include "reference-server/gateway.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "reference-server/options.hpp"
#include "reference-server/test_client.hpp"
#include "transport/transport.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace halley::gateway {
namespace {

struct exchange_case {
  octets send;
  octets expected;
};

void expect_all(const std::vector<exchange_case>& cases) {
  test_bed bed;
  for (const exchange_case& one : cases) {
    const octets seen = bed.talk(one.send, one.expected);
    EXPECT_NE(seen.find(one.expected), octets::npos)
        << printable(one.send) << "\nexpected " << printable(one.expected) << "\ngot "
        << printable(seen);
  }
}

octets head_of_size(std::size_t size) {
  return "GET / HTTP/1.1\r\nHost: a\r\nX: " + octets(size, 'x');
}

TEST(gateway, refuses_what_no_server_may_accept) {
  const octets closing = "Connection: close\r\n\r\n";
  const auto posted = [](const octets& fields, const octets& body = "") {
    return head("POST /http-echo", fields) + body;
  };
  expect_all({
      {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/1.1\r\n\r\n", closing},
      {head("GET /", "Host: b\r\n"), "HTTP/1.1 400"},
      {head("GET /", "A: b\r\n c\r\n"), "HTTP/1.1 400"},
      {head("GET /", octets("A: b\0\r\n", 7)), "HTTP/1.1 400"},
      {"GET / HTTP/1.1\nHost: a\r\n\r\n", "HTTP/1.1 400"},
      {posted("Transfer-Encoding: chunked, gzip\r\n"), "HTTP/1.1 400"},
      {posted("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), "HTTP/1.1 400"},
      {posted("Content-Length: 1\r\nContent-Length: 2\r\n"), "HTTP/1.1 400"},
      {posted("Content-Length: +1\r\n"), "HTTP/1.1 400"},
      {posted("Transfer-Encoding: gzip, chunked\r\n"), "HTTP/1.1 501"},
      {posted("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"), "HTTP/1.1 400"},
      {posted("Transfer-Encoding: chunked\r\n", "1\r\nab"), "HTTP/1.1 400"},
      {posted("Expect: 200-ok\r\n"), "HTTP/1.1 417"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400"},
      {"GET /" + octets(70000, 'x'), "HTTP/1.1 414"},
      {head_of_size(70000), "HTTP/1.1 431"},
      {"GET / HTTP/2.0\r\n", "HTTP/1.1 505"},
      {"GET /\r\n", "HTTP/1.1 400"},
      {head("GET /nothing"), "HTTP/1.1 404"},
      {head("PUT /status"), "Allow: GET, HEAD, OPTIONS\r\n"},
      {posted("Content-Length: 99999999999\r\n"), "HTTP/1.1 413"},
  });
}

TEST(gateway, answers_requests_in_their_order) {
  expect_all({
      {head("GET /http-echo") + head("HEAD /http-echo") +
           head("POST /http-echo", "Content-Length: 3\r\nConnection: close\r\n") + "abc",
       "\r\n\r\nabc<FIN>"},
      {head("HEAD /http-echo", "Connection: close\r\n"),
       "Content-Length: 2\r\nConnection: close\r\n\r\n<FIN>"},
      {"GET /http-echo HTTP/1.0\r\n\r\n", "\r\n\r\nOK<FIN>"},
      {"\r\n" + head("OPTIONS *"), "HTTP/1.1 204"},
      {head("POST /http-echo", "Expect: 100-continue\r\nContent-Length: 1\r\n"),
       "HTTP/1.1 100 Continue\r\n\r\n"},
      {head("POST /inspect", "Transfer-Encoding: chunked\r\n") +
           "2;a=\"b\"\r\nhi\r\n0\r\nT: v\r\n\r\n",
       R"("trailers":[["T","v"]])"},
      {head("GET /status"), "uptime_ms"},
  });
}

TEST(gateway, speaks_websocket_to_the_letter) {
  const octets fail("\x88\x02\x03\xEA<FIN>", 9);
  expect_all({
      {opening("/echo"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
      {opening("/echo") + frame(0x81, "hi") + frame(0x89, "p"), "\x81\x02hi\x8A\x01p"},
      {opening("/echo") + frame(0x01, "a") + frame(0x89, "p") + frame(0x80, "b"),
       "\x81\x02"
       "ab"},
      {opening("/echo") + frame(0x88, octet_view("\x03\xE8", 2)),
       octets("\x88\x02\x03\xE8<FIN>", 9)},
      {opening("/echo") + frame(0x88, octet_view("\x03\xED", 2)), fail},
      {opening("/echo") + frame(0xC1, "hi"), fail},
      {opening("/echo") + frame(0x81, "hi", false), fail},
      {opening("/echo") + frame(0x09, "hi"), fail},
      {opening("/echo") + octets("\x82\xFE\0\1\0\0\0\0x", 9), fail},
      {opening("/echo") + octets("\x82\xFF\x80\0\0\0\0\0\0\0\0\0\0\0", 14), fail},
      {opening("/echo") + frame(0x81, "\xFF"), octets("\x88\x02\x03\xEF<FIN>", 9)},
      {opening("/echo-small") + octets("\x82\xFF\0\0\0\0\0\1\0\1\0\0\0\0", 14),
       octets("\x88\x02\x03\xF1<FIN>", 9)},
      {opening("/echo", "Sec-WebSocket-Extensions: permessage-deflate\r\n") +
           frame(0xC1, octet_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7)),
       octets("\xC1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9)},
      {opening("/echo",
               "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8\r\n"),
       "Server: halley\r\n\r\n"},
      {opening("/echo-subprotocol", "Sec-WebSocket-Protocol: x, echo.halley\r\n"),
       "Sec-WebSocket-Protocol: echo.halley\r\n"},
      {opening("/echo", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "HTTP/1.1 400"},
      {opening("/echo", "", "12"),
       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Version: 13\r\n"},
      {head("GET /echo"), "HTTP/1.1 426"},
      {head("POST /echo"), "Allow: GET"},
  });
}

TEST(gateway, refuses_every_connect_that_is_not_for_loopback) {
  expect_all({
      {head("CONNECT 10.0.0.1:80"), "HTTP/1.1 403"},
      {head("CONNECT example.com:80"), "HTTP/1.1 403"},
      {head("CONNECT [::ffff:127.0.0.1]:80"), "HTTP/1.1 403"},
      {head("CONNECT 127.0.0.1:0"), "HTTP/1.1 400"},
      {head("CONNECT 127.0.0.1:65536"), "HTTP/1.1 400"},
      {head("CONNECT 127.0.0.1"), "HTTP/1.1 400"},
      {head("CONNECT ::1:80"), "HTTP/1.1 400"},
      {head("CONNECT me@127.0.0.1:80"), "HTTP/1.1 400"},
      {head("CONNECT 127.0.0.1:1"), "HTTP/1.1 502"},
  });
}

awaitable<void> half_closed_tunnel(test_bed& bed) {
  error_code error;
  const transport::endpoint any;
  const auto target = bed.world.listen(any, error);
  const transport::endpoint proxy = bed.served.local();
  const auto client = co_await test_client::to(bed.world, proxy);
  co_await client->send(head("CONNECT " + transport::to_string(target->local())) + "early");
  test_client origin;
  origin.lower = co_await transport::accept(*target, error);
  co_await client->read_until("\r\n\r\n");
  EXPECT_EQ(client->seen, "HTTP/1.1 200 Connection Established\r\n\r\n");
  co_await client->send(" late");
  client->lower->shutdown_send(error);
  co_await origin.read_until("<FIN>");
  EXPECT_EQ(origin.seen, "early late<FIN>");
  const octets answer(1U << 20U, 'x');
  co_await origin.send(answer);
  origin.lower->shutdown_send(error);
  co_await client->read_until("<FIN>");
  EXPECT_EQ(client->seen.size(), 39U + answer.size() + 5U);
}

TEST(gateway, keeps_the_other_direction_of_a_half_closed_tunnel) {
  test_bed bed;
  bed.run(half_closed_tunnel(bed));
}

awaitable<void> reset_tunnel(test_bed& bed, octets expected) {
  error_code error;
  const transport::endpoint any;
  const auto target = bed.world.listen(any, error);
  const transport::endpoint proxy = bed.served.local();
  const auto client = co_await test_client::to(bed.world, proxy);
  co_await client->send(head("CONNECT " + transport::to_string(target->local())));
  test_client origin;
  origin.lower = co_await transport::accept(*target, error);
  co_await client->read_until("\r\n\r\n");
  client->lower->abort();
  co_await origin.read_until("<");
  EXPECT_EQ(origin.seen, expected);
}

TEST(gateway, passes_a_reset_on_through_the_tunnel) {
  test_bed bed;
  bed.run(reset_tunnel(bed, "<RST>"));
  options how;
  how.mutants = {"tunnel-hides-reset"};
  test_bed hiding(how);
  hiding.run(reset_tunnel(hiding, "<FIN>"));
}

awaitable<void> answered_behind_half_close(test_bed& bed, octets expected) {
  error_code error;
  const transport::endpoint any;
  const auto target = bed.world.listen(any, error);
  const transport::endpoint proxy = bed.served.local();
  const auto client = co_await test_client::to(bed.world, proxy);
  co_await client->send(head("CONNECT " + transport::to_string(target->local())));
  test_client origin;
  origin.lower = co_await transport::accept(*target, error);
  co_await client->read_until("\r\n\r\n");
  client->seen.clear();
  client->lower->shutdown_send(error);
  co_await origin.read_until("<FIN>");
  co_await origin.send("answer");
  origin.lower->shutdown_send(error);
  co_await client->read_until("<");
  EXPECT_EQ(client->seen, expected);
}

TEST(gateway, delivers_the_answer_behind_a_half_close) {
  test_bed bed;
  bed.run(answered_behind_half_close(bed, "answer<FIN>"));
  options how;
  how.mutants = {"tunnel-closes-both"};
  test_bed closing(how);
  closing.run(answered_behind_half_close(closing, "<FIN>"));
}

awaitable<void> fin_on_idle(test_bed& bed, octets expected) {
  const transport::endpoint where = bed.served.local();
  const auto client = co_await test_client::to(bed.world, where);
  co_await client->send(head("GET /http-echo"));
  co_await client->read_until("OK");
  error_code error;
  client->lower->shutdown_send(error);
  const instant before = bed.world.time().now();
  co_await client->read_until("<");
  const bool at_once = bed.world.time().now() - before < std::chrono::milliseconds(500);
  EXPECT_EQ(at_once ? "at once" : "late", expected);
}

TEST(gateway, answers_a_fin_on_an_idle_connection_with_its_own) {
  test_bed bed;
  bed.run(fin_on_idle(bed, "at once"));
  options how;
  how.mutants = {"leaks-close-wait"};
  how.http_keepalive_timeout = std::chrono::seconds(1);
  test_bed leaking(how);
  leaking.run(fin_on_idle(leaking, "late"));
}

TEST(gateway, beats_while_a_stream_is_silent) {
  test_bed bed;
  const octets beat = "\r\n3\r\n:\n\n\r\n";
  EXPECT_NE(bed.talk(head("GET /sse/a?heartbeat=1"), beat).find(beat), octets::npos);
}

awaitable<void> comet_timeouts(test_bed& bed) {
  const transport::endpoint where = bed.served.local();
  const auto client = co_await test_client::to(bed.world, where);
  co_await client->send(head("GET /comet?key=k&timeout=1"));
  const auto asking = co_await test_client::to(bed.world, where);
  // A notice comes each period and ends nothing.
  while (asking->seen.find("TIMEOUT") == asking->seen.rfind("TIMEOUT")) {
    asking->seen.clear();
    co_await asking->send(head("GET /comet-log/k"));
    co_await asking->read_until("]\n");
  }
  client->lower->abort();
  while (asking->seen.find("CLIENT_DISCONNECT") == octets::npos) {
    asking->seen.clear();
    co_await asking->send(head("GET /comet-log/k"));
    co_await asking->read_until("]\n");
  }
  EXPECT_EQ(asking->seen.find("\"END\""), octets::npos);
}

TEST(gateway, notices_a_comet_timeout_once_a_period) {
  test_bed bed;
  bed.run(comet_timeouts(bed));
}

awaitable<void> slow_subscriber(test_bed& bed) {
  const transport::endpoint where = bed.served.local();
  const auto slow = co_await test_client::to(bed.world, where);
  co_await slow->send(head("GET /stream/a"));
  co_await slow->read_until("\r\n\r\n");
  const auto publisher = co_await test_client::to(bed.world, where);
  const octets event(60'000, 'x');
  const octets post = head("POST /publish/a", "Content-Length: 60000\r\n") + event;
  // It reads nothing: the kernel's buffers fill, then its queue, then it is let go.
  while (bed.served.status()["stages"]["stream"]["dropped"] == 0) {
    publisher->seen.clear();
    co_await publisher->send(post);
    co_await publisher->read_until("ids");
  }
  EXPECT_NE(publisher->seen.find("200 OK"), octets::npos);
}

TEST(gateway, lets_a_slow_subscriber_go_and_serves_the_others) {
  test_bed bed;
  bed.run(slow_subscriber(bed));
}

awaitable<void> comet_pieces(test_bed& bed) {
  const transport::endpoint where = bed.served.local();
  const auto client = co_await test_client::to(bed.world, where);
  co_await client->send(head("POST /comet?key=k", "Transfer-Encoding: chunked\r\n"));
  co_await client->read_until("\r\n\r\n");
  co_await client->send("2\r\nab\r\n");
  co_await client->read_until("2\r\nab\r\n");
  co_await client->send("1\r\nc\r\n");
  co_await client->read_until("1\r\nc\r\n");
  co_await client->send("0\r\n\r\n" + head("GET /comet-log/k", "Connection: close\r\n"));
  co_await client->read_until("<FIN>");
  EXPECT_NE(client->seen.find("1\r\nc\r\n0\r\n\r\nHTTP/1.1 200 OK"), octets::npos);
  const auto log = nlohmann::json::parse(
      client->seen.substr(client->seen.find("\r\n\r\n[") + 4,
                          client->seen.rfind(']') - client->seen.find("\r\n\r\n[") - 3));
  std::vector<std::string> events;
  for (const auto& one : log)
    events.push_back(one["event"]);
  EXPECT_EQ(events, (std::vector<std::string>{"BEGIN", "READ", "READ", "END"}));
}

TEST(gateway, echoes_each_comet_piece_before_the_next) {
  test_bed bed;
  bed.run(comet_pieces(bed));
}

awaitable<void> abandoned_poll(test_bed& bed, octets expected) {
  const transport::endpoint where = bed.served.local();
  const auto client = co_await test_client::to(bed.world, where);
  co_await client->send(head("GET /poll/a?cursor=0"));
  while (bed.served.status()["polls_held"] == 0)
    co_await clock::sleep_for(bed.world.time(), std::chrono::milliseconds(1));
  client->lower->close();
  while (bed.served.status()["polls_held"] != 0)
    co_await clock::sleep_for(bed.world.time(), std::chrono::milliseconds(1));
  const auto next = co_await test_client::to(bed.world, where);
  co_await next->send(head("POST /publish/a?count=1") + head("GET /poll/a?cursor=0&hold=0"));
  co_await next->read_until("\"cursor\"");
  EXPECT_NE(next->seen.find(expected), octets::npos) << printable(next->seen);
}

TEST(gateway, loses_nothing_to_an_abandoned_poll) {
  test_bed bed;
  bed.run(abandoned_poll(bed, R"("data":"1")"));
  options how;
  how.mutants = {"poll-eats-on-abandon"};
  test_bed eating(how);
  eating.run(abandoned_poll(eating, R"("events":[])"));
}

awaitable<void> live_event(test_bed& bed, octets subscribe, octets expected) {
  const transport::endpoint where = bed.served.local();
  const auto client = co_await test_client::to(bed.world, where);
  co_await client->send(subscribe);
  co_await client->read_until("\r\n\r\n");
  const auto publisher = co_await test_client::to(bed.world, where);
  co_await publisher->send(head("POST /publish/a", "Content-Length: 5\r\n") + "hello");
  co_await client->read_until(expected);
  EXPECT_NE(client->seen.find(expected), octets::npos) << printable(client->seen);
}

TEST(gateway, carries_one_event_over_every_view_of_a_topic) {
  test_bed bed;
  bed.run(live_event(bed, head("GET /sse/a"), "id: 1\ndata: hello\n\n"));
  bed.run(live_event(bed, head("GET /stream/a"), R"({"data":"hello","id":2})"));
  bed.run(live_event(bed, opening("/topics/a"), "\x81\x05hello"));
  EXPECT_EQ(bed.served.status()["topics"], 1);
}

awaitable<void> shut_down(test_bed& bed) {
  const std::vector<exchange_case> open = {
      {head("GET /sse/a"), "0\r\n\r\n<FIN>"},
      {head("GET /stream/a"), "{\"end\":true}\n\r\n0\r\n\r\n<FIN>"},
      {head("GET /comet"), "0\r\n\r\n<FIN>"},
      {head("POST /comet", "Transfer-Encoding: chunked\r\n"), "0\r\n\r\n<FIN>"},
      {opening("/echo"), octets("\x88\x02\x03\xE9", 4)},
  };
  const transport::endpoint where = bed.served.local();
  std::vector<std::unique_ptr<test_client>> clients;
  for (const exchange_case& one : open) {
    clients.push_back(co_await test_client::to(bed.world, where));
    co_await clients.back()->send(one.send);
    co_await clients.back()->read_until("\r\n\r\n");
  }
  auto poll = co_await test_client::to(bed.world, where);
  co_await poll->send(head("GET /poll/a"));
  while (bed.served.status()["polls_held"] == 0)
    co_await clock::sleep_for(bed.world.time(), std::chrono::milliseconds(1));
  bed.stopping = bed.spawn(bed.served.stop());
  co_await poll->read_until("<FIN>");
  EXPECT_NE(poll->seen.find(R"({"cursor":"0","events":[]})"), octets::npos);
  for (std::size_t i = 0; i < open.size(); ++i) {
    co_await clients[i]->read_until(open[i].expected);
    EXPECT_NE(clients[i]->seen.find(open[i].expected), octets::npos) << printable(open[i].send);
    clients[i]->lower->close();
  }
}

TEST(gateway, completes_every_stream_when_it_stops) {
  test_bed bed;
  bed.run(shut_down(bed));
  bed.finish();
  EXPECT_EQ(bed.served.status()["connections"]["open"], 0);
}

}  // namespace
}  // namespace halley::gateway
