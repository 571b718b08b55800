#include "scenario/raw_text.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "scenario/load.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::scenario {
namespace {

/// The length of the character that begins with `first`, and the range of its second octet.
struct utf8_lead {
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
};

utf8_lead lead_of(std::uint8_t first) {
  if (first < 0x80) return {.length = 1};
  if (first >= 0xC2 && first <= 0xDF) return {.length = 2};
  if (first == 0xE0) return {.length = 3, .low = 0xA0};
  if (first == 0xED) return {.length = 3, .high = 0x9F};  // no surrogates
  if (first >= 0xE1 && first <= 0xEF) return {.length = 3};
  if (first == 0xF0) return {.length = 4, .low = 0x90};
  if (first >= 0xF1 && first <= 0xF3) return {.length = 4};
  if (first == 0xF4) return {.length = 4, .high = 0x8F};
  return {};
}

/// Whether `line` ends in the header of a block scalar: "|" or ">" with its indicators.
bool opens_block(std::string_view line) {
  if (const auto comment = line.find(" #"); comment != std::string_view::npos)
    line = line.substr(0, comment);
  while (!line.empty() && ascii::is_blank(line.back()))
    line.remove_suffix(1);
  while (!line.empty() &&
         (line.back() == '+' || line.back() == '-' || ascii::is_digit(line.back())))
    line.remove_suffix(1);
  if (line.empty() || (line.back() != '|' && line.back() != '>')) return false;
  line.remove_suffix(1);
  return line.empty() || line.back() == ' ';
}

/// Follows which lines are the content of a block scalar.
class block_tracker {
public:
  /// Whether a tab behind `indent` spaces is content in this line, which is not blank.
  bool is_content(std::string_view line, std::size_t indent) {
    if (waiting_ && indent > parent_) {
      content_ = indent;
      inside_ = true;
    }
    waiting_ = false;
    if (inside_ && indent >= content_) return true;
    inside_ = false;
    if (opens_block(line)) {
      waiting_ = true;
      parent_ = indent;
    }
    return false;
  }

private:
  bool waiting_ = false;
  bool inside_ = false;
  std::size_t parent_ = 0;
  std::size_t content_ = 0;
};

int number(std::size_t from_zero) {
  return static_cast<int>(from_zero) + 1;
}

bool is_forbidden_control(char c) {
  return ascii::is_control(c) && c != '\t' && c != '\n' && c != '\r';
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    result.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::optional<std::size_t> first_not_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = lead_of(octet_at(text, at));
    if (lead.length == 0 || at + lead.length > text.size()) return at;
    for (std::size_t i = 1; i < lead.length; ++i) {
      const auto octet = octet_at(text, at + i);
      const bool good = i == 1 ? octet >= lead.low && octet <= lead.high : (octet & 0xC0U) == 0x80U;
      if (!good) return at;
    }
    at += lead.length;
  }
  return std::nullopt;
}

bool check_raw_text(std::string_view text,
                    const std::shared_ptr<const std::string>& file,
                    std::vector<problem>& problems) {
  const auto before = problems.size();
  const auto lines = lines_of(text);
  block_tracker blocks;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = lines[i];
    if (const auto bad = first_not_utf8(line))
      problems.push_back({{file, number(i), number(*bad)}, "this is not UTF-8", {}});
    const auto control = std::ranges::find_if(line, is_forbidden_control);
    if (control != line.end())
      problems.push_back(
          {{file, number(i), number(static_cast<std::size_t>(control - line.begin()))},
           "a control character; write it with an escape, for example \"\\x00\"",
           {}});
    const auto indent = std::min(line.find_first_not_of(' '), line.size());
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (!blocks.is_content(line, indent) && line[indent] == '\t')
      problems.push_back(
          {{file, number(i), number(indent)}, "a tab cannot indent YAML; use spaces", {}});
  }
  return problems.size() == before;
}

}  // namespace halley::scenario
