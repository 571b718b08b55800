#include "fuzz/models/connect_tunnel.hpp"

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

constexpr std::uint32_t piece_maximum = 65536;

actor_of the_client() {
  return {"client", {}};
}
actor_of the_origin() {
  return {"origin", {}};
}

}  // namespace

void connect_tunnel::begin(scenario_writer& to) {
  to.about("fuzz/connect-tunnel/found", "A sequence that the model connect-tunnel found", "proxy");
  to.needs({"proxy.connect", "proxy.half-close"});
  to.actor("client", false);
  to.actor("origin", true);
  to.require("opens", "RFC 9110 §9.3.6", "A 2xx answer to CONNECT opens a tunnel.");
  to.require("carries", "RFC 9110 §9.3.6", "What goes into a tunnel comes out of it unchanged.");
  to.require("ends", "endpoint contract proxy.connect",
             "The end of a direction arrives behind its octets, and the other goes on.");
}

bool connect_tunnel::step(choices& from, scenario_writer& to) {
  using commands = std::span<const weighted<command>>;
  static constexpr std::array<weighted<command>, 1> idle = {{{command::tunnel, 15}}};
  static constexpr std::array<weighted<command>, 6> both = {{{command::exchange, 8},
                                                             {command::ask, 2},
                                                             {command::answer, 2},
                                                             {command::half_close, 2},
                                                             {command::end, 1},
                                                             {command::reset, 1}}};
  static constexpr std::array<weighted<command>, 2> up = {{{command::ask, 8}, {command::end, 3}}};
  static constexpr std::array<weighted<command>, 2> down = {
      {{command::answer, 8}, {command::end, 3}}};
  auto legal = commands(idle);
  if (open_) legal = client_done_ ? commands(down) : origin_done_ ? commands(up) : commands(both);
  const auto next = draw_command(from, legal);
  if (!next) return false;
  switch (*next) {
    case command::tunnel:
      tunnel(to);
      break;
    case command::exchange:
      to.command("exchange");
      carry(from, to, true);
      carry(from, to, false);
      break;
    case command::ask:
      to.command("ask");
      carry(from, to, true);
      break;
    case command::answer:
      to.command("answer");
      carry(from, to, false);
      break;
    case command::half_close:
      half_close(from, to);
      break;
    case command::end:
      finish(to, "fin");
      break;
    case command::reset:
      finish(to, "rst");
      break;
  }
  return true;
}

void connect_tunnel::tunnel(scenario_writer& to) {
  to.command("tunnel");
  to.open("proxy.connect", the_client());
  to.send("http.head",
          text("CONNECT 127.0.0.1:${origin.port} HTTP/1.1\n"
               "Host: 127.0.0.1:${origin.port}\n"),
          the_client());
  to.expect({{"opened", {event("http.response", {{"status", number(200)}})}, {}}}, {"opens"},
            the_client());
  to.accept(the_origin());
  open_ = true;
  client_done_ = false;
  origin_done_ = false;
}

void connect_tunnel::carry(choices& from, scenario_writer& to, bool upward) {
  const auto size = std::max<std::uint32_t>(1, draw_size(from, piece_maximum));
  const auto data = patterned("prng", size, ++sent_);
  to.segment_next(draw_segment(from, size));
  to.send("bytes", data, upward ? the_client() : the_origin());
  to.expect({{"carried", {event("bytes", {{"equals", data}})}, {}}}, {"carries"},
            upward ? the_origin() : the_client());
}

void connect_tunnel::half_close(choices& from, scenario_writer& to) {
  const bool by_client = from.draw(2) == 0;
  to.command(by_client ? "client closes its side" : "origin closes its side");
  to.close("write", by_client ? the_client() : the_origin());
  to.expect({{"ended", {event("tcp.fin")}, {}}, {"reset", {event("tcp.rst")}, {"ends"}}}, {"ends"},
            by_client ? the_origin() : the_client());
  (by_client ? client_done_ : origin_done_) = true;
}

/// Whoever has not closed its side yet does; then the other one sees the end.
void connect_tunnel::finish(scenario_writer& to, const std::string& how) {
  to.command(how == "fin" ? "end" : "reset");
  const auto who = client_done_ ? the_origin() : the_client();
  const auto other = client_done_ ? the_client() : the_origin();
  to.close(how, who);
  to.expect({{"ended", {event("tcp.closed")}, {}}, {"more", {event("bytes")}, {"ends"}}}, {"ends"},
            other);
  to.close("fin", other);
  open_ = false;
}

}  // namespace halley::fuzz
