#include "fuzz/scenes/rehearsal.hpp"

#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/expectations.hpp"
#include "fuzz/scenes/scene.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

using kind = stage_move::kind;

/// For everything that is not waiting.
constexpr std::chrono::seconds beside_waiting{60};

/// On one connection, of one cue.
constexpr std::size_t most_events = 60;

bool same(const actor_of& a, const actor_of& b) {
  return a.as == b.as && a.conn == b.conn;
}

bool is_end(const trace::event& one) {
  return std::holds_alternative<trace::tcp_fin>(one.what) ||
         std::holds_alternative<trace::tcp_rst>(one.what) ||
         std::holds_alternative<trace::tcp_error>(one.what);
}

bool leaves(const stage_move& one) {
  return one.what == kind::close && one.word != "write";
}

}  // namespace

rehearsal::rehearsal(const scene& what) : scene_(what), seen_(what.cues.size()) {
  for (std::size_t i = 0; i < what.cues.size(); ++i) {
    for (const auto& one : what.cues[i].moves) {
      cue_of_step_.push_back(i);
      if (one.what == kind::open) opened_.push_back(one.who);
      if (one.what == kind::accept) accepted_.push_back(one.who);
    }
    cue_of_step_.push_back(i);  // the wait behind them
  }
}

/// Connections come to be in the order in which the scene opens and takes them.
const actor_of* rehearsal::who_of(const trace::event& one) {
  const auto known = std::ranges::find(lines_, one.conn, &line::label);
  if (known != lines_.end()) return &known->who;
  const auto* const opened = std::get_if<trace::conn_open>(&one.what);
  if (opened == nullptr) return nullptr;
  auto& all = opened->halley_is_client ? opened_ : accepted_;
  auto& next = opened->halley_is_client ? clients_seen_ : servers_seen_;
  if (next >= all.size()) return nullptr;
  if (!opened->halley_is_client) origin_ = opened->local;
  lines_.push_back({one.conn, all[next++]});
  return &lines_.back().who;
}

void rehearsal::see(const trace::event& one) {
  if (const auto* const note = std::get_if<trace::note>(&one.what)) {
    if (note->name != "step.start") return;
    const auto step = note->fields.at("step").get<std::size_t>();
    if (step >= 1 && step <= cue_of_step_.size()) cue_ = cue_of_step_[step - 1];
    return;
  }
  if (one.conn.empty() || cue_ >= seen_.size()) return;
  const actor_of* const who = who_of(one);
  if (who == nullptr || one.dir != trace::direction::in) return;
  auto& here = seen_[cue_];
  auto found = std::ranges::find_if(here, [&](const auto& on) { return same(on.who, *who); });
  if (found == here.end()) found = here.insert(here.end(), seen_on{*who, {}});
  found->events.push_back(events_.size());
  events_.push_back(one);
}

scenario_writer rehearsal::begun(const std::string& id) const {
  scenario_writer result;
  result.about(id, "What was not the same from two targets", scene_.proxied ? "proxy" : "server");
  result.actor("client", false);
  if (scene_.proxied) result.actor("origin", true);
  std::chrono::milliseconds waits{0};
  for (const auto& one : scene_.cues)
    waits += one.length;
  result.timeout(waits + beside_waiting);
  require_same(result);
  return result;
}

void rehearsal::play(const cue& one, scenario_writer& to, bool rehearsed) const {
  to.command(one.name);
  for (const auto& next : one.moves) {
    switch (next.what) {
      case kind::open:
        to.open(next.word, next.who);
        break;
      case kind::say:
        to.segment_next(next.segment);
        to.send("bytes", next.data, next.who);
        break;
      case kind::close:
        to.close(next.word, next.who);
        break;
      case kind::accept:
        if (rehearsed)
          expect_connection(to, next.who);
        else
          to.accept(next.who);
        break;
      case kind::hook:
        to.hook(next.word, next.arguments);
        break;
      case kind::keep:
        if (!rehearsed) keep_cookie(to, next.who);
        break;
    }
  }
  to.delay(std::to_string(one.length.count()) + "ms");
}

scenario_writer rehearsal::script(const std::string& id) const {
  auto result = begun(id);
  for (const auto& one : scene_.cues)
    play(one, result, false);
  // A file has a requirement, and something that may violate it.
  result.assert_equal(number(1), number(1), {"no-more"});
  return result;
}

scenario_writer rehearsal::learnt(const std::string& id, const own_words& words) const {
  auto result = begun(id);
  std::vector<actor_of> open;
  std::vector<actor_of> opaque;
  const auto drop = [](std::vector<actor_of>& from, const actor_of& who) {
    std::erase_if(from, [&](const auto& one) { return same(one, who); });
  };
  const auto has = [](const std::vector<actor_of>& in, const actor_of& who) {
    return std::ranges::any_of(in, [&](const auto& one) { return same(one, who); });
  };
  for (std::size_t i = 0; i < scene_.cues.size(); ++i) {
    play(scene_.cues[i], result, true);
    for (const auto& one : scene_.cues[i].moves) {
      if (one.what == kind::open || one.what == kind::accept) open.push_back(one.who);
      if (leaves(one)) drop(open, one.who);
    }
    for (const auto& on : seen_[i]) {
      // Whoever has left does not hear what still comes.
      if (!has(open, on.who)) continue;
      std::vector<const trace::event*> events;
      events.reserve(on.events.size());
      for (const auto at : on.events)
        events.push_back(&events_[at]);
      // What goes on for long is not looked at to its end.
      if (events.size() > most_events) {
        events.resize(most_events);
        drop(open, on.who);
      }
      const bool keeps = std::ranges::any_of(scene_.cues[i].moves, [&](const auto& one) {
        return one.what == kind::keep && same(one.who, on.who);
      });
      expect_same(result, on.who, events, {has(opaque, on.who), keeps}, words);
      for (const auto* const one : events) {
        const auto* const tunnel = std::get_if<trace::tunnel_open>(&one->what);
        if (tunnel != nullptr && tunnel->protocol != "websocket") opaque.push_back(on.who);
        if (is_end(*one)) drop(open, on.who);
      }
    }
  }
  for (const auto& one : open)
    expect_no_more(result, one);
  return result;
}

}  // namespace halley::fuzz
