#include "engine/environment.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "engine/address.hpp"
#include "scenario/value.hpp"
#include "wire/websocket_handshake.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace halley::engine {
namespace {

using scenario::value;

constexpr std::size_t key_octets = 16;  // RFC 6455 §4.1 item 7

value make(octets text, const scenario::location& at) {
  return value{std::move(text), at};
}

std::optional<std::int64_t> to_number(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, ascii::is_digit)) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text)
    number = number * 10 + (c - '0');
  return negative ? -number : number;
}

value list_part(const scenario::value_list& list, std::string_view key, std::string_view path) {
  if (key == "count") return value{static_cast<std::int64_t>(list.size()), {}};
  if (key == "last") {
    if (list.empty()) throw bad_expression("'" + std::string(path) + "': the list is empty");
    return list.back();
  }
  if (const auto number = to_number(key)) {
    if (*number < 0 || static_cast<std::size_t>(*number) >= list.size())
      throw bad_expression("'" + std::string(path) + "': the list has " +
                           std::to_string(list.size()) + " elements");
    return list[static_cast<std::size_t>(*number)];
  }
  scenario::value_list mapped;
  for (const auto& element : list) {
    const auto* found = element.find(key);
    mapped.push_back(found != nullptr ? *found : value{});
  }
  return value{std::move(mapped), {}};
}

}  // namespace

missing_endpoint::missing_endpoint(std::string name)
    : runtime_error("the profile has no endpoint '" + name + "'"), endpoint_(std::move(name)) {
}

environment::environment(std::uint64_t seed) : random_(seed) {
}

environment::environment(std::uint64_t seed, const environment& common)
    : common_(&common), random_(seed) {
}

const value* environment::find(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found != variables_.end()) return &found->second;
  return common_ == nullptr ? nullptr : common_->find(name);
}

void environment::set(const std::string& name, value what) {
  variables_.insert_or_assign(name, std::move(what));
}

void environment::set_text(const std::string& name, std::string text) {
  set(name, value{std::move(text), {}});
}

void environment::set_integer(const std::string& name, std::int64_t number) {
  set(name, value{number, {}});
}

void environment::set_endpoints(endpoint_finder find) {
  endpoints_ = std::move(find);
}

value environment::resolve(const value& what) const {
  if (const auto* text = what.text()) {
    const bool whole = text->starts_with("${") && text->find('}') == text->size() - 1;
    if (whole) return evaluate(std::string_view(*text).substr(2, text->size() - 3), what.at);
    return make(resolve_text(*text), what.at);
  }
  if (const auto* list = what.list()) {
    scenario::value_list result;
    for (const auto& element : *list)
      result.push_back(resolve(element));
    return value{std::move(result), what.at};
  }
  if (const auto* map = what.map()) {
    scenario::value_map result;
    for (const auto& [key, element] : *map)
      result.emplace_back(key, resolve(element));
    return value{std::move(result), what.at};
  }
  return what;
}

std::string environment::resolve_text(std::string_view text) const {
  std::string result;
  for (;;) {
    const auto start = text.find("${");
    result += text.substr(0, start);
    if (start == std::string_view::npos) return result;
    text.remove_prefix(start + 2);
    const auto end = text.find('}');
    if (end == std::string_view::npos) throw bad_expression("'${' without '}'");
    result += as_text(evaluate(text.substr(0, end), {}));
    text.remove_prefix(end + 1);
  }
}

value environment::evaluate(std::string_view expression, const scenario::location& at) const {
  if (auto called = call(expression, at)) return std::move(*called);
  if (expression.starts_with("target.")) return endpoint_part(expression.substr(7));
  // The longest name first: names may hold '-', which is also the minus sign.
  const auto plus = expression.find_last_of("+-");
  if (plus != std::string_view::npos && plus > 0) {
    if (const auto addend = to_number(expression.substr(plus + 1))) {
      const auto left = look_up(expression.substr(0, plus));
      const auto sign = expression[plus] == '+' ? 1 : -1;
      return value{as_integer(left) + sign * *addend, at};
    }
  }
  return look_up(expression);
}

value environment::look_up(std::string_view path) const {
  // A variable's own name may hold dots (origin.port): the longest prefix that is one wins.
  for (auto end = path.size(); end != std::string_view::npos && end > 0;
       end = path.find_last_of('.', end - 1)) {
    const value* const found = find(path.substr(0, end));
    if (found == nullptr) continue;
    value at = *found;
    auto rest = path.substr(end);
    while (!rest.empty()) {
      rest.remove_prefix(1);
      const auto key = rest.substr(0, rest.find('.'));
      rest.remove_prefix(key.size());
      if (const auto* list = at.list()) {
        at = list_part(*list, key, path);
      } else if (const auto* inner = at.find(key)) {
        at = value(*inner);
      } else {
        throw bad_expression("'" + printable(path) + "': no '" + printable(key) + "' there");
      }
    }
    return at;
  }
  throw bad_expression("unknown variable '" + printable(path) + "'");
}

std::optional<value> environment::call(std::string_view expression,
                                       const scenario::location& at) const {
  const auto open = expression.find('(');
  if (open == std::string_view::npos || !expression.ends_with(')')) return std::nullopt;
  const auto function = expression.substr(0, open);
  const auto argument = expression.substr(open + 1, expression.size() - open - 2);
  if (function == "ws.key") return make(to_base64(random_.bytes(key_octets)), at);
  const auto text = as_text(look_up(argument));
  if (function == "ws.accept") return make(wire::accept_value(text), at);
  if (function == "size") return value{static_cast<std::int64_t>(text.size()), at};
  if (function == "hex") return make(to_hex(text), at);
  if (function == "upper") {
    octets upper = text;
    for (char& c : upper)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return make(upper, at);
  }
  throw bad_expression("unknown function '" + printable(function) + "'");
}

value environment::endpoint_part(std::string_view path) const {
  const auto find = [&](std::string_view name) {
    const environment& from = common_ == nullptr ? *this : *common_;
    return from.endpoints_ ? from.endpoints_(name, *this) : std::nullopt;
  };
  if (const auto url = find(path)) return value{*url, {}};
  const auto dot = path.rfind('.');
  const auto part = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  constexpr std::string_view parts[] = {"path", "authority", "host", "port", "scheme", "target"};
  if (std::ranges::find(parts, part) == std::end(parts)) throw missing_endpoint(std::string(path));
  const auto url = find(path.substr(0, dot));
  if (!url) throw missing_endpoint(std::string(path.substr(0, dot)));
  const auto parsed = parse_address(*url);
  if (!parsed) throw bad_expression("'" + printable(*url) + "' is no http:// or ws:// address");
  if (part == "path") return value{parsed->path, {}};
  if (part == "authority") return value{parsed->authority, {}};
  if (part == "host") return value{parsed->host, {}};
  if (part == "scheme") return value{parsed->scheme, {}};
  if (part == "target") {
    // A gateway has the origin in its path; a forward proxy is told by the absolute-form, RFC 9112
    // §3.2.2.
    if (parsed->path != "/") return value{parsed->path, {}};
    return value{"http://" + as_text(look_up("origin.authority")), {}};
  }
  return value{std::int64_t{parsed->port}, {}};
}

std::string as_text(const value& what) {
  if (const auto* text = what.text()) return *text;
  if (const auto* number = what.integer()) return std::to_string(*number);
  if (const auto* flag = what.boolean()) return *flag ? "true" : "false";
  if (what.null()) return {};
  throw bad_expression("text was wanted, not a list or mapping");
}

std::int64_t as_integer(const value& what) {
  if (const auto* number = what.integer()) return *number;
  if (const auto* text = what.text())
    if (const auto number = to_number(*text)) return *number;
  throw bad_expression("a number was wanted, not '" + printable(scenario::to_text(what)) + "'");
}

bool as_boolean(const value& what) {
  if (const auto* flag = what.boolean()) return *flag;
  if (const auto* text = what.text()) {
    if (*text == "true") return true;
    if (*text == "false") return false;
  }
  throw bad_expression("true or false was wanted, not '" + printable(scenario::to_text(what)) +
                       "'");
}

}  // namespace halley::engine
