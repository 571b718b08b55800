#include "reference-server/request.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/options.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

constexpr std::size_t usual_lines = 16;
constexpr unsigned octal = 8;
constexpr unsigned decimal = 10;
constexpr unsigned hexadecimal = 16;
/// The longest request line of the mutant that has such a limit.
constexpr std::size_t short_line = 4096;

/// Whether every octet may stand in a URI and every "%" begins a triplet. Source: RFC 3986 §2.
bool is_uri_text(octet_view text) {
  constexpr octet_view never = "\"<>\\^`{|}#[]";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= ' ' || c == 0x7F || octet_at(text, i) > 0x7F) return false;
    if (never.find(c) != octet_view::npos) return false;
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      if (ascii::hex_digit(text[i + 1]) < 0 || ascii::hex_digit(text[i + 2]) < 0) return false;
    }
  }
  return true;
}

/// Source: RFC 9110 §5.5.
bool is_obs_text(char c) {
  return static_cast<unsigned char>(c) > 0x7F;
}

struct line_parts {
  octet_view method;
  octet_view target;
  octet_view version;
};

std::optional<line_parts> split_request_line(octet_view line, const options& how) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == octet_view::npos || first == last) return std::nullopt;
  line_parts parts{line.substr(0, first), line.substr(first + 1, last - first - 1),
                   line.substr(last + 1)};
  // One SP between the parts: more, or another white space, has led to smuggling (RFC 9112 §3).
  if (!ascii::is_token(parts.method) || parts.target.empty()) return std::nullopt;
  const std::size_t blank = parts.target.find(' ');
  if (blank != octet_view::npos && !how.mutant("space-ends-target")) return std::nullopt;
  parts.target = parts.target.substr(0, blank);
  return parts;
}

/// Fills path, query and authority from an origin-form or absolute-form target (RFC 9112 §3.2).
std::optional<refusal> read_target(request& into, const options& how) {
  octet_view rest = into.target;
  if (into.method == "CONNECT") {
    into.authority = into.target;
    return std::nullopt;
  }
  if (how.mutant("special-target-served") && rest.find('/') == octet_view::npos) rest = "/";
  if (rest == "*" && !how.mutant("no-asterisk-form")) {
    if (into.method != "OPTIONS") return refusal{400, "asterisk-form is for OPTIONS"};
    into.path = "*";
    return std::nullopt;
  }
  if (rest.front() != '/' && !how.mutant("no-absolute-form")) {
    const std::size_t colon = rest.find("://");
    if (colon == octet_view::npos) return refusal{400, "not a request target"};
    const octet_view scheme = rest.substr(0, colon);
    rest.remove_prefix(colon + 3);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    into.authority = rest.substr(0, end);
    rest.remove_prefix(end);
    // This listener has no certificate to speak for an https origin (RFC 9110 §7.4).
    if (ascii::iequals(scheme, "https")) return refusal{421, "not this origin"};
    if (!ascii::iequals(scheme, "http")) return refusal{400, "scheme is not http"};
    const auto named = parse_authority(into.authority);
    const bool hostless = !named || named->host.empty();
    if (hostless && !how.mutant("empty-host-accepted")) return refusal{400, "bad authority"};
  }
  if (!is_uri_text(rest) && !how.mutant("target-unchecked"))
    return refusal{400, "bad character in the request target"};
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  if (mark == 0 && how.mutant("empty-path-refused")) return refusal{400, "no path"};
  into.path = mark == 0 ? "/" : octets(rest.substr(0, mark));
  if (mark < rest.size()) into.query = rest.substr(mark + 1);
  return std::nullopt;
}

std::optional<refusal> read_host(request& into, const options& how) {
  const std::size_t hosts = into.count("Host");
  if (hosts > 1 && !how.mutant("accepts-two-hosts")) return refusal{400, "more than one Host"};
  if (hosts == 0) {
    if (into.minor > 0 && !how.mutant("accepts-no-host")) return refusal{400, "no Host"};
    return std::nullopt;
  }
  const octets& host = *into.find("Host");
  if (!host.empty() && !parse_authority(host, how.mutant("port-wraps")) &&
      !how.mutant("host-unchecked"))
    return refusal{400, "bad Host"};
  // The target wins over Host (RFC 9112 §3.2.2), whatever Host says.
  if (into.authority.empty()) {
    if (host.empty()) return refusal{400, "empty Host"};
    into.authority = host;
  }
  if (into.authority != host && how.mutant("host-over-target"))
    return refusal{400, "another Host than in the target"};
  return std::nullopt;
}

/// Source: RFC 9112 §6.1. `chunked` has to be there once, and last.
std::optional<refusal> read_codings(request& into, const options& how) {
  std::vector<octets> codings;
  for (const field& one : into.fields) {
    if (!ascii::iequals(one.name, "Transfer-Encoding")) continue;
    for (octets& coding : ascii::list_elements(one.value))
      codings.push_back(how.mutant("coding-case-seen") ? coding : ascii::to_lower(coding));
  }
  if (into.minor == 0) {
    if (!how.mutant("chunked-in-http10")) return refusal{400, "Transfer-Encoding in HTTP/1.0"};
    into.minor = 1;  // whoever knows the coding cannot be that old
  }
  const auto chunked = std::ranges::count(codings, "chunked");
  const bool anywhere = how.mutant("chunk-not-last") && chunked > 0;
  if (!anywhere) {
    if (codings.empty() || codings.back() != "chunked" || chunked != 1)
      return refusal{400, "chunked is not the final transfer coding"};
    if (codings.size() > 1 && !how.mutant("unknown-coding-skipped"))
      return refusal{501, "transfer coding not known"};
  }
  if (into.count("Content-Length") != 0 && !how.mutant("cl-te-accepted") &&
      !how.mutant("proxy-forwards-both-lengths"))
    return refusal{400, "Content-Length beside Transfer-Encoding"};
  into.body = framing::chunked;
  return std::nullopt;
}

std::optional<std::uint64_t> read_length(octet_view text, const options& how) {
  if (how.mutant("length-by-strtol")) return careless_number(text, decimal);
  if (how.mutant("length-octal") && text.starts_with('0')) return careless_number(text, octal);
  if (how.mutant("length-in-32-bits") && std::ranges::all_of(text, ascii::is_digit))
    return static_cast<std::uint32_t>(careless_number(text, decimal));
  return parse_number(text);
}

/// Whether a mutant does not see a body that is there.
bool overlooks_body(const request& head, const options& how) {
  if (how.mutant("upgrade-hides-body") && head.count("Upgrade") != 0) return true;
  if (how.mutant("body-by-method")) return head.method != "POST" && head.method != "PUT";
  const octets* const length = head.find("Content-Length");
  return how.mutant("repeated-length-ignored") && length != nullptr &&
         (head.count("Content-Length") > 1 || length->find(',') != octets::npos);
}

/// Source: RFC 9112 §6.3.
std::optional<refusal> read_framing(request& into, const options& how) {
  if (overlooks_body(into, how)) return std::nullopt;
  const octets* const coding = into.find("Transfer-Encoding");
  const bool odd = coding != nullptr && *coding != "chunked";
  const std::size_t lengths = into.count("Content-Length");
  const bool ignored = (odd && how.mutant("odd-coding-ignored")) ||
                       (lengths != 0 && how.mutant("length-over-chunked"));
  if (coding != nullptr && !ignored) return read_codings(into, how);
  if (lengths == 0) {
    if (into.method == "POST" && how.mutant("waits-without-length")) {
      into.body = framing::length;
      into.length = 1;
    }
    return std::nullopt;
  }
  // Equal values could be merged; refusing leaves nothing to misread (RFC 9110 §8.6 allows both).
  if (lengths > 1 && !how.mutant("first-length-wins"))
    return refusal{400, "more than one Content-Length"};
  const auto length = read_length(*into.find("Content-Length"), how);
  if (!length) return refusal{400, "bad Content-Length"};
  into.body = *length == 0 ? framing::none : framing::length;
  into.length = *length;
  if (into.length > 1 && how.mutant("body-one-short")) --into.length;
  return std::nullopt;
}

std::optional<refusal> read_expect(request& into, const options& how) {
  if (into.minor == 0 && !how.mutant("continue-to-http10")) return std::nullopt;
  if (into.method == "CONNECT") return std::nullopt;
  for (const field& one : into.fields) {
    if (!ascii::iequals(one.name, "Expect")) continue;
    if (!ascii::iequals(one.value, "100-continue")) return refusal{417, "expectation not known"};
    into.expects_continue = into.body != framing::none;
  }
  return std::nullopt;
}

/// Source: RFC 9112 §9.6. Empty elements of a list are read over (RFC 9110 §5.6.1.2).
bool wants_close(const request& head, const options& how) {
  const octets* const first = head.find("Connection");
  if (how.mutant("empty-element-ends-list") && first != nullptr && first->starts_with(','))
    return false;
  return head.has_token("Connection", "close");
}

/// The lines of a head without their ends. The head was scanned before: every LF ends a line.
std::vector<octet_view> split_lines(octet_view head, const options& how) {
  const bool bare_cr = how.mutant("bare-cr");
  std::vector<octet_view> lines;
  lines.reserve(usual_lines);
  while (!head.empty()) {
    // For each octet find_first_of() asks where it stands in the set.
    const std::size_t end = bare_cr ? head.find_first_of("\r\n") : head.find('\n');
    octet_view line = head.substr(0, end);
    head.remove_prefix(end + 1);
    if (bare_cr && head.starts_with('\n')) head.remove_prefix(1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) break;
    lines.push_back(line);
  }
  return lines;
}

std::optional<refusal> read_fields(request& into,
                                   const std::vector<octet_view>& lines,
                                   const options& how) {
  if (lines.size() - 1 > how.http_maximum_fields) return refusal{431, "too many field lines"};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    octet_view line = lines[i];
    if (ascii::is_blank(line.front())) {
      if (!how.mutant("fold-is-field")) return refusal{400, "obsolete line folding"};
      line = ascii::trim_blank(line);
    }
    auto one = parse_field(line, how);
    if (!one) return refusal{400, "bad field line"};
    into.fields.push_back(std::move(*one));
  }
  return std::nullopt;
}

std::optional<octets> percent_decoded(octet_view text) {
  octets result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = ascii::hex_digit(text[i + 1]);
    const int low = ascii::hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

}  // namespace

const octets* request::find(octet_view name) const {
  const auto found = std::ranges::find_if(
      fields, [&](const field& one) { return ascii::iequals(one.name, name); });
  return found == fields.end() ? nullptr : &found->value;
}

std::size_t request::count(octet_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [&](const field& one) { return ascii::iequals(one.name, name); }));
}

bool request::has_token(octet_view name, octet_view token) const {
  return std::ranges::any_of(fields, [&](const field& one) {
    return ascii::iequals(one.name, name) && ascii::list_has_token(one.value, token);
  });
}

std::optional<octets> request::parameter(octet_view name) const {
  octet_view rest = query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const octet_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equal = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equal) != name) continue;
    return percent_decoded(pair.substr(std::min(equal + 1, pair.size())));
  }
  return std::nullopt;
}

std::variant<std::size_t, refusal> find_head(octet_view input, const options& how) {
  const bool bare = how.mutant("bare-lf");
  const bool bare_cr = how.mutant("bare-cr");
  const bool overlooked = how.mutant("lone-lf-overlooked");
  const bool nul = how.mutant("nul-ends-value");
  bool start_line = true;
  std::size_t line = 0;  // where the line under way begins
  const std::size_t limit = std::min(input.size(), how.http_maximum_head_size);
  for (std::size_t i = 0; i < limit; ++i) {
    if (octet_at(input, i) > '\r') continue;  // nearly all: none of NUL, CR and LF
    if (input[i] == '\0' && !nul) return refusal{400, "NUL in the head"};
    if (input[i] == '\r' && i + 1 < input.size() && input[i + 1] != '\n' && !bare_cr)
      return refusal{400, "CR without LF"};
    if (input[i] != '\n') continue;
    const bool crlf = i > line && input[i - 1] == '\r';
    if (!crlf && overlooked) continue;
    if (!crlf && !bare) return refusal{400, "LF without CR"};
    if (i - line == (crlf ? 1U : 0U)) return i + 1;
    line = i + 1;
    start_line = false;
  }
  if (input.size() < how.http_maximum_head_size) return std::size_t{0};
  return start_line ? refusal{414, "request line too long"} : refusal{431, "head too large"};
}

std::optional<refusal> check_request_line(octet_view line, const options& how) {
  const auto parts = split_request_line(line, how);
  if (!parts) return refusal{400, "bad request line"};
  if (how.mutant("version-unread")) return std::nullopt;
  const octet_view version = parts->version;
  if (version.size() != 8 || !version.starts_with("HTTP/") || !ascii::is_digit(version[5]) ||
      version[6] != '.' || !ascii::is_digit(version[7]))
    return refusal{400, "bad HTTP version"};
  if (version[5] != '1') return refusal{505, "only HTTP/1 is spoken here"};
  if (version[7] == '0' && how.mutant("http10-refused")) return refusal{505, "HTTP/1.0 is too old"};
  if (version[7] > '1' && how.mutant("higher-minor-refused"))
    return refusal{505, "only HTTP/1.1 is spoken here"};
  return std::nullopt;
}

std::variant<request, refusal> parse_head(octet_view head, const options& how) {
  const auto lines = split_lines(head, how);
  if (lines.empty()) return refusal{400, "no request line"};
  if (lines[0].size() > short_line && how.mutant("line-over-4096-refused"))
    return refusal{414, "request line too long"};
  if (const auto bad = check_request_line(lines[0], how)) return *bad;
  const auto parts = split_request_line(lines[0], how);
  request result;
  result.method = parts->method;
  if (how.mutant("method-case-lost") && ascii::iequals(result.method, "GET")) result.method = "GET";
  result.target = parts->target;
  result.fields.reserve(lines.size() - 1);
  result.minor = parts->version.ends_with(".0") ? 0 : 1;
  if (const auto bad = read_fields(result, lines, how)) return *bad;
  if (const auto bad = read_target(result, how)) return *bad;
  if (const auto bad = read_host(result, how)) return *bad;
  if (const auto bad = read_framing(result, how)) return *bad;
  if (const auto bad = read_expect(result, how)) return *bad;
  result.close = (result.minor == 0 && !how.mutant("http10-kept-open")) || wants_close(result, how);
  return result;
}

std::optional<field> parse_field(octet_view line, const options& how) {
  const std::size_t colon = line.find(':');
  octet_view name = line.substr(0, colon);
  if (how.mutant("space-before-colon")) name = ascii::trim_blank(name);
  // is_token also refuses white space before the colon (RFC 9112 §5.1).
  const bool any_name = how.mutant("field-name-unchecked") && !name.ends_with(' ');
  if (colon == octet_view::npos || !(ascii::is_token(name) || any_name)) return std::nullopt;
  octet_view value = line.substr(colon + 1);
  if (how.mutant("blanks-kept")) {
    if (value.starts_with(' ')) value.remove_prefix(1);
  } else {
    value = ascii::trim_blank(value);
  }
  if (how.mutant("nul-ends-value")) value = value.substr(0, value.find('\0'));
  if (std::ranges::any_of(value, [](char c) { return ascii::is_control(c) && c != '\t'; }))
    return std::nullopt;
  if (how.mutant("odd-field-refused") && std::ranges::any_of(value, is_obs_text))
    return std::nullopt;
  field result{octets(name), octets(value)};
  if (how.mutant("length-name-by-case") && ascii::iequals(name, "Content-Length") &&
      name != "Content-Length")
    result.name = "Unknown";
  if (how.mutant("underscore-is-hyphen")) std::ranges::replace(result.name, '_', '-');
  return result;
}

std::optional<std::uint64_t> parse_number(octet_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::uint64_t careless_number(octet_view text, unsigned base) {
  const std::size_t start = text.find_first_not_of(" \t+-");
  text.remove_prefix(std::min(start, text.size()));
  if (base == hexadecimal && (text.starts_with("0x") || text.starts_with("0X")))
    text.remove_prefix(2);
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = ascii::hex_digit(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) break;
    value = value * base + static_cast<unsigned>(digit);
  }
  return value;
}

std::optional<authority> parse_authority(octet_view text, bool port_wraps) {
  authority result;
  octet_view rest = text;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == octet_view::npos) return std::nullopt;
    result.host = rest.substr(1, end - 1);
    result.bracketed = true;
    rest.remove_prefix(end + 1);
    if (result.host.find_first_not_of("0123456789abcdefABCDEF:.") != octets::npos)
      return std::nullopt;
  } else {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    result.host = rest.substr(0, end);
    rest.remove_prefix(end);
    // reg-name: no userinfo, no second colon, nothing that belongs to a path (RFC 3986 §3.2.2).
    if (!is_uri_text(result.host) || result.host.find_first_of("@/?,:") != octets::npos)
      return std::nullopt;
  }
  if (rest.empty()) return result;
  const auto port = rest.front() == ':' ? rest.substr(1) : octet_view("x");
  if (port.empty()) return result;
  const auto number = parse_number(port);
  if (!number || (*number > 65535 && !port_wraps)) return std::nullopt;
  result.port = static_cast<std::uint16_t>(*number);
  return result;
}

}  // namespace halley::gateway
