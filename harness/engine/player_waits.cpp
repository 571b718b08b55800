// The steps that wait for something, and those that judge: accept, expect, collect, await, assert.
#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "engine/endings.hpp"
#include "engine/environment.hpp"
#include "engine/event_fields.hpp"
#include "engine/inbox.hpp"
#include "engine/json_value.hpp"
#include "engine/matcher.hpp"
#include "engine/player.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

/// Octets of one direction never arrive at the same instant of a simulation: a nanosecond each.
constexpr duration exact_slack = std::chrono::microseconds(1);

std::string milliseconds(duration length) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()) +
         " ms";
}

/// What an expectation wants, in a line: the alternatives that violate nothing, or the single
/// event.
std::string wanted_text(const scenario::expect_step& what,
                        const std::vector<wanted>& alternatives) {
  if (what.single) {
    std::string result;
    for (const auto& event : alternatives.front().events)
      result += (result.empty() ? "" : ", ") + describe(event.pattern);
    return result;
  }
  std::string result;
  for (const auto& one : what.one_of)
    if (one.violates.empty()) result += (result.empty() ? "" : " | ") + one.is;
  if (result.empty())
    for (const auto& one : what.one_of)
      result += (result.empty() ? "" : " | ") + one.is;
  return result;
}

/// Points at the event `index`, or at the end of what came.
void point_at(violation& to,
              const std::string& conn,
              const inbox& in,
              std::optional<std::size_t> index) {
  to.conn = conn;
  to.dir = trace::direction::in;
  to.off = in.end_offset();
  if (!index || *index >= in.events().size()) return;
  const auto& one = in.events()[*index];
  to.off = one.off;
  to.len = one.len;
  to.seq = one.seq;
}

bool violates_must(const scenario::scenario& of, const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const auto& name) {
    const auto* known = of.find_requirement(name);
    return known != nullptr && known->weight == scenario::level::must;
  });
}

/// An event as the mapping that collected lists hold.
scenario::value as_map(const trace::event& one) {
  scenario::value_map fields;
  for (const std::string_view name :
       {"id", "event", "data", "type", "payload", "opcode", "code", "reason", "status", "method",
        "target", "text", "value", "size", "body"}) {
    if (auto text = field_of(one, name))
      fields.push_back({std::string(name), scenario::value{*text, {}}});
  }
  return scenario::value{std::move(fields), {}};
}

void flatten(const scenario::value& from, scenario::value_list& into) {
  if (const auto* list = from.list()) {
    for (const auto& element : *list)
      flatten(element, into);
  } else {
    into.push_back(from);
  }
}

/// Texts and numbers compare as they are written; lists element by element.
bool same(const scenario::value& a, const scenario::value& b) {
  const auto* left = a.list();
  const auto* right = b.list();
  if (left != nullptr && right != nullptr)
    return std::ranges::equal(*left, *right,
                              [](const auto& x, const auto& y) { return same(x, y); });
  if (a.map() != nullptr || b.map() != nullptr || left != nullptr || right != nullptr)
    return scenario::equal(a, b);
  return as_text(a) == as_text(b);
}

bool holds(const scenario::assert_step& what, const scenario::value_list& values) {
  using is = scenario::assert_step::what;
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (what.is == is::unique) {
      const auto text = as_text(values[i]);
      if (std::ranges::find(seen, text) != seen.end()) return false;
      seen.push_back(text);
    } else if (i > 0) {
      const auto before = as_integer(values[i - 1]);
      const auto now = as_integer(values[i]);
      if (what.is == is::contiguous ? now != before + 1 : now <= before) return false;
    }
  }
  return true;
}

}  // namespace

/// Waits for a connection to the step's actor and gives it to the step. Returns: whether one came.
awaitable<bool> player::take_connection(const scenario::step& one, deadline_of until) {
  auto& who = actor_of(one);
  if (!who.plays_server) throw bad_expression("'" + who.name + "' plays a client: it opens");
  while (who.waiting.empty() && world_.time().now() < until.at && !interrupted_) {
    require_driver();
    co_await news_.wait_until(until.at);
  }
  if (interrupted_) throw no_verdict("interrupted", "the run was interrupted");
  if (who.waiting.empty()) co_return false;
  auto next = std::move(who.waiting.front());
  who.waiting.pop_front();
  add_peer(who, one.conn, std::move(next.connection), who.name);
  co_return true;
}

awaitable<void> player::accept(const scenario::step& one, scenario::value within) {
  const auto until = deadline(within);
  const bool came = co_await take_connection(one, until);
  if (!came)
    throw blocked("nobody connected to '" + actor_of(one).name + "' within " +
                  milliseconds(until.window));
}

/// Takes the connection that an expectation of a server is about. That nobody comes is silence,
/// where that is expected; else it violates what any other wrong answer would.
/// Returns: whether there is one, or the variant that silence is.
awaitable<player::caller> player::connected(const scenario::step& one,
                                            const scenario::expect_step& what,
                                            int number) {
  caller result;
  if (one.as == "sut") co_return result;
  auto& who = actor_of(one);
  const bool wanted = what.one_of.front().events.front().name == "connection";
  const bool open = who.peers.contains(one.conn.empty() ? "main" : one.conn);
  if (!wanted && (!who.plays_server || open)) co_return result;
  const auto started = world_.time().now();
  const auto silence = std::ranges::find_if(
      what.one_of, [](const auto& variant) { return variant.events.front().name == "silence"; });
  auto until = deadline(what.within);
  if (silence != what.one_of.end())
    until.at = std::min(until.at, started + resolve(silence->events.front()).silence);
  result.there = co_await take_connection(one, until);
  if (result.there) co_return result;
  if (silence != what.one_of.end()) {
    result.silence = &*silence;
    co_return result;
  }
  inconclusive_if_stalled(until, started);
  violation details;
  details.step = number;
  details.line = line_of(one);
  details.expected = "a connection to '" + who.name + "'";
  details.got = "nobody within " + milliseconds(until.window);
  if (!what.single) result_.variants.emplace_back("nothing");
  violate(what.otherwise, details);
  co_return result;
}

wanted_event player::resolve(const scenario::event_pattern& pattern) const {
  wanted_event result;
  result.pattern = pattern;
  result.pattern.fields = resolve(pattern.fields);
  result.pattern.headers = resolve(pattern.headers);
  result.pattern.trailers = resolve(pattern.trailers);
  if (pattern.name == "silence")
    result.silence = to_duration(pattern.duration, duration{0}) + settings_.around.round_trip;
  return result;
}

std::vector<std::pair<std::string, scenario::match>> player::resolve(
    const std::vector<std::pair<std::string, scenario::match>>& fields) const {
  auto result = fields;
  for (auto& [name, wanted] : result)
    wanted.operand = variables_.resolve(wanted.operand);
  return result;
}

awaitable<choice> player::wait_choice(const inbox& in,
                                      const std::vector<wanted>& alternatives,
                                      matching how,
                                      deadline_of until) {
  findings known;
  how.known = &known;
  for (;;) {
    how.now = world_.time().now();
    how.time_is_up = how.now >= until.at;
    choice made = choose(in, alternatives, how);
    if (made.what != choice::outcome::undecided) co_return made;
    require_driver();
    if (interrupted_) throw no_verdict("interrupted", "the run was interrupted");
    const instant next = made.wake ? std::min(until.at, *made.wake) : until.at;
    co_await news_.wait_until(next);
  }
}

awaitable<player::flow> player::expect(const scenario::step& one,
                                       const scenario::expect_step& what,
                                       int number) {
  const caller came = co_await connected(one, what, number);
  if (came.silence != nullptr) {
    if (!what.single) result_.variants.push_back(came.silence->is);
    violation nobody;
    nobody.step = number;
    nobody.line = line_of(one);
    nobody.got = "nobody connects";
    if (!came.silence->violates.empty()) violate(came.silence->violates, nobody);
    const flow next = co_await play_steps(came.silence->then);
    co_return violates_must(scenario_, came.silence->violates) ? flow::stop : next;
  }
  if (!came.there) co_return flow::stop;
  if (what.one_of.front().events.front().name == "connection") co_return flow::go_on;
  const source on = source_of(one);
  auto& in = *on.in;

  std::vector<wanted> alternatives;
  for (const auto& alternative : what.one_of) {
    wanted next{alternative.is, {}};
    for (const auto& event : alternative.events)
      next.events.push_back(resolve(event));
    alternatives.push_back(std::move(next));
  }
  matching how;
  how.ignoring = what.ignoring;
  how.started = world_.time().now();
  const auto until = deadline(what.within);
  const choice made = co_await wait_choice(in, alternatives, how, until);

  violation details;
  details.step = number;
  details.line = line_of(one);
  details.expected = wanted_text(what, alternatives);
  if (made.what == choice::outcome::none) {
    const bool late = world_.time().now() >= until.at;
    if (late) inconclusive_if_stalled(until, how.started);
    details.got = made.mismatch && *made.mismatch < in.events().size()
                      ? describe(in.events()[*made.mismatch])
                  : in.ended() ? std::string("the end of the connection")
                               : "nothing that fits within " + milliseconds(until.window);
    point_at(details, on.conn, in, made.mismatch);
    if (!what.single) result_.variants.emplace_back(late ? "nothing" : "other");
    violate(what.otherwise, details);
    co_return flow::stop;
  }

  const auto& chosen = what.one_of[made.index];
  if (!what.single) result_.variants.push_back(chosen.is);
  capture(what, in, made.how);
  in.move_to(made.how.end);
  if (!what.single && !chosen.violates.empty()) {
    const auto shown =
        made.how.matched.empty() ? std::nullopt : std::optional(made.how.matched.front());
    details.got = (shown ? describe(in.events()[*shown]) : std::string("silence"));
    point_at(details, on.conn, in, shown);
    violate(chosen.violates, details);
  }
  if (what.time) judge_timing(one, what, made.how, on, number);
  const flow next = co_await play_steps(chosen.then);
  if (next == flow::stop) co_return flow::stop;
  // What follows was written for the behaviour that is right.
  const bool wrong = !what.single && violates_must(scenario_, chosen.violates);
  co_return wrong ? flow::stop : flow::go_on;
}

void player::judge_timing(const scenario::step& one,
                          const scenario::expect_step& what,
                          const progress& how,
                          const source& on,
                          int number) {
  const auto& time = *what.time;
  const auto& marks = leader().marks_;
  const auto mark = marks.find(time.since);
  if (mark == marks.end()) throw bad_expression("no mark '" + time.since + "'");
  const duration took = how.at - mark->second;
  violation details;
  details.step = number;
  details.line = line_of(one);
  details.got = milliseconds(took) + " after '" + time.since + "'";
  point_at(details, on.conn, *on.in,
           how.matched.empty() ? std::nullopt : std::optional(how.matched.front()));
  if (!time.min.null()) {
    const auto least = to_duration(time.min, duration{0});
    details.expected = "not before " + milliseconds(least);
    const auto slack = settings_.exact_time ? exact_slack : target_.profile().timing.slack;
    if (took + slack < least) violate(time.if_early, details);
  }
  if (!time.max.null()) {
    const auto most = deadline(time.max).window;
    details.expected = "within " + milliseconds(most);
    if (took > most) {
      inconclusive_if_stalled({how.at, most}, mark->second);
      violate(time.if_late, details);
    }
  }
}

void player::capture(const scenario::expect_step& what, const inbox& in, const progress& how) {
  for (const auto& [name, path] : what.capture) {
    std::optional<scenario::value> found;
    if (path == "body") found = scenario::value{how.body, {}};
    if (path == "json" || path.starts_with("json.")) {
      variables_.set(name, parse_json(how.body));
      if (path != "json")
        found = variables_.resolve({octets("${" + name + path.substr(4) + "}"), {}});
      if (path == "json") continue;
    }
    for (auto at = how.matched.rbegin(); at != how.matched.rend() && !found; ++at) {
      const auto& one = in.events()[*at];
      constexpr std::string_view headers = "headers.";
      const auto text = path.starts_with(headers) ? header_of(one, path.substr(headers.size()))
                                                  : field_of(one, path);
      if (text) found = scenario::value{*text, {}};
    }
    variables_.set(name, found.value_or(scenario::value{}));
  }
}

awaitable<player::flow> player::collect(const scenario::step& one,
                                        const scenario::collect_step& what,
                                        int number) {
  const source on = source_of(one);
  auto& in = *on.in;
  const auto count = as_integer(variables_.resolve(what.count));
  const auto until = deadline(what.within);
  matching how;
  how.started = world_.time().now();
  std::vector<wanted> pattern(1);
  pattern.front().events.push_back(resolve(what.event));
  scenario::value_list list;
  for (std::int64_t i = 0; i < count; ++i) {
    const choice made = co_await wait_choice(in, pattern, how, until);
    if (made.what == choice::outcome::none) {
      if (world_.time().now() >= until.at) inconclusive_if_stalled(until, how.started);
      violation details;
      details.step = number;
      details.line = line_of(one);
      details.expected =
          std::to_string(count) + " × " + describe(pattern.front().events.front().pattern);
      details.got = std::to_string(i) + ", then " +
                    (made.mismatch && *made.mismatch < in.events().size()
                         ? describe(in.events()[*made.mismatch])
                         : "nothing within " + milliseconds(until.window));
      point_at(details, on.conn, in, made.mismatch);
      variables_.set(what.into, scenario::value{std::move(list), {}});
      violate(what.violates, details);
      co_return flow::stop;
    }
    list.push_back(made.how.matched.empty() ? scenario::value{made.how.body, {}}
                                            : as_map(in.events()[made.how.matched.front()]));
    in.move_to(made.how.end);
  }
  variables_.set(what.into, scenario::value{std::move(list), {}});
  co_return flow::go_on;
}

awaitable<player::flow> player::await_notice(const std::string& name) {
  const auto until = deadline({});
  while (!notices_.contains(name) && world_.time().now() < until.at && !interrupted_)
    co_await news_.wait_until(until.at);
  if (!notices_.contains(name)) throw blocked("nobody gave notice '" + name + "'");
  co_return flow::go_on;
}

void player::assert_that(const scenario::assert_step& what, const scenario::step& one, int number) {
  violation details;
  details.step = number;
  details.line = line_of(one);
  scenario::value_list values;
  for (const auto& side : what.of)
    values.push_back(variables_.resolve(side));
  if (what.is == scenario::assert_step::what::equal) {
    if (values.size() != 2) throw bad_expression("equal wants two values");
    if (same(values[0], values[1])) return;
    details.expected = printable(scenario::to_text(values[1]));
    details.got = printable(scenario::to_text(values[0]));
  } else {
    scenario::value_list flat;
    for (const auto& value : values)
      flatten(value, flat);
    if (holds(what, flat)) return;
    const auto* word = what.is == scenario::assert_step::what::contiguous ? "contiguous"
                       : what.is == scenario::assert_step::what::unique   ? "unique"
                                                                          : "increasing";
    details.expected = std::string("a sequence that is ") + word;
    details.got = printable(scenario::to_text(scenario::value{std::move(flat), {}}));
  }
  violate(what.violates, details);
}

}  // namespace halley::engine
