#include "engine/driver_dialogue.hpp"

#include "base/printable.hpp"
#include "clock/clock.hpp"
#include "engine/client_driver.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using nlohmann::json;
using outcome = driver_answer::outcome;

constexpr std::size_t text_limit = 300;

struct known_event {
  std::string_view name;
  std::vector<std::string_view> texts;
  std::vector<std::string_view> others;
};

const std::vector<known_event>& known_events() {
  static const std::vector<known_event> table = {
      {"app.open", {"protocol", "extensions"}, {}},
      {"app.message", {"text", "base64", "data", "id", "type"}, {}},
      {"app.close", {"reason"}, {"code", "clean"}},
      {"app.error", {"text"}, {}},
      {"app.response", {"body"}, {"status", "headers"}}};
  return table;
}

/// What of a reported event is known, in the form it has to have.
json known_part(const json& from, const known_event& of) {
  json result = {{"event", of.name}};
  for (const auto key : of.texts) {
    const auto found = from.find(key);
    if (found != from.end() && found->is_string()) result[std::string(key)] = *found;
  }
  for (const auto key : of.others) {
    const auto found = from.find(key);
    if (found == from.end()) continue;
    const bool fits = key == "headers" ? found->is_object()
                      : key == "clean" ? found->is_boolean()
                                       : found->is_number_integer();
    if (fits) result[std::string(key)] = *found;
  }
  return result;
}

std::string text_of(const json& line, std::string_view key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_true(const json& line, std::string_view key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

void driver_dialogue::attach(const std::string& session, client_driver::listener heard) {
  sessions_.insert_or_assign(session, std::move(heard));
}

void driver_dialogue::forget(const std::string& session) {
  sessions_.erase(session);
}

std::uint64_t driver_dialogue::number(json& what, bool awaited) {
  what["id"] = ++last_;
  if (awaited) asked_.insert(last_);
  return last_;
}

awaitable<driver_answer> driver_dialogue::answer(std::uint64_t number, instant until) {
  while (!answered_.contains(number) && time_.now() < until)
    co_await news_.wait_until(until);
  asked_.erase(number);
  const auto found = answered_.find(number);
  driver_answer result;
  if (found == answered_.end()) {
    result.is = outcome::gone;
  } else {
    result = std::move(found->second);
    answered_.erase(found);
  }
  co_return result;
}

bool driver_dialogue::take(std::string_view line) {
  if (trace::nests_too_deep(line)) return false;
  const auto parsed = json::parse(line, nullptr, false);
  return !parsed.is_discarded() && take(parsed);
}

bool driver_dialogue::take(const json& line) {
  if (!line.is_object()) return false;
  return line.contains("event") ? take_event(line) : take_answer(line);
}

bool driver_dialogue::take_answer(const json& line) {
  const auto id = line.find("id");
  if (id == line.end() || !id->is_number_integer()) return false;
  const auto number = id->get<std::uint64_t>();  // a negative one is far above all that were asked
  if (!asked_.contains(number)) return false;
  driver_answer result;
  if (!is_true(line, "ok")) {
    result.is = is_true(line, "unsupported") ? outcome::unsupported : outcome::refused;
    const auto said = text_of(line, "error");
    result.text = said.empty() ? "without a reason" : printable(said, text_limit);
  }
  answered_.insert_or_assign(number, std::move(result));
  news_.ring();
  return true;
}

bool driver_dialogue::take_event(const json& line) {
  const auto found = sessions_.find(text_of(line, "session"));
  if (found == sessions_.end()) return false;
  const auto name = text_of(line, "event");
  const auto known = std::ranges::find(known_events(), name, &known_event::name);
  if (known == known_events().end()) return false;
  const auto heard = found->second;  // it may forget the session
  heard(known_part(line, *known));
  return true;
}

void driver_dialogue::lose(const std::string& why) {
  for (const auto number : asked_)
    answered_.try_emplace(number, driver_answer{outcome::gone, why});
  const auto all = std::move(sessions_);
  sessions_.clear();
  for (const auto& [session, heard] : all)
    heard({{"event", "driver.gone"}, {"text", why}});
  news_.ring();
}

std::string to_line(const json& one) {
  return one.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace halley::engine
