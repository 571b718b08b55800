#include "draft/client_head.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "draft/octet_text.hpp"
#include "scenario/written_value.hpp"
#include "wire/http_encode.hpp"
#include "wire/http_message.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>

namespace halley::draft {
namespace {

namespace written = scenario::written;

constexpr std::size_t key_octets = 16;

/// `line` with `word` in place of the value. White space around it stays.
octets with_value(const wire::field_line& line, const std::string& word) {
  octets result = line.raw;
  const std::size_t colon = result.find(':');
  const std::size_t at = colon == octets::npos ? colon : result.find(line.value, colon + 1);
  return at == octets::npos ? result : result.replace(at, line.value.size(), word);
}

octets written_line(const wire::field_line& line, const head_words& words) {
  if (!words.host.empty() && ascii::iequals(line.name, "Host")) return with_value(line, words.host);
  if (!words.key.empty() && ascii::iequals(line.name, "Sec-WebSocket-Key"))
    return with_value(line, words.key);
  const auto id = words.event_ids.find(line.value);
  if (ascii::iequals(line.name, "Last-Event-ID") && id != words.event_ids.end())
    return with_value(line, "${" + id->second + "}");
  return line.raw;
}

/// The head with the words in it. Only where all of its lines are known is anything put in.
octets with_words(const wire::request_head& head, const head_words& words) {
  std::size_t fields = 0;
  for (const wire::field_line& line : head.fields.lines)
    fields += line.raw.size();
  const std::size_t line_end = head.raw.find('\n');
  if (line_end == octets::npos || line_end + 1 + fields > head.raw.size()) return head.raw;
  octets first = head.raw.substr(0, line_end + 1);
  const std::size_t target = first.find(head.target, head.method.size());
  if (!words.target.empty() && target != octets::npos)
    first.replace(target, head.target.size(), words.target);
  octets result = first;
  for (const wire::field_line& line : head.fields.lines)
    result += written_line(line, words);
  return result + head.raw.substr(line_end + 1 + fields);
}

/// What http.head makes `raw` of again; else nothing.
octets as_lines(const octets& raw) {
  if (!raw.ends_with("\r\n\r\n")) return {};
  octets text = raw.substr(0, raw.size() - 2);
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != octets::npos;)
    text.erase(at, 1);
  return wire::encode_head(text) == raw ? text : octets();
}

}  // namespace

bool names_host(const wire::request_head& head) {
  const auto given = head.fields.all("Host");
  if (given.size() != 1 || given.front().empty()) return false;
  return std::ranges::all_of(
      given.front(), [](char c) { return ascii::is_tchar(c) || c == ':' || c == '[' || c == ']'; });
}

bool has_drawn_key(const wire::request_head& head) {
  const auto given = head.fields.all("Sec-WebSocket-Key");
  if (given.size() != 1) return false;
  const auto nonce = from_base64(given.front());
  return nonce && nonce->size() == key_octets;
}

written_head write_head(const wire::request_head& head, const head_words& words) {
  const bool clean = is_clean_text(head.raw);
  if (!clean) return {"bytes", written::map({{"hex", written::text(to_hex(head.raw))}})};
  const octets with = with_words(head, words);
  if (const octets lines = as_lines(with); !lines.empty())
    return {"http.head", written::text(lines)};
  return {"bytes", written::text(with)};
}

}  // namespace halley::draft
