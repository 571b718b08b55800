#include "fuzz/models/sse_resume.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t most_at_once = 12;

}  // namespace

void sse_resume::begin(scenario_writer& to) {
  to.about("fuzz/sse-resume/found", "A sequence that the model sse-resume found", "server");
  to.needs({"sse.server", "sse.resume", "hook.sse-publish"});
  to.require("stream", "endpoint contract http.sse-stream", "A GET begins an event stream.");
  to.require("delivery", "endpoint contract http.sse-stream",
             "Every event behind the one that Last-Event-ID names arrives, once and in order.");
}

bool sse_resume::step(choices& from, scenario_writer& to) {
  static constexpr std::array<weighted<command>, 3> away = {
      {{command::subscribe, 3}, {command::publish, 4}, {command::resume, 8}}};
  static constexpr std::array<weighted<command>, 3> here = {
      {{command::publish, 7}, {command::cut, 6}, {command::publish_unread, 2}}};
  const auto next =
      draw_command(from, std::span<const weighted<command>>(connected_ ? here : away));
  if (!next) return false;
  switch (*next) {
    case command::subscribe:
      to.command("subscribe");
      subscribe(to, 0);
      received_ = published_;
      break;
    case command::resume: {
      // Whoever has dispatched less than it received names an older one.
      const auto after = received_ - from.draw(received_ + 1);
      to.command("resume after " + std::to_string(after));
      subscribe(to, after);
      received_ = after == 0 ? published_ : after;
      expect_rest(to);
      break;
    }
    case command::publish:
    case command::publish_unread:
      publish(to, 1 + from.draw(most_at_once));
      if (connected_ && *next == command::publish) expect_rest(to);
      break;
    case command::cut:
      to.command("cut");
      to.close(from.draw(2) == 0 ? "fin" : "rst");
      connected_ = false;
      break;
  }
  return true;
}

void sse_resume::subscribe(scenario_writer& to, std::uint32_t after) {
  std::string head =
      "GET ${target.http.sse-stream.path} HTTP/1.1\n"
      "Host: ${target.http.sse-stream.authority}\n"
      "Accept: text/event-stream\n";
  if (after > 0) head += "Last-Event-ID: " + std::to_string(after) + "\n";
  to.open("http.sse-stream");
  to.send("http.head", text(std::move(head)));
  to.expect({{"streams", {event("http.response", {{"status", number(200)}})}, {}}}, {"stream"});
  connected_ = true;
}

void sse_resume::publish(scenario_writer& to, std::uint32_t count) {
  to.command("publish " + std::to_string(count));
  to.hook("sse-publish", {{"count", number(count)}});
  published_ += count;
}

void sse_resume::expect_rest(scenario_writer& to) {
  std::vector<value> events;
  while (received_ < published_) {
    const auto id = std::to_string(++received_);
    events.push_back(event("sse.event", {{"id", text(id)}, {"data", text(id)}}));
  }
  if (!events.empty()) to.expect({{"delivered", std::move(events), {}}}, {"delivery"});
}

}  // namespace halley::fuzz
