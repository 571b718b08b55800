#include "fuzz/live/exchange_scenario.hpp"

#include "base/bytes.hpp"
#include "checks/written_trace.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/suspicion.hpp"
#include "fuzz/oracles/written_record.hpp"
#include "fuzz/scenario_writer.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace halley::fuzz {
namespace {

const place root{"http.root", "127.0.0.1:8080", "/"};

TEST(ExchangeScenario, PutsTheEndpointOfAnyTargetIn) {
  EXPECT_EQ(flow_text(octets_value("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", root)),
            R"({concat: ["GET ", "${target.http.root.path}", " HTTP/1.1\r\nHost: ", )"
            R"("${target.http.root.authority}", "\r\n\r\n"]})");
}

TEST(ExchangeScenario, PutsThePortOfAGatewayInThatIsItsOwnOrigin) {
  const place gateway{"proxy.http", "127.0.0.1:8080", "/to/8080"};
  EXPECT_EQ(flow_text(octets_value("GET /to/8080/ HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n", gateway)),
            R"({concat: ["GET /to/", "${target.proxy.http.port}", "/ HTTP/1.1\r\nHost: ", )"
            R"("${target.proxy.http.authority}", "\r\n"]})");
  EXPECT_EQ(flow_text(octets_value("GET /to/9/ HTTP/1.1\r\n", gateway)),
            R"("GET /to/9/ HTTP/1.1\r\n")");
}

TEST(ExchangeScenario, KeepsOctetsThatAreNoText) {
  EXPECT_EQ(flow_text(octets_value(octet_view("\x81\x00", 2), root)), R"({hex: "8100"})");
  // What would be read as an expression.
  EXPECT_EQ(flow_text(octets_value("${x}", root)), R"({hex: "247b787d"})");
}

/// A finding of `variant`, shown by the first response to one request.
proof shown_by_answer(const std::string& contract, const std::string& variant, octets answer) {
  proof result;
  result.key = {"rule", variant};
  result.smallest = {
      {contract, "127.0.0.1:8080", "/"}, {{act::kind::write, "GET / HTTP/1.1\r\n\r\n", {}}}, {}};
  result.evidence = written::record_of(
      {{written::says::we, sent_by(result.smallest)}, {written::says::they, std::move(answer)}});
  result.shown.what.broken.ref = "RFC 9110 §1";
  const auto& events = result.evidence.events;
  result.shown.what.seq = std::ranges::find_if(events, [](const trace::event& one) {
                            return std::holds_alternative<wire::response_head>(one.what);
                          })->seq;
  return result;
}

std::string file_of(const proof& what) {
  const auto written = scenario_of(what, "found/a/b");
  (void)written.decoded();  // throws where it is none
  return written.yaml();
}

TEST(ExchangeScenario, LeavesToTheChecksWhatTheyShow) {
  const auto file = file_of(shown_by_answer("http.root", "sent", "HTTP/1.1 405 No\r\n\r\n"));
  EXPECT_THAT(file, testing::HasSubstr("{is: answered, events: [{http.response: {}}]}"));
  EXPECT_THAT(file, testing::Not(testing::HasSubstr("405")));
}

TEST(ExchangeScenario, NamesWhatMakesAnAnswerWrong) {
  EXPECT_THAT(file_of(shown_by_answer("ws.echo", "no-version-list", "HTTP/1.1 400 No\r\n\r\n")),
              testing::HasSubstr(
                  "{http.response: {status: 400, headers: {\"Sec-WebSocket-Version\": absent}}}"));
  EXPECT_THAT(file_of(shown_by_answer("http.echo", "other-content",
                                      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")),
              testing::HasSubstr("{http.response: {status: 200}}, {http.body: {equals: hi}}"));
}

TEST(ExchangeScenario, NamesThePongThatNobodyIsToSend) {
  proof what;
  what.key = {"rule", "answered"};
  what.smallest = {{"ws.echo", "127.0.0.1:8080", "/ws"},
                   {{act::kind::write, checks::written::upgrade(""), {}},
                    {act::kind::answer, {}, {}},
                    {act::kind::write, octets("\xc9\x80\x01\x02\x03\x04", 6), {}}},
                   {}};
  what.evidence = written::record_of(
      {{written::says::we, what.smallest.acts[0].data},
       {written::says::they, checks::written::switching()},
       {written::says::we, what.smallest.acts[2].data},
       {written::says::they, checks::written::frame(wire::opcode::text, "a") +
                                 checks::written::frame(wire::opcode::pong, "b")}});
  for (const trace::event& one : what.evidence.events) {
    const auto* const frame = std::get_if<wire::websocket_frame>(&one.what);
    if (frame != nullptr && frame->code == wire::opcode::pong) what.shown.what.seq = one.seq;
  }
  EXPECT_THAT(file_of(what),
              testing::HasSubstr("{expect: {within: \"5s\", event: {ws.frame: {}}}}\n"
                                 "  - {expect: {within: \"5s\", one_of: [{is: answered, events: "
                                 "[{ws.frame: {opcode: pong, payload: b}}], violates: [shown]}"));
}

TEST(ExchangeScenario, WaitsForWhatIsOwed) {
  const auto owed = [](octets sent, bool by_close) {
    proof what;
    what.key = {"rule", by_close ? "unanswered" : "unechoed"};
    what.smallest = {{"ws.echo", "127.0.0.1:8080", "/ws"},
                     {{act::kind::write, checks::written::upgrade(""), {}},
                      {act::kind::answer, {}, {}},
                      {act::kind::write, std::move(sent), {}},
                      {act::kind::answer, {}, {}}},
                     {}};
    what.evidence = written::record_of({{written::says::we, what.smallest.acts[0].data},
                                        {written::says::they, checks::written::switching()},
                                        {written::says::we, what.smallest.acts[2].data}});
    for (const trace::event& one : what.evidence.events)
      if (std::holds_alternative<wire::websocket_close>(one.what) ||
          std::holds_alternative<wire::websocket_message>(one.what))
        what.shown.what.seq = one.seq;
    return file_of(what);
  };
  const auto closing = owed(octets("\x88\x80\x01\x02\x03\x04", 6), true);
  EXPECT_THAT(closing, testing::HasSubstr("ignoring: [ws.frame, ws.message], event: {ws.close: "
                                          "{}}, violates: [shown]"));
  EXPECT_THAT(closing, testing::HasSubstr("event: {http.response: {status: 101}}"));
  // Nothing came where the second answer was waited for.
  EXPECT_THAT(closing, testing::HasSubstr("delay: \"300ms\""));
  EXPECT_THAT(owed(octets("\x81\x80\x01\x02\x03\x04", 6), false),
              testing::HasSubstr("event: {ws.message: {}}, violates: [shown]"));
}

TEST(ExchangeScenario, NamesTheCloseThatCallsAFrameWrong) {
  proof what;
  what.key = {"rule", "refused-valid"};
  what.smallest = {{"ws.echo", "127.0.0.1:8080", "/ws"},
                   {{act::kind::write, checks::written::upgrade(""), {}},
                    {act::kind::answer, {}, {}},
                    {act::kind::write, octets("\x81\x80\x01\x02\x03\x04", 6), {}}},
                   {}};
  what.evidence = written::record_of({{written::says::we, what.smallest.acts[0].data},
                                      {written::says::they, checks::written::switching()},
                                      {written::says::we, what.smallest.acts[2].data},
                                      {written::says::they, checks::written::close_frame(1007)}});
  for (const trace::event& one : what.evidence.events)
    if (std::holds_alternative<wire::websocket_close>(one.what)) what.shown.what.seq = one.seq;
  EXPECT_THAT(file_of(what),
              testing::HasSubstr("{is: refused-valid, events: [{ws.close: {code: 1007}}], "
                                 "violates: [shown]}"));
}

TEST(ExchangeScenario, GivesAGatewayAnOrigin) {
  auto what = shown_by_answer("proxy.http", "sent", "HTTP/1.1 405 No\r\n\r\n");
  EXPECT_THAT(file_of(what), testing::Not(testing::HasSubstr("origin")));
  what.smallest.at.path = "/to/8080";
  EXPECT_THAT(file_of(what), testing::HasSubstr("origin: {plays: server"));
}

}  // namespace
}  // namespace halley::fuzz
