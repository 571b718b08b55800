#include "fuzz/models/websocket_session.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/value.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t control_maximum = 125;  // RFC 6455 §5.5
constexpr std::uint32_t message_maximum = 65536;

/// A frame that a server must not take, by its number.
struct broken_frame {
  const char* name;
  value (*frame)(bool in_message);
};

value frame(std::vector<std::pair<std::string, value>> fields) {
  return map(std::move(fields));
}

/// The size that a frame's payload is described with.
std::uint32_t size_of(const value& one) {
  const auto* payload = one.find("payload");
  const auto* size = payload == nullptr ? nullptr : payload->find("size");
  return size == nullptr ? 0 : static_cast<std::uint32_t>(*size->integer());
}

/// Each breaks one rule of RFC 6455 §5 whatever came before.
constexpr std::array<broken_frame, 5> broken_frames = {{
    {"rsv", [](bool) { return frame({{"opcode", text("ping")}, {"rsv", number(2)}}); }},
    {"opcode", [](bool) { return frame({{"opcode", number(3)}}); }},
    {"mask", [](bool) { return frame({{"opcode", text("ping")}, {"mask", text("none")}}); }},
    {"control-fragment",
     [](bool) { return frame({{"opcode", text("ping")}, {"fin", truth(false)}}); }},
    {"order",
     [](bool in_message) {
       return frame({{"opcode", text(in_message ? "text" : "continuation")}});
     }},
}};

}  // namespace

void websocket_session::begin(scenario_writer& to) {
  to.about("fuzz/websocket-session/found", "A sequence that the model websocket-session found",
           "server");
  to.needs({"ws.server"});
  to.require("accept", "RFC 6455 §4.2.2", "A valid opening handshake is accepted.");
  to.require("echo", "endpoint contract ws.echo",
             "Each message comes back once, in order, with its type and its octets.");
  to.require("pong", "RFC 6455 §5.5.2, §5.5.3", "A Ping is answered by a Pong with its payload.");
  to.require("close", "RFC 6455 §5.5.1, §7.1.1", "A Close is answered by a Close, then TCP ends.");
  to.require("fail", "RFC 6455 §5, §7.1.7", "A frame that breaks a rule fails the connection.");
}

bool websocket_session::step(choices& from, scenario_writer& to) {
  return open_ ? open_step(from, to) : idle_step(from, to);
}

bool websocket_session::idle_step(choices& from, scenario_writer& to) {
  static constexpr std::array<weighted<command>, 1> legal = {{{command::open, 15}}};
  if (!draw_command(from, std::span<const weighted<command>>(legal))) return false;
  open(to);
  return true;
}

bool websocket_session::open_step(choices& from, scenario_writer& to) {
  static constexpr std::array<weighted<command>, 7> between = {{{command::message, 10},
                                                                {command::fragment, 8},
                                                                {command::ping, 3},
                                                                {command::pong, 1},
                                                                {command::close, 1},
                                                                {command::cut, 1},
                                                                {command::illegal, 1}}};
  static constexpr std::array<weighted<command>, 7> inside = {{{command::finish, 10},
                                                               {command::fragment, 6},
                                                               {command::ping, 6},
                                                               {command::pong, 2},
                                                               {command::close, 1},
                                                               {command::cut, 1},
                                                               {command::illegal, 1}}};
  const auto next =
      draw_command(from, std::span<const weighted<command>>(in_message_ ? inside : between));
  if (!next) return false;
  switch (*next) {
    case command::open:
      break;
    case command::message:
      message(from, to);
      break;
    case command::fragment:
      fragment(from, to, false);
      break;
    case command::finish:
      fragment(from, to, true);
      break;
    case command::ping:
      ping(from, to);
      break;
    case command::pong:
      pong(from, to);
      break;
    case command::close:
      close(from, to);
      break;
    case command::cut:
      cut(from, to);
      break;
    case command::illegal:
      illegal(from, to);
      break;
  }
  return true;
}

void websocket_session::end(scenario_writer& to) {
  if (open_) expect_echoes(to);
}

void websocket_session::open(scenario_writer& to) {
  to.command("open");
  to.open("ws.echo");
  to.send("http.head", text("GET ${target.ws.echo.path} HTTP/1.1\n"
                            "Host: ${target.ws.echo.authority}\n"
                            "Upgrade: websocket\n"
                            "Connection: Upgrade\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
                            "Sec-WebSocket-Version: 13\n"));
  to.expect({{"accepted", {event("http.response", {{"status", number(101)}})}, {}}}, {"accept"});
  open_ = true;
  in_message_ = false;
}

value websocket_session::draw_payload(choices& from, bool text_only, std::uint32_t most) {
  const auto size = draw_size(from, most);
  if (text_only) return patterned(from.draw(2) == 0 ? "ascii" : "utf8", size);
  return patterned("prng", size, ++sent_);
}

void websocket_session::send(scenario_writer& to, choices& from, value frame) {
  to.segment_next(draw_segment(from, size_of(frame)));
  to.send("ws.frame", std::move(frame));
}

/// The echo of a message; whether it is awaited at once is drawn by whoever sent it.
void websocket_session::expect_message(scenario_writer& /*to*/,
                                       const std::string& type,
                                       value payload) {
  awaited_.push_back(
      {"echoed",
       {event("ws.message", {{"type", text(type)}, {"payload", std::move(payload)}})},
       {}});
}

void websocket_session::expect_echoes(scenario_writer& to) {
  for (auto& one : std::exchange(awaited_, {}))
    to.expect({std::move(one)}, {"echo"});
}

void websocket_session::message(choices& from, scenario_writer& to) {
  const std::string type = from.draw(2) == 0 ? "text" : "binary";
  to.command(type);
  auto payload = draw_payload(from, type == "text", message_maximum);
  send(to, from, frame({{"opcode", text(type)}, {"payload", payload}}));
  expect_message(to, type, std::move(payload));
  if (from.draw(4) != 3) expect_echoes(to);
}

void websocket_session::fragment(choices& from, scenario_writer& to, bool last) {
  to.command(!in_message_ ? "first fragment" : last ? "last fragment" : "fragment");
  const std::string opcode = in_message_ ? "continuation" : from.draw(2) == 0 ? "text" : "binary";
  if (!in_message_) type_ = opcode;
  auto payload = draw_payload(from, type_ == "text", message_maximum);
  send(to, from, frame({{"opcode", text(opcode)}, {"fin", truth(last)}, {"payload", payload}}));
  fragments_.push_back(std::move(payload));
  in_message_ = !last;
  if (!last) return;
  expect_message(to, type_, map({{"concat", list(std::exchange(fragments_, {}))}}));
  expect_echoes(to);
}

void websocket_session::ping(choices& from, scenario_writer& to) {
  // An echo under way may come before or behind a Pong: wait for it first.
  expect_echoes(to);
  to.command("ping");
  const auto payload = draw_payload(from, false, control_maximum);
  send(to, from, frame({{"opcode", text("ping")}, {"payload", payload}}));
  to.expect({{"pong", {event("ws.frame", {{"opcode", text("pong")}, {"payload", payload}})}, {}}},
            {"pong"});
}

void websocket_session::pong(choices& from, scenario_writer& to) {
  to.command("pong");
  const auto payload = draw_payload(from, false, control_maximum);
  send(to, from, frame({{"opcode", text("pong")}, {"payload", payload}}));
}

void websocket_session::close(choices& from, scenario_writer& to) {
  static constexpr std::array<std::uint16_t, 4> codes = {1000, 1001, 3000, 4999};
  expect_echoes(to);
  to.command("close");
  const auto code = codes.at(from.draw(codes.size()));
  to.send("ws.close", map({{"code", number(code)}}));
  to.expect({{"answered", {event("ws.close"), event("tcp.closed")}, {}}}, {"close"});
  to.close("fin");
  open_ = false;
  fragments_.clear();
}

void websocket_session::cut(choices& from, scenario_writer& to) {
  to.command("cut");
  to.close(from.draw(2) == 0 ? "fin" : "rst");
  open_ = false;
  awaited_.clear();
  fragments_.clear();
}

void websocket_session::illegal(choices& from, scenario_writer& to) {
  expect_echoes(to);
  const auto& what = broken_frames.at(from.draw(broken_frames.size()));
  to.command(std::string("illegal ") + what.name);
  send(to, from, what.frame(in_message_));
  to.expect({{"close-1002", {event("ws.close", {{"code", number(1002)}}), event("tcp.closed")}, {}},
             {"dropped", {event("tcp.closed")}, {}}},
            {"fail"});
  to.close("fin");
  open_ = false;
  fragments_.clear();
}

}  // namespace halley::fuzz
