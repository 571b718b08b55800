#include "fuzz/models/comet_duplex.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/value.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t chunk_maximum = 65536;

}  // namespace

void comet_duplex::begin(scenario_writer& to) {
  to.about("fuzz/comet-duplex/found", "A sequence that the model comet-duplex found", "server");
  to.needs({"http.chunked-request", "http.full-duplex", "http.keep-alive"});
  to.require("begins", "endpoint contract http.comet-echo",
             "The response begins before the request has ended.");
  to.require("echo", "endpoint contract http.comet-echo, RFC 9112 §7.1",
             "The octets of the body come back, however they were cut into chunks.");
  to.require("ends", "endpoint contract http.comet-echo, RFC 9112 §7.1",
             "The response ends behind the request's last chunk.");
}

bool comet_duplex::step(choices& from, scenario_writer& to) {
  static constexpr std::array<weighted<command>, 1> idle = {{{command::begin, 15}}};
  static constexpr std::array<weighted<command>, 3> streaming = {
      {{command::chunk, 12}, {command::finish, 2}, {command::cut, 1}}};
  const auto legal = streaming_ ? std::span<const weighted<command>>(streaming)
                                : std::span<const weighted<command>>(idle);
  const auto next = draw_command(from, legal);
  if (!next) return false;
  switch (*next) {
    case command::begin:
      begin_stream(to);
      break;
    case command::chunk:
      chunk(from, to);
      break;
    case command::finish:
      finish(from, to);
      break;
    case command::cut:
      to.command("cut");
      to.close(from.draw(2) == 0 ? "fin" : "rst");
      awaited_.clear();
      connected_ = false;
      streaming_ = false;
      break;
  }
  return true;
}

void comet_duplex::end(scenario_writer& to) {
  if (streaming_) expect_echo(to);
}

void comet_duplex::begin_stream(scenario_writer& to) {
  to.command("begin");
  if (!connected_) to.open("http.comet-echo");
  to.send("http.head", text("POST ${target.http.comet-echo.path} HTTP/1.1\n"
                            "Host: ${target.http.comet-echo.authority}\n"
                            "Transfer-Encoding: chunked\n"));
  to.expect({{"begun", {event("http.response", {{"status", number(200)}})}, {}}}, {"begins"});
  connected_ = true;
  streaming_ = true;
}

void comet_duplex::chunk(choices& from, scenario_writer& to) {
  const auto size = std::max<std::uint32_t>(1, draw_size(from, chunk_maximum));
  to.command("chunk of " + std::to_string(size));
  auto data = patterned("prng", size, ++sent_);
  std::vector<std::pair<std::string, value>> form = {{"data", data}};
  if (from.draw(4) == 3) form.emplace_back("hex", text("upper"));
  if (from.draw(4) == 3) form.emplace_back("extension", text(";name=\"a value\""));
  to.segment_next(draw_segment(from, size));
  to.send("http.chunk", map(std::move(form)));
  awaited_.push_back(std::move(data));
  if (from.draw(4) != 3) expect_echo(to);
}

void comet_duplex::finish(choices& from, scenario_writer& to) {
  to.command("last chunk");
  expect_echo(to);
  std::vector<std::pair<std::string, value>> form;
  if (from.draw(4) == 3) form.emplace_back("trailers", map({{"X-Sum", text("1")}}));
  to.send("http.end", map(std::move(form)));
  to.expect({{"complete", {event("http.end", {{"complete", truth(true)}})}, {}}}, {"ends"});
  streaming_ = false;
}

void comet_duplex::expect_echo(scenario_writer& to) {
  if (awaited_.empty()) return;
  auto all = map({{"concat", list(std::exchange(awaited_, {}))}});
  to.expect({{"echoed", {event("http.body", {{"equals", std::move(all)}})}, {}}}, {"echo"});
}

}  // namespace halley::fuzz
