// The client under test: its session, what it is told to do, and what it tells.
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "clock/clock.hpp"
#include "engine/client_driver.hpp"
#include "engine/endings.hpp"
#include "engine/environment.hpp"
#include "engine/inbox.hpp"
#include "engine/payload.hpp"
#include "engine/player.hpp"
#include "engine/target.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr duration end_within = 5s;
/// What the log keeps of a text that the application has seen.
constexpr std::size_t noted_octets = 4096;

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const auto one : names)
    if (one == name) return true;
  return false;
}

json texts_of(const scenario::value& what) {
  json result = json::array();
  for (const auto& one : *what.list())
    result.push_back(as_text(one));
  return result;
}

json fields_of(const scenario::value& what) {
  json result = json::object();
  for (const auto& [name, one] : *what.map())
    result[name] = as_text(one);
  return result;
}

/// A drive step, resolved, as a command of the driver protocol. Errors: throws bad_expression.
json to_command(const scenario::value& what) {
  json result = json::object();
  for (const auto& [name, one] : *what.map()) {
    if (name == "binary") {
      result["base64"] = to_base64(to_octets(one));
    } else if (is_one_of(name, {"text", "body"})) {
      result[name] = to_octets(one);
    } else if (is_one_of(name,
                         {"echo", "compress", "window", "chunked", "tunnel", "credentials"})) {
      result[name] = as_boolean(one);
    } else if (is_one_of(name, {"code", "closes-after"})) {
      result[name] = as_integer(one);
    } else if (is_one_of(name, {"protocols", "types"})) {
      result[name] = texts_of(one);
    } else if (name == "headers") {
      result[name] = fields_of(one);
    } else {
      result[name] = as_text(one);
    }
  }
  return result;
}

std::string start_of(const std::string& text, std::size_t limit) {
  auto end = std::min(limit, text.size());
  // Never inside a character. Source: RFC 3629 §3.
  while (end > 0 && end < text.size() && (octet_at(text, end) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

/// The event as it stands in the log: long texts are cut, and it is said how long they were.
json noted(json fields) {
  for (const auto* key : {"text", "data", "base64", "body"}) {
    const auto found = fields.find(key);
    if (found == fields.end()) continue;
    const auto text = found->get<std::string>();
    if (text.size() <= noted_octets) continue;
    *found = start_of(text, noted_octets);
    fields["octets"] = text.size();
  }
  return fields;
}

}  // namespace

void player::begin_session() {
  if (scenario_.sut != scenario::role::client) return;
  driver_ = target_.driver();
  if (!driver_) return;
  session_ = target_.next_session();
  driver_->attach(session_, [this](const json& event) { hear(event); });
}

awaitable<void> player::end_session() {
  if (session_.empty()) co_return;
  if (interrupted_ || !driver_gone_.empty()) {
    driver_->detach(session_);
  } else {
    const instant until = world_.time().now() + end_within;
    const driver_answer answer = co_await driver_->end(session_, until);
    if (answer.is == driver_answer::outcome::gone) driver_gone_ = answer.text;
  }
  session_.clear();
}

/// One event of the application. It has a place in the log like what comes on a connection.
void player::hear(const json& event) {
  const auto name = event.value("event", "");
  if (name == "driver.gone") {
    driver_gone_ = event.value("text", "the driver has ended");
    news_.ring();
    return;
  }
  if (told_.events().size() > settings_.limits.events) return;
  trace::event one;
  one.t = world_.time().now();
  one.dir = trace::direction::in;
  one.actor = "sut";
  auto fields = event;
  fields.erase("event");
  if (told_.events().size() == settings_.limits.events) {
    one.what = trace::note{"limit", {{"text", "the client tells too much"}}};
  } else {
    one.what = trace::note{name, noted(fields)};
  }
  record_(one);
  if (auto* seen = std::get_if<trace::note>(&one.what); seen->name == name)
    seen->fields = std::move(fields);
  told_.add_event(std::move(one));
  news_.ring();
}

void player::require_driver() const {
  if (!driver_gone_.empty()) throw no_verdict("target-died", driver_gone_);
}

player::source player::source_of(const scenario::step& one) {
  if (one.as != "sut") {
    auto& on = peer_of(one);
    return {&on.in(), on.identity().conn};
  }
  if (!driver_) throw not_playable("unsupported-here", "needs a client driver");
  if (!driver_->observes())
    throw not_playable("not-applicable", "the driver does not tell what its application sees");
  return {&told_, {}};
}

awaitable<void> player::drive(const scenario::drive_step& what) {
  if (session_.empty()) throw not_playable("unsupported-here", "needs a client driver");
  auto command = to_command(variables_.resolve(what.what));
  command["session"] = session_;
  const auto wanted = command.value("do", "");
  note("drive", {{"do", wanted}, {"to", command.value("to", "")}});
  const auto until = deadline({});
  const driver_answer answer = co_await driver_->command(std::move(command), until.at);
  using outcome = driver_answer::outcome;
  if (answer.is == outcome::gone) throw no_verdict("target-died", answer.text);
  if (answer.is == outcome::unsupported)
    throw not_playable("unsupported-here", "the client cannot '" + wanted + "': " + answer.text);
  if (answer.is == outcome::refused)
    throw blocked("the client refused '" + wanted + "': " + answer.text);
}

}  // namespace halley::engine
