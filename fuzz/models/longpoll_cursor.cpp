#include "fuzz/models/longpoll_cursor.hpp"

#include "fuzz/choices.hpp"
#include "fuzz/models/draws.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/value.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t most_at_once = 12;
constexpr std::uint32_t short_hold = 50;    // milliseconds
constexpr std::uint32_t long_hold = 5'000;  // longer than anything else takes

}  // namespace

void longpoll_cursor::begin(scenario_writer& to) {
  to.about("fuzz/longpoll-cursor/found", "A sequence that the model longpoll-cursor found",
           "server");
  to.needs({"longpoll.server", "hook.publish"});
  to.require("answer", "endpoint contract http.longpoll",
             "A poll is answered 200 with events and a cursor.");
  to.require("exactly-once", "endpoint contract http.longpoll",
             "A poll is answered with every event behind its cursor, in order.");
  to.require("cursor", "endpoint contract http.longpoll",
             "The cursor of an answer stands behind its last event, or where it stood.");
}

bool longpoll_cursor::step(choices& from, scenario_writer& to) {
  static constexpr std::array<weighted<command>, 5> legal = {{{command::poll, 5},
                                                              {command::publish, 4},
                                                              {command::abandon, 4},
                                                              {command::held, 2},
                                                              {command::again, 2}}};
  const auto next = draw_command(from, std::span<const weighted<command>>(legal));
  if (!next) return false;
  switch (*next) {
    case command::poll:
      to.command("poll");
      request(to, cursor_, short_hold);
      expect_answer(to, cursor_);
      cursor_ = published_;
      break;
    case command::publish:
      to.command("publish");
      publish(to, 1 + from.draw(most_at_once));
      break;
    case command::held:
      to.command("held poll");
      request(to, published_, long_hold);
      publish(to, 1);
      expect_answer(to, published_ - 1);
      break;
    case command::abandon:
      abandon(from, to);
      break;
    case command::again: {
      const auto older = cursor_ - from.draw(cursor_ + 1);
      to.command("poll again at " + std::to_string(older));
      request(to, older, short_hold);
      expect_answer(to, older);
      break;
    }
  }
  return true;
}

void longpoll_cursor::request(scenario_writer& to, std::uint32_t cursor, std::uint32_t hold) {
  if (!open_) to.open("http.longpoll");
  open_ = true;
  to.send("http.head", text("GET ${target.http.longpoll.path}?cursor=" + std::to_string(cursor) +
                            "&hold=" + std::to_string(hold) +
                            " HTTP/1.1\n"
                            "Host: ${target.http.longpoll.authority}\n"));
}

void longpoll_cursor::publish(scenario_writer& to, std::uint32_t count) {
  to.hook("publish", {{"count", number(count)}});
  published_ += count;
}

void longpoll_cursor::expect_answer(scenario_writer& to, std::uint32_t cursor) {
  to.expect({{"answered", {event("http.response", {{"status", number(200)}})}, {}}}, {"answer"});
  to.expect_json("poll", {"answer"});
  scenario::value_list ids;
  for (auto id = cursor + 1; id <= published_; ++id)
    ids.push_back(number(id));
  const bool empty = ids.empty();
  to.assert_equal(text(empty ? "${poll.events}" : "${poll.events.id}"), list(std::move(ids)),
                  {"exactly-once"});
  to.assert_equal(text("${poll.cursor}"), number(published_), {"cursor"});
  to.expect({{"complete", {event("http.end", {{"complete", truth(true)}})}, {}}}, {"answer"});
}

/// A poll that is held and left. The pause lets the server notice on a slow network as well.
void longpoll_cursor::abandon(choices& from, scenario_writer& to) {
  to.command("abandoned poll");
  request(to, published_, long_hold);
  to.delay("20ms");
  to.close(from.draw(2) == 0 ? "fin" : "rst");
  to.delay("20ms");
  open_ = false;
}

}  // namespace halley::fuzz
