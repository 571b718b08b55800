#include "wire/field_lines.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_line.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

constexpr std::size_t usual_lines = 8;

std::size_t leading_blanks(octet_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, ascii::is_blank) - text.begin());
}

// field-vchar = VCHAR / obs-text, with SP and HTAB between. A CR is reported as bare already.
void check_value(octet_view value, std::uint64_t at, std::vector<http_item>& out) {
  const auto wrong = std::ranges::find_if(
      value, [](char c) { return ascii::is_control(c) && c != '\t' && c != '\r'; });
  if (wrong != value.end())
    report(out, wire_error::bad_field_value, at + static_cast<std::uint64_t>(wrong - value.begin()),
           1);
}

}  // namespace

bool field_lines_reader::add(const http_line& line, std::vector<http_item>& out) {
  if (line.text.empty()) return true;
  const std::size_t blanks = leading_blanks(line.text);
  if (blanks == 0) {
    add_field(line, out);
  } else if (fields_.lines.empty()) {
    // RFC 9112 §2.2: consumed without further processing, with all such lines that follow.
    report(out, wire_error::leading_space_line, line.at, blanks);
  } else {
    report(out, wire_error::obs_fold, line.at, blanks);
    unfold(line, out);
  }
  return false;
}

void field_lines_reader::add_field(const http_line& line, std::vector<http_item>& out) {
  const std::size_t colon = line.text.find(':');
  octet_view name;
  octet_view value = line.text;
  if (colon == octet_view::npos) {
    report(out, wire_error::missing_colon, line.at, line.text.size());
  } else {
    value = line.text.substr(colon + 1);
    const octet_view before = line.text.substr(0, colon);
    name = ascii::trim_blank(before);
    if (name.size() < before.size())
      report(out, wire_error::space_before_colon, line.at + name.size(),
             before.size() - name.size());
    if (!ascii::is_token(name)) report(out, wire_error::bad_field_name, line.at, name.size());
    check_value(value, line.at + colon + 1, out);
  }
  if (fields_.lines.empty()) {
    offsets_.clear();
    fields_.lines.reserve(usual_lines);
  }
  offsets_.push_back(line.at);
  field_line& added = fields_.lines.emplace_back();
  added.name = name;
  added.value = ascii::trim_blank(value);
  added.raw = line.whole;
}

// Each obs-fold (OWS CRLF RWS) becomes one SP. RFC 9112 §5.2.
void field_lines_reader::unfold(const http_line& line, std::vector<http_item>& out) {
  check_value(line.text, line.at, out);
  field_line& folded = fields_.lines.back();
  const octet_view more = ascii::trim_blank(line.text);
  if (!more.empty() && !folded.value.empty()) folded.value.push_back(' ');
  folded.value.append(more);
  folded.raw.append(line.whole);
}

field_section field_lines_reader::take() {
  return std::exchange(fields_, {});
}

}  // namespace halley::wire
