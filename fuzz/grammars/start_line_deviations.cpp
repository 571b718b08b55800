#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace halley::fuzz {
namespace {

using namespace std::string_view_literals;

using draft_type = request_draft;

octets authority_of(draft_type& draft) {
  const field_draft* host = draft.find("Host");
  return host == nullptr ? "127.0.0.1" : host->value;
}

/// At any place but the first, where something else would be wrong with the target as well.
void insert_behind_first(octets& text, choices& from, std::string_view what) {
  const std::size_t at = 1 + draw_position(from, text.size());
  text.insert(std::min(at, text.size()), what);
}

void insert_into(octets& text, choices& from, std::string_view what) {
  text.insert(draw_position(from, text.size() + 1), what);
}

void method_no_token(choices& from, draft_type& draft) {
  static constexpr auto methods = std::to_array<std::string_view>(
      {"G(T", "G\x01T", "G\xc3T", "GET/", "\"GET\"", "G\0T"sv, "GET\t", "", "{", "GET:", "G\x7f"});
  draft.method = pick(from, methods);
}

void method_case(choices& from, draft_type& draft) {
  static constexpr auto methods = std::to_array<std::string_view>({"get", "Get", "post", "gET"});
  draft.method = pick(from, methods);
}

void method_long(choices& from, draft_type& draft) {
  draft.method.assign(1000 + from.draw(4000), 'A');
}

void target_space(choices& from, draft_type& draft) {
  static constexpr auto spaces = std::to_array<std::string_view>({" ", "\t", "  x", " HTTP/1.1 "});
  insert_behind_first(draft.target, from, pick(from, spaces));
  draft.target += 'x';
}

void target_control(choices& from, draft_type& draft) {
  static constexpr auto controls =
      std::to_array<std::string_view>({"\x01", "\0"sv, "\x7f", "\x1b", "\x08", "\x0b"});
  insert_behind_first(draft.target, from, pick(from, controls));
  draft.target += 'x';
}

void target_high_octet(choices& from, draft_type& draft) {
  static constexpr auto high =
      std::to_array<std::string_view>({"\xc3\xa9", "\x80", "\xff", "\xe2\x80\xa8", "\xa0"});
  draft.target += pick(from, high);
}

void target_none(choices&, draft_type& draft) {
  draft.target.clear();
}

void target_long(choices& from, draft_type& draft) {
  draft.target += draft.target.find('?') == octets::npos ? '?' : '&';
  draft.target.append(once_in(from, 8) ? 50000 : 8001 + from.draw(4000), 'a');
}

void target_fragment(choices& from, draft_type& draft) {
  static constexpr auto fragments = std::to_array<std::string_view>({"#x", "#", "#?y", "#a#b"});
  draft.target += pick(from, fragments);
}

void target_asterisk(choices& from, draft_type& draft) {
  static constexpr auto methods = std::to_array<std::string_view>({"GET", "POST", "DELETE"});
  draft.method = pick(from, methods);
  draft.target = "*";
}

void target_authority(choices& from, draft_type& draft) {
  static constexpr auto methods = std::to_array<std::string_view>({"GET", "POST", "OPTIONS"});
  draft.method = pick(from, methods);
  draft.target = authority_of(draft);
}

void target_https(choices&, draft_type& draft) {
  draft.target.insert(0, "https://" + authority_of(draft));
}

void target_empty_host(choices& from, draft_type& draft) {
  static constexpr auto schemes =
      std::to_array<std::string_view>({"http://", "http://:80", "HTTP://", "http://:"});
  draft.target.insert(0, pick(from, schemes));
}

void target_of_other_host(choices& from, draft_type& draft) {
  static constexpr auto hosts =
      std::to_array<std::string_view>({"other.halley.test", "localhost.", "127.0.0.2:1"});
  draft.target.insert(0, "http://" + authority_of(draft));
  draft.set("Host", pick(from, hosts));
}

void version_form(choices& from, draft_type& draft) {
  static constexpr auto versions = std::to_array<std::string_view>(
      {"HTTP/1.1x", "HTTP/11", "HTTP/1", "HTTP/1,1", "HTTP/01.1", "HTTP/1.10", "HTTP/+1.1",
       "HTTP/.1", "HTTP/1.", "HTTPS/1.1", "HTP/1.1", "/1.1", "HTTP", "HTTP/x.y", "HTTP/1.1\x01",
       "ICY"});
  draft.version = pick(from, versions);
}

void version_case(choices& from, draft_type& draft) {
  static constexpr auto versions =
      std::to_array<std::string_view>({"http/1.1", "Http/1.1", "hTTP/1.0"});
  draft.version = pick(from, versions);
}

void version_none(choices& from, draft_type& draft) {
  draft.version.clear();
  if (from.draw(2) == 0) draft.second_space = "";
}

void version_major(choices& from, draft_type& draft) {
  static constexpr auto versions =
      std::to_array<std::string_view>({"HTTP/2.0", "HTTP/3.0", "HTTP/9.9", "HTTP/0.9", "HTTP/0.0"});
  draft.version = pick(from, versions);
}

void spaces(choices& from, draft_type& draft) {
  static constexpr auto runs =
      std::to_array<std::string_view>({"  ", "   ", " \t", "\t ", " \x0b", " \x0c"});
  const std::string_view run = pick(from, runs);
  // In front of the target it begins with SP: with anything else the method were no token.
  if (from.draw(2) == 1 || run.front() != ' ')
    draft.second_space = run;
  else
    draft.first_space = run;
}

void space_behind_version(choices& from, draft_type& draft) {
  static constexpr auto runs = std::to_array<std::string_view>({" ", "  ", "\t", " x"});
  draft.version += pick(from, runs);
}

void blank_before(choices& from, draft_type& draft) {
  static constexpr auto blanks =
      std::to_array<std::string_view>({"\r\n", "\r\n\r\n", "\n", "\r\n\r\n\r\n\r\n", "\n\n"});
  draft.before = pick(from, blanks);
}

void blank_behind(choices&, draft_type& draft) {
  draft.behind = "\r\n";
}

void space_before(choices& from, draft_type& draft) {
  static constexpr auto runs = std::to_array<std::string_view>({" ", "\t", "  ", " \r\n"});
  draft.before = pick(from, runs);
}

void line_end_lf(choices&, draft_type& draft) {
  draft.line_end = "\n";
}

void line_end_cr(choices& from, draft_type& draft) {
  static constexpr auto ends = std::to_array<std::string_view>({"\r", "\r\r\n", "\r \r\n"});
  draft.line_end = pick(from, ends);
}

void cr_in_line(choices& from, draft_type& draft) {
  insert_into(draft.target, from, "\r");
}

void space_line(choices& from, draft_type& draft) {
  static constexpr auto lines = std::to_array<std::string_view>(
      {" X-Space: line\r\n", " \r\n", "\t\r\n", " Host: x\r\n", "\tx\r\n"});
  draft.behind_start_line = pick(from, lines);
}

void other_protocol(choices& from, draft_type& draft) {
  static constexpr auto beginnings = std::to_array<std::string_view>(
      {"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03"sv, "\x00\x00\x00\x04\x08\x00\x00\x00\x00"sv,
       "\x05\x01\x00"sv, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv, "\xff\xff\xff\xff"sv});
  draft.before = pick(from, beginnings);
}

void http2_preface(choices&, draft_type& draft) {
  draft.method = "PRI";
  draft.target = "*";
  draft.version = "HTTP/2.0";
  draft.fields.clear();
  draft.chunked = false;
  draft.body = "SM\r\n\r\n";
}

constexpr auto table = std::to_array<http_deviation>({
    {"method-no-token", "rfc9110/9.1-method-token", false, method_no_token},
    {"method-case", "rfc9112/3.1-case-sensitive", false, method_case},
    {"method-long", "rfc9112/3-long-method", false, method_long},
    {"target-space", "rfc9112/3.2-target-octets", false, target_space},
    {"target-control", "rfc9112/3.2-target-octets", false, target_control},
    {"target-high-octet", "rfc9112/3.2-invalid-request-line", false, target_high_octet},
    {"target-none", "rfc9112/3.2-no-autocorrection", false, target_none},
    {"target-long", "rfc9112/3-uri-too-long", false, target_long},
    {"target-fragment", "rfc9110/7.1-no-fragment", false, target_fragment},
    {"target-asterisk", "rfc9110/7.1-special-forms", false, target_asterisk},
    {"target-authority", "rfc9110/7.1-special-forms", false, target_authority},
    {"target-https", "rfc9110/7.4-https", false, target_https},
    {"target-empty-host", "rfc9110/4.2.1-empty-host", false, target_empty_host},
    {"target-other-host", "rfc9112/3.2-host-value", false, target_of_other_host},
    {"version-form", "rfc9112/2.3-version", false, version_form},
    {"version-case", "rfc9112/2.3-name-case", false, version_case},
    {"version-none", "rfc9112/2.3-version-received", false, version_none},
    {"version-major", "rfc9110/6.2-major-version", false, version_major},
    {"request-line-spaces", "rfc9112/3-request-line-space", false, spaces},
    {"space-behind-version", "rfc9112/3-request-line-space", false, space_behind_version},
    {"blank-before", "rfc9112/2.2-blank-before-request", false, blank_before},
    {"blank-behind", "rfc9112/2.2-blank-before-request", false, blank_behind},
    {"space-before", "rfc9112/2.2-invalid-message", false, space_before},
    {"start-line-bare-lf", "rfc9112/2.2-bare-lf", false, line_end_lf},
    {"start-line-bare-cr", "rfc9112/2.2-bare-cr", true, line_end_cr},
    {"target-bare-cr", "rfc9112/2.2-bare-cr-received", false, cr_in_line},
    {"space-before-fields", "rfc9112/2.2-space-before-fields", false, space_line},
    {"other-protocol", "rfc9112/2.2-invalid-message", true, other_protocol},
    {"http2-preface", "rfc9110/6.2-major-version", true, http2_preface},
});

}  // namespace

std::span<const http_deviation> start_line_deviations() {
  return table;
}

}  // namespace halley::fuzz
