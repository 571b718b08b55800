#include "engine/step_text.hpp"

#include "base/bytes.hpp"
#include "engine/matcher.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <cstddef>
#include <string>
#include <variant>

namespace halley::engine {
namespace {

constexpr std::size_t text_limit = 160;

std::string about(const scenario::open_step& what) {
  return scenario::to_text(what.to);
}
std::string about(const scenario::send_step& what) {
  const auto content = scenario::to_text(what.what);
  // Of a head the first line says enough.
  const auto line_end = what.form == "http.head" ? content.find('\n') : std::string::npos;
  return what.form + " " + content.substr(0, line_end) +
         (line_end == std::string::npos ? "" : " …");
}
std::string about(const scenario::expect_step& what) {
  if (what.single && !what.one_of.empty() && !what.one_of.front().events.empty())
    return describe(what.one_of.front().events.front());
  std::string result;
  for (const auto& one : what.one_of)
    result += (result.empty() ? "" : " | ") + one.is;
  return result;
}
std::string about(const scenario::collect_step& what) {
  return scenario::to_text(what.count) + " × " + describe(what.event) + " into " + what.into;
}
std::string about(const scenario::close_step& what) {
  return scenario::to_text(what.how);
}
std::string about(const scenario::delay_step& what) {
  return scenario::to_text(what.length);
}
std::string about(const scenario::mark_step& what) {
  return what.name;
}
std::string about(const scenario::repeat_step& what) {
  return scenario::to_text(what.count) + " times";
}
std::string about(const scenario::use_step& what) {
  return what.fragment;
}
std::string about(const scenario::drive_step& what) {
  const auto* command = what.what.find("do");
  const auto* to = what.what.find("to");
  return (command == nullptr ? "" : scenario::to_text(*command)) +
         (to == nullptr ? "" : " " + scenario::to_text(*to));
}
std::string about(const scenario::hook_step& what) {
  return what.name;
}
std::string about(const scenario::check_step& what) {
  return what.name;
}
std::string about(const scenario::notify_step& what) {
  return what.name;
}
std::string about(const scenario::await_step& what) {
  return what.name;
}
template <typename Other>
std::string about(const Other& /*the verb says it all*/) {
  return {};
}

}  // namespace

std::string step_text(const scenario::step& one) {
  const auto rest = std::visit([](const auto& what) { return about(what); }, one.verb);
  auto text = scenario::verb_name(one) + (rest.empty() ? "" : " " + rest);
  if (text.size() <= text_limit) return text;
  auto end = text_limit;
  while (end > 0 && (octet_at(text, end) & 0xC0U) == 0x80U)
    --end;  // not inside a character
  return text.substr(0, end) + "…";
}

}  // namespace halley::engine
