#include "reports/text_safety.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace halley::reports {
namespace {

constexpr octet_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr char escape = '\x1B';

struct code_point {
  std::uint32_t value = 0;
  std::size_t length = 0;  ///< 0: ill-formed
};

/// The code point at the front of `text`. Source: RFC 3629 §3, §4.
code_point front_of(octet_view text) {
  const auto first = octet_at(text, 0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return {};
  std::uint32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = octet_at(text, i);
    if ((next & 0xC0U) != 0x80U) return {};
    value = (value << 6U) | (next & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

/// Octets of the escape sequence at the front of `text`, which begins with ESC.
std::size_t escape_length(octet_view text) {
  if (text.size() < 2) return 1;
  std::size_t i = 2;
  if (text[1] == '[') {  // CSI: parameters and intermediates, then one final octet
    while (i < text.size() && text[i] >= 0x20 && text[i] < 0x40)
      ++i;
    return std::min(text.size(), i + 1);
  }
  if (text[1] == ']' || text[1] == 'P' || text[1] == '^' || text[1] == '_') {
    // A control string ends at BEL or ST; without an end only the introducer goes.
    for (; i < text.size(); ++i) {
      if (text[i] == '\a') return i + 1;
      if (text[i] == escape && i + 1 < text.size() && text[i + 1] == '\\') return i + 2;
    }
    return 2;
  }
  return text[1] >= 0x20 && text[1] < 0x7F ? 2 : 1;
}

bool xml_allows(std::uint32_t value) {
  if (value == '\t' || value == '\n' || value == '\r') return true;
  // C1 controls are allowed but discouraged by XML 1.0 §2.2, and they drive terminals.
  return value >= 0x20 && (value < 0x7F || value > 0x9F) && value != 0xFFFE && value != 0xFFFF;
}

std::string escaped(octet_view text, bool attribute) {
  std::string result;
  for (const char c : to_xml_characters(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&apos;";
        break;
      case '\r':
        result += "&#13;";
        break;  // a literal one would be read as a line feed
      case '\n':
        result += attribute ? "&#10;" : "\n";
        break;
      case '\t':
        result += attribute ? "&#9;" : "\t";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace

std::string to_xml_characters(octet_view text) {
  std::string result;
  while (!text.empty()) {
    if (text.front() == escape) {
      text.remove_prefix(escape_length(text));
      continue;
    }
    const auto point = front_of(text);
    if (point.length == 0 || !xml_allows(point.value)) {
      result += replacement;
      text.remove_prefix(point.length == 0 ? 1 : point.length);
      continue;
    }
    result += text.substr(0, point.length);
    text.remove_prefix(point.length);
  }
  return result;
}

std::string xml_text(octet_view text) {
  return escaped(text, false);
}

std::string xml_attribute(octet_view text) {
  return escaped(text, true);
}

std::string markdown_text(octet_view text, std::size_t limit) {
  static constexpr octet_view special = "`*_[]|#~$@!";
  std::string result;
  for (const char c : printable(text, limit)) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      // printable() writes a backslash only to escape: it must stay visible.
      if (c == '\\' || special.find(c) != octet_view::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

std::size_t columns(octet_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string padded(std::string text, std::size_t width) {
  const auto used = columns(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

}  // namespace halley::reports
