#include "reference-server/client/answer_head.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

constexpr octet_view line_end = "\r\n";

/// status-line = HTTP-version SP status-code SP [ reason-phrase ]. Source: RFC 9112 §4.
bool read_status_line(answer_head& into, octet_view line) {
  constexpr std::size_t shortest = 13;  // HTTP/1.1 101, and the space that stands there anyway
  if (line.size() < shortest || !line.starts_with("HTTP/1.") || !ascii::is_digit(line[7]))
    return false;
  const octet_view code = line.substr(9, 3);
  if (line[8] != ' ' || line[12] != ' ' || !std::ranges::all_of(code, ascii::is_digit))
    return false;
  const octet_view reason = line.substr(shortest);
  if (std::ranges::any_of(reason, [](char c) { return ascii::is_control(c) && c != '\t'; }))
    return false;
  into.reason = reason;
  into.minor = line[7] - '0';
  into.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  return into.status >= 100;
}

/// What a mutant reads that takes any CR for a line end.
octets lines_ended_by_cr(octet_view head) {
  octets result;
  for (std::size_t i = 0; i < head.size(); ++i) {
    result += head[i];
    if (head[i] == '\r' && !head.substr(i + 1).starts_with('\n')) result += '\n';
  }
  return result;
}

}  // namespace

std::size_t answer_head::count(octet_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [&](const field& one) { return ascii::iequals(one.name, name); }));
}

std::optional<octets> answer_head::value(octet_view name) const {
  std::optional<octets> result;
  for (const field& one : fields) {
    if (!ascii::iequals(one.name, name)) continue;
    result = result ? *result + ", " + one.value : one.value;
  }
  return result;
}

std::vector<octets> answer_head::elements(octet_view name) const {
  const auto all = value(name);
  return all ? ascii::list_elements(*all) : std::vector<octets>();
}

octets unfolded(octet_view head) {
  octets result;
  bool start_line = true;
  while (!head.empty()) {
    const std::size_t end = std::min(head.find(line_end), head.size());
    octet_view rest = head.substr(std::min(end + line_end.size(), head.size()));
    result += head.substr(0, end);
    // White space behind the start line is no fold (RFC 9112 §2.2): it stays for who refuses it.
    if (!rest.empty() && ascii::is_blank(rest.front()) && !start_line) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
      result += ' ';
    } else {
      result += line_end;
    }
    start_line = false;
    head = rest;
  }
  return result;
}

std::variant<answer_head, octets> parse_answer(octet_view head, const options& how) {
  answer_head result;
  octets ended;
  if (how.mutant("bare-cr")) head = ended = lines_ended_by_cr(head);
  for (bool first = true; head.size() > line_end.size() || first; first = false) {
    const std::size_t end = std::min(head.find(line_end), head.size());
    const octet_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + line_end.size(), head.size()));
    if (first) {
      if (!read_status_line(result, line)) return octets("bad status line");
      continue;
    }
    // A folded line is no field (RFC 9112 §5.2); is_token() refuses its blank.
    auto one = parse_field(line, how);
    if (!one) return octets("bad field line");
    result.fields.push_back(std::move(*one));
  }
  return result;
}

}  // namespace halley::gateway
