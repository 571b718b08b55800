#include "wire/start_line.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_line.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <optional>
#include <vector>

namespace halley::wire {
namespace {

constexpr octet_view name_and_slash = "HTTP/";

// The white space that a recipient may take for SP. RFC 9112 §3, §4.
constexpr octet_view spaces = " \t\v\f\r";

// HTTP-version = HTTP-name "/" DIGIT "." DIGIT. RFC 9112 §2.3.
std::optional<http_version> parse_version(octet_view text) {
  if (text.size() != 8 || !text.starts_with(name_and_slash)) return std::nullopt;
  if (!ascii::is_digit(text[5]) || text[6] != '.' || !ascii::is_digit(text[7])) return std::nullopt;
  return http_version{.major = text[5] - '0', .minor = text[7] - '0'};
}

// One start line, read from the left.
class start_line_reader {
public:
  start_line_reader(const http_line& line, std::vector<http_item>& out) : line_(line), out_(out) {}

  void fault(wire_error error, std::size_t begin, std::size_t size) {
    report(out_, error, line_.at + begin, size);
  }

  // White space between two parts: one SP.
  void check_gap(std::size_t begin, std::size_t end) {
    if (line_.text.substr(begin, end - begin) != " ")
      fault(wire_error::bad_start_line_space, begin, end - begin);
  }

  http_version version(std::size_t begin, std::size_t end) {
    const auto version = parse_version(line_.text.substr(begin, end - begin));
    if (!version) fault(wire_error::bad_version, begin, end - begin);
    return version.value_or(http_version{});
  }

  // No white space is allowed in a target (RFC 9112 §3.2) and no URI holds another octet than
  // visible US-ASCII (RFC 3986 §2).
  octets target(std::size_t begin, std::size_t end) {
    const octet_view text = line_.text.substr(begin, end - begin);
    const auto wrong = std::ranges::find_if(text, [](char c) { return c <= ' ' || c > '~'; });
    if (text.empty()) {
      fault(wire_error::bad_target, begin, 0);
    } else if (wrong != text.end()) {
      fault(wire_error::bad_target, begin + static_cast<std::size_t>(wrong - text.begin()), 1);
    }
    return octets(text);
  }

  // status-code = 3DIGIT
  int status(std::size_t begin, std::size_t end) {
    const octet_view code = line_.text.substr(begin, end - begin);
    if (code.size() != 3 || !std::ranges::all_of(code, ascii::is_digit)) {
      fault(wire_error::bad_status_code, begin, end - begin);
      return 0;
    }
    return (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  }

  // reason-phrase = 1*( HTAB / SP / VCHAR / obs-text ). A CR in it is reported as bare already.
  octets reason(std::size_t begin) {
    const octet_view text = line_.text.substr(begin);
    const auto wrong = std::ranges::find_if(
        text, [](char c) { return ascii::is_control(c) && c != '\t' && c != '\r'; });
    if (wrong != text.end())
      fault(wire_error::bad_reason, begin + static_cast<std::size_t>(wrong - text.begin()), 1);
    return octets(text);
  }

private:
  const http_line& line_;
  std::vector<http_item>& out_;
};

std::size_t end_if_none(std::size_t position, octet_view text) {
  return position == octet_view::npos ? text.size() : position;
}

}  // namespace

start_line_guess guess_start_line(http_role role, octet_view begin) {
  if (role == http_role::response) {
    const std::size_t common = std::min(begin.size(), name_and_slash.size());
    if (begin.substr(0, common) != name_and_slash.substr(0, common))
      return start_line_guess::no_message;
    return common == name_and_slash.size() ? start_line_guess::start_line : start_line_guess::open;
  }
  const octet_view shown = begin.substr(0, method_octets + 1);
  const auto end = std::ranges::find_if_not(shown, ascii::is_tchar);
  if (end == shown.end())
    return shown.size() > method_octets ? start_line_guess::no_message : start_line_guess::open;
  return *end == ' ' && end != shown.begin() ? start_line_guess::start_line
                                             : start_line_guess::no_message;
}

// request-line = method SP request-target SP HTTP-version. The method ends at the first SP and the
// version begins behind the last white space, so that a target with white space in it is kept
// whole.
void read_request_line(const http_line& line, request_head& head, std::vector<http_item>& out) {
  const octet_view text = line.text;
  start_line_reader reader(line, out);
  const std::size_t method_end = text.find(' ');
  assert(method_end != octet_view::npos);
  head.method = text.substr(0, method_end);

  const std::size_t begin = end_if_none(text.find_first_not_of(spaces, method_end), text);
  reader.check_gap(method_end, begin);
  if (begin == text.size()) {
    head.target = reader.target(begin, begin);
    head.version = reader.version(begin, begin);
    return;
  }
  const std::size_t end = text.find_last_not_of(spaces) + 1;
  if (end < text.size()) reader.fault(wire_error::bad_start_line_space, end, text.size() - end);

  const std::size_t last_space = text.find_last_of(spaces, end - 1);
  if (last_space >= begin) {  // there is one behind the method's own
    const std::size_t target_end = text.find_last_not_of(spaces, last_space) + 1;
    head.target = reader.target(begin, target_end);
    reader.check_gap(target_end, last_space + 1);
    head.version = reader.version(last_space + 1, end);
  } else if (text.substr(begin).starts_with(name_and_slash)) {
    head.target = reader.target(begin, begin);
    head.version = reader.version(begin, end);
  } else {
    head.target = reader.target(begin, end);
    head.version = reader.version(end, end);
  }
}

// status-line = HTTP-version SP status-code SP [ reason-phrase ]
void read_status_line(const http_line& line, response_head& head, std::vector<http_item>& out) {
  const octet_view text = line.text;
  start_line_reader reader(line, out);
  const std::size_t version_end = end_if_none(text.find_first_of(spaces), text);
  head.version = reader.version(0, version_end);

  const std::size_t code = end_if_none(text.find_first_not_of(spaces, version_end), text);
  if (version_end < text.size()) reader.check_gap(version_end, code);
  const std::size_t code_end = end_if_none(text.find_first_of(spaces, code), text);
  head.status = reader.status(code, code_end);
  if (code == text.size()) return;

  if (code_end == text.size()) {
    reader.fault(wire_error::missing_reason_space, code_end, 0);
    return;
  }
  // All behind one SP is the phrase: more SP in front of it are its own.
  reader.check_gap(code_end, code_end + 1);
  head.reason = reader.reason(code_end + 1);
}

}  // namespace halley::wire
