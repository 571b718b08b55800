#include "wire/websocket_extension.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

/// The pieces of `text` between semicolons that stand outside quoted strings, blanks trimmed: the
/// grammar has the implied white space of RFC 2616 §2.1.
std::vector<octet_view> split_at_semicolons(octet_view text) {
  std::vector<octet_view> pieces;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ';' && !quoted) {
      pieces.push_back(ascii::trim_blank(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  pieces.push_back(ascii::trim_blank(text.substr(start)));
  return pieces;
}

/// The text of a quoted string. Source: RFC 9110 §5.6.4.
/// Returns: nothing where the closing quote is missing or stands too early.
std::optional<octets> unquote(octet_view text) {
  if (text.size() < 2 || text.front() != '"') return std::nullopt;
  octets result;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional(result) : std::nullopt;
    if (text[i] == '\\') ++i;
    if (i == text.size()) break;
    result += text[i];
  }
  return std::nullopt;
}

std::optional<extension_parameter> parse_parameter(octet_view text) {
  const std::size_t equals = text.find('=');
  extension_parameter parameter{octets(ascii::trim_blank(text.substr(0, equals))), std::nullopt};
  if (!ascii::is_token(parameter.name)) return std::nullopt;
  if (equals == octet_view::npos) return parameter;

  const octet_view value = ascii::trim_blank(text.substr(equals + 1));
  parameter.value = value.starts_with('"') ? unquote(value) : octets(value);
  // "the value after quoted-string unescaping MUST conform to the 'token' ABNF", RFC 6455 §9.1.
  if (!parameter.value || !ascii::is_token(*parameter.value)) return std::nullopt;
  return parameter;
}

}  // namespace

const extension_parameter* extension::find(octet_view parameter_name) const {
  const auto found = std::ranges::find(parameters, parameter_name, &extension_parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

std::optional<extension> parse_extension(octet_view element) {
  const std::vector<octet_view> pieces = split_at_semicolons(element);
  extension result{octets(pieces.front()), {}};
  if (!ascii::is_token(result.name)) return std::nullopt;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    auto parameter = parse_parameter(pieces[i]);
    if (!parameter) return std::nullopt;
    result.parameters.push_back(std::move(*parameter));
  }
  return result;
}

}  // namespace halley::wire
