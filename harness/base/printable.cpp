#include "base/printable.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace halley {
namespace {

/// Length of the UTF-8 sequence at the front of `text` when it is well formed and printable, else
/// 0. Source: RFC 3629 §4. C1 controls (U+0080–U+009F) and the bidirectional overrides drive
/// terminals too.
std::size_t printable_sequence(octet_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? octet_at(text, i) : 0U; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned first = at(0);
  if (first >= 0x20 && first < 0x7F) return 1;
  if (first >= 0xC2 && first <= 0xDF && tail(1)) return first == 0xC2 && at(1) < 0xA0 ? 0 : 2;
  if (first >= 0xE0 && first <= 0xEF && tail(1) && tail(2)) {
    if (first == 0xE0 && at(1) < 0xA0) return 0;  // overlong
    if (first == 0xED && at(1) > 0x9F) return 0;  // surrogate
    const unsigned point = ((first & 0x0FU) << 12U) | ((at(1) & 0x3FU) << 6U) | (at(2) & 0x3FU);
    const bool directs = (point >= 0x202A && point <= 0x202E) ||
                         (point >= 0x2066 && point <= 0x2069) || point == 0x200E ||
                         point == 0x200F || point == 0x061C;
    return directs ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && tail(1) && tail(2) && tail(3)) {
    if (first == 0xF0 && at(1) < 0x90) return 0;
    if (first == 0xF4 && at(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string printable(octet_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  text = text.substr(0, std::min(text.size(), limit));
  std::string result;
  while (!text.empty()) {
    const char c = text.front();
    std::size_t length = 1;
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\\') {
      result += "\\\\";
    } else if (const auto sequence = printable_sequence(text); sequence != 0) {
      length = sequence;
      result += text.substr(0, length);
    } else {
      result += "\\x" + to_hex(text.substr(0, 1));
    }
    text.remove_prefix(length);
  }
  if (cut) result += "…";
  return result;
}

}  // namespace halley
