#include "fuzz/models/gateway_lifecycle.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t piece_maximum = 512;

}  // namespace

void gateway_lifecycle::begin(scenario_writer& to) {
  to.about("fuzz/gateway-lifecycle/found", "A sequence that the model gateway-lifecycle found",
           "server");
  to.needs({"comet.log", "http.chunked-request", "http.full-duplex"});
  to.require("serves", "endpoint contract http.comet-echo", "A request begins a stream.");
  to.require("grammar", "endpoint contract http.comet-log, Comet event grammar",
             "Each connection has BEGIN, then READs, then exactly one END or ERROR.");
  to.require("cause", "endpoint contract http.comet-log, Comet event grammar",
             "An ERROR names its cause.");
}

bool gateway_lifecycle::step(choices& from, scenario_writer& to) {
  using commands = std::span<const weighted<command>>;
  static constexpr std::array<weighted<command>, 2> idle = {
      {{command::stream, 11}, {command::held, 4}}};
  static constexpr std::array<weighted<command>, 4> streaming = {
      {{command::data, 5}, {command::finish, 3}, {command::cut, 6}, {command::broken, 1}}};
  static constexpr std::array<weighted<command>, 1> held = {{{command::cut, 15}}};
  auto legal = commands(idle);
  if (streaming_) legal = held_ ? commands(held) : commands(streaming);
  const auto next = draw_command(from, legal);
  if (!next) return false;
  switch (*next) {
    case command::stream:
    case command::held:
      begin_stream(to, *next == command::held);
      break;
    case command::data:
      data(from, to);
      break;
    case command::finish:
      finish(to);
      break;
    case command::cut:
      cut(from, to);
      break;
    case command::broken:
      broken(to);
      break;
  }
  return true;
}

void gateway_lifecycle::end(scenario_writer& to) {
  if (events_.empty()) return;
  const actor_of asking{{}, "log"};
  to.open("http.comet-log", asking);
  to.send("http.head",
          text("GET ${target.http.comet-log.path} HTTP/1.1\n"
               "Host: ${target.http.comet-log.authority}\n"),
          asking);
  to.expect({{"answered", {event("http.response", {{"status", number(200)}})}, {}}}, {"grammar"},
            asking);
  to.expect_json("log", {"grammar"}, asking);
  to.assert_equal(text("${log.event}"), names(events_), {"grammar"});
  to.assert_equal(text("${log.subtype}"), names(subtypes_), {"cause"});
}

void gateway_lifecycle::log(const std::string& what, const std::string& subtype) {
  events_.push_back(what);
  subtypes_.push_back(subtype);
}

void gateway_lifecycle::begin_stream(scenario_writer& to, bool held) {
  to.command(held ? "held stream" : "stream");
  to.open("http.comet-echo");
  const std::string first = held ? "GET" : "POST";
  const std::string framing = held ? "" : "Transfer-Encoding: chunked\n";
  to.send("http.head", text(first +
                            " ${target.http.comet-echo.path}?key=${key} HTTP/1.1\n"
                            "Host: ${target.http.comet-echo.authority}\n" +
                            framing));
  to.expect({{"begun", {event("http.response", {{"status", number(200)}})}, {}}}, {"serves"});
  log("BEGIN");
  streaming_ = true;
  held_ = held;
}

void gateway_lifecycle::data(choices& from, scenario_writer& to) {
  const auto size = std::max<std::uint32_t>(1, draw_size(from, piece_maximum));
  to.command("data");
  to.send("http.chunk", map({{"data", patterned("ascii", size)}}));
  to.expect({{"echoed", {event("http.body", {{"equals", patterned("ascii", size)}})}, {}}},
            {"serves"});
  log("READ");
}

void gateway_lifecycle::finish(scenario_writer& to) {
  to.command("end");
  to.send("http.end", map({}));
  to.expect({{"complete", {event("http.end", {{"complete", truth(true)}})}, {}}}, {"serves"});
  log("END");
  to.close("fin");
  streaming_ = false;
}

/// The pause is there because nothing tells a client that its end was seen.
void gateway_lifecycle::cut(choices& from, scenario_writer& to) {
  to.command("cut");
  to.close(from.draw(2) == 0 ? "fin" : "rst");
  to.delay("50ms");
  log("ERROR", "CLIENT_DISCONNECT");
  streaming_ = false;
}

void gateway_lifecycle::broken(scenario_writer& to) {
  to.command("no chunk");
  to.send("bytes", text("zz\r\n"));
  to.expect({{"ended", {event("tcp.closed")}, {}},
             {"complete", {event("http.end", {{"complete", truth(true)}})}, {"serves"}}},
            {"serves"});
  to.close("fin");
  log("ERROR", "IOEXCEPTION");
  streaming_ = false;
}

}  // namespace halley::fuzz
