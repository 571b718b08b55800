#include "inspect/clean_head.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace halley::inspect {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t name_octet = 1;    // tchar, RFC 9110 §5.6.2
constexpr std::uint8_t value_octet = 2;   // field-vchar, SP, HTAB, RFC 9110 §5.5
constexpr std::uint8_t target_octet = 4;  // visible US-ASCII, RFC 9112 §3.2

constexpr std::array<std::uint8_t, 256> kinds = [] {
  std::array<std::uint8_t, 256> result{};
  for (unsigned c = 0; c < result.size(); ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    unsigned kind = 0;
    if (digit || letter || "!#$%&'*+-.^_`|~"sv.find(static_cast<char>(c)) != octet_view::npos)
      kind |= name_octet;
    if (c == '\t' || (c >= ' ' && c != 0x7F)) kind |= value_octet;
    if (c > ' ' && c < 0x7F) kind |= target_octet;
    result[c] = static_cast<std::uint8_t>(kind);
  }
  return result;
}();

/// How many octets of `text` from `at` on are of this kind.
std::size_t run(octet_view text, std::size_t at, std::uint8_t kind) {
  std::size_t end = at;
  while (end < text.size() && (kinds[octet_at(text, end)] & kind) != 0)
    ++end;
  return end - at;
}

bool iequals(octet_view a, octet_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (ascii::to_lower(a[i]) != b[i]) return false;
  return true;
}

bool set_once(octet_view& to, octet_view value) {
  if (!to.empty() || value.empty()) return false;
  to = value;
  return true;
}

bool set_once(bool& to) {
  const bool first = !to;
  to = true;
  return first;
}

bool read_length(octet_view value, plain_fields& out) {
  constexpr std::size_t most_digits = 18;
  if (!set_once(out.has_length) || value.empty() || value.size() > most_digits) return false;
  for (const char c : value) {
    if (!ascii::is_digit(c)) return false;
    out.length = out.length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

/// Tokens and commas only.
bool read_connection(octet_view value, plain_fields& out) {
  std::size_t at = 0;
  while (at < value.size()) {
    const std::size_t size = run(value, at, name_octet);
    const octet_view token = value.substr(at, size);
    out.close = out.close || iequals(token, "close");
    out.upgrade_option = out.upgrade_option || iequals(token, "upgrade");
    at += size;
    while (at < value.size() && ascii::is_blank(value[at]))
      ++at;
    if (at == value.size()) break;
    if (value[at] != ',') return false;
    ++at;
    while (at < value.size() && ascii::is_blank(value[at]))
      ++at;
  }
  return true;
}

/// Names are told apart by their length first: no two that matter share one but those of 17.
bool read_field(octet_view name, octet_view value, plain_fields& out) {
  switch (name.size()) {
    case 4:
      out.hosts += iequals(name, "host") ? 1 : 0;
      return true;
    case 7:
      return !iequals(name, "upgrade") || set_once(out.upgrade, value);
    case 10:
      return !iequals(name, "connection") || read_connection(value, out);
    case 12:
      return !iequals(name, "content-type") || set_once(out.content_type, value);
    case 14:
      return !iequals(name, "content-length") || read_length(value, out);
    case 16:
      return !iequals(name, "content-encoding") || set_once(out.content_encoding);
    case 17:
      if (iequals(name, "sec-websocket-key")) return set_once(out.key, value);
      return !iequals(name, "transfer-encoding") ||
             (set_once(out.chunked) && iequals(value, "chunked"));
    case 20:
      return !iequals(name, "sec-websocket-accept") || set_once(out.accept, value);
    case 21:
      return !iequals(name, "sec-websocket-version") || set_once(out.version, value);
    case 22:
      out.subprotocol = out.subprotocol || iequals(name, "sec-websocket-protocol");
      return true;
    case 24:
      out.extensions = out.extensions || iequals(name, "sec-websocket-extensions");
      return true;
    default:
      return true;
  }
}

/// Field lines and the empty line behind them. Source: RFC 9112 §5.
bool read_fields(octet_view lines, plain_fields& out) {
  std::size_t at = 0;
  while (!lines.substr(at).starts_with("\r\n")) {
    const std::size_t name_size = run(lines, at, name_octet);
    const std::size_t colon = at + name_size;
    if (name_size == 0 || colon == lines.size() || lines[colon] != ':') return false;
    const std::size_t value_size = run(lines, colon + 1, value_octet);
    const octet_view name = lines.substr(at, name_size);
    const octet_view value = ascii::trim_blank(lines.substr(colon + 1, value_size));
    at = colon + 1 + value_size;
    if (!lines.substr(at).starts_with("\r\n") || !read_field(name, value, out)) return false;
    at += 2;
  }
  // A length and chunks contradict each other, RFC 9112 §6.2.
  return at + 2 == lines.size() && !(out.has_length && out.chunked);
}

}  // namespace

bool read_plain_request(octet_view head, plain_request& out) {
  constexpr std::size_t longest_method = 16;
  constexpr octet_view version = " HTTP/1.1\r\n";
  const std::size_t method_size = head.find(' ');
  if (method_size == 0 || method_size > longest_method) return false;
  out.method = head.substr(0, method_size);
  if (!std::ranges::all_of(out.method, [](char c) { return c >= 'A' && c <= 'Z'; })) return false;
  const std::size_t target_size = run(head, method_size + 1, target_octet);
  const octet_view rest = head.substr(method_size + 1 + target_size);
  return target_size > 0 && rest.starts_with(version) &&
         read_fields(rest.substr(version.size()), out.fields) && out.fields.hosts == 1;
}

bool read_plain_response(octet_view head, plain_response& out) {
  constexpr octet_view version = "HTTP/1.1 ";
  constexpr std::size_t reason_at = version.size() + 4;
  if (!head.starts_with(version) || head.size() < reason_at) return false;
  for (std::size_t i = version.size(); i < reason_at - 1; ++i) {
    if (!ascii::is_digit(head[i])) return false;
    out.status = out.status * 10 + static_cast<unsigned>(head[i] - '0');
  }
  if (head[reason_at - 1] != ' ') return false;
  const std::size_t line_end = reason_at + run(head, reason_at, value_octet);
  return out.status >= 100 && head.substr(line_end).starts_with("\r\n") &&
         read_fields(head.substr(line_end + 2), out.fields);
}

bool is_plain_upgrade(const plain_request& head) {
  constexpr std::size_t key_octets = 24;  // 16 octets in base64, RFC 4648 §4
  const plain_fields& fields = head.fields;
  if (head.method != "GET" || !iequals(fields.upgrade, "websocket") || !fields.upgrade_option)
    return false;
  if (fields.version != "13" || fields.subprotocol || fields.has_length || fields.chunked)
    return false;
  const auto is_digit = [](char c) {
    return ascii::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '/';
  };
  // The last digit carries two bits only: the other four are 0.
  return fields.key.size() == key_octets && fields.key.ends_with("==") &&
         std::ranges::all_of(fields.key.substr(0, key_octets - 2), is_digit) &&
         "AQgw"sv.find(fields.key[key_octets - 3]) != octet_view::npos;
}

stream_type event_stream_type(octet_view content_type) {
  const std::size_t semicolon = content_type.find(';');
  const octet_view name = ascii::trim_blank(content_type.substr(0, semicolon));
  if (!iequals(name, "text/event-stream")) return stream_type::no;
  if (semicolon == octet_view::npos) return stream_type::yes;
  const octet_view parameter = ascii::trim_blank(content_type.substr(semicolon + 1));
  return iequals(parameter, "charset=utf-8") ? stream_type::yes : stream_type::unclear;
}

}  // namespace halley::inspect
