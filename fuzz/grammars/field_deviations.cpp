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
#include <utility>

namespace halley::fuzz {
namespace {

using namespace std::string_view_literals;

using draft_type = request_draft;

/// A field whose line may be broken: an own one or, as often, one that is there.
field_draft& some_field(choices& from, draft_type& draft) {
  if (draft.fields.empty() || from.draw(2) == 0) {
    draft.add("X-Halley", "value");
    return draft.fields.back();
  }
  return draft.fields[draw_position(from, draft.fields.size())];
}

/// An own field at any place among the others.
field_draft& own_field(choices& from, draft_type& draft) {
  draft.add("X-Halley", "value");
  const std::size_t at = draft.fields.size() - 1 - draw_position(from, draft.fields.size());
  std::swap(draft.fields[at], draft.fields.back());
  return draft.fields[at];
}

void line_end_lf(choices& from, draft_type& draft) {
  some_field(from, draft).end = "\n";
}

void line_end_cr(choices& from, draft_type& draft) {
  static constexpr auto ends = std::to_array<std::string_view>({"\r", "\r\r\n", "\r \r\n"});
  some_field(from, draft).end = pick(from, ends);
}

void head_end_lf(choices&, draft_type& draft) {
  draft.head_end = "\n";
}

void head_end_cr(choices& from, draft_type& draft) {
  static constexpr auto ends = std::to_array<std::string_view>({"\r\r\n", "\r", "\r \r\n"});
  draft.head_end = pick(from, ends);
}

void all_lf(choices&, draft_type& draft) {
  draft.line_end = "\n";
  for (field_draft& one : draft.fields)
    one.end = "\n";
  draft.head_end = "\n";
}

void cr_in_value(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"a\rb", "\rvalue", "a\rX-Injected: yes", "a\r\rb", "a\r b"});
  own_field(from, draft).value = pick(from, values);
}

void nul_in_value(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"a\0b"sv, "\0"sv, "value\0"sv, "\0value"sv});
  own_field(from, draft).value = pick(from, values);
}

void control_in_value(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"a\x01"
                                       "b",
                                       "a\x7f", "\x08",
                                       "a\x0b"
                                       "b",
                                       "a\x0c"
                                       "b",
                                       "\x1b[31m"});
  own_field(from, draft).value = pick(from, values);
}

void control_in_known_value(choices& from, draft_type& draft) {
  static constexpr auto controls =
      std::to_array<std::string_view>({"\0"sv, "\x01", "\x7f", "\x0b"});
  octets& value = draft.fields.empty()
                      ? own_field(from, draft).value
                      : draft.fields[draw_position(from, draft.fields.size())].value;
  value.insert(draw_position(from, value.size() + 1), pick(from, controls));
}

void name_no_token(choices& from, draft_type& draft) {
  static constexpr auto names =
      std::to_array<std::string_view>({"X(y)", "X-\x01", "X-\0y"sv, "X-\xc3\xa9", "X@y", "X/y",
                                       "\"X\"", "X,y", "{X}", "X=y", "X;y", "X y", "\x7f"});
  own_field(from, draft).name = pick(from, names);
}

void name_empty(choices& from, draft_type& draft) {
  own_field(from, draft).name.clear();
}

void space_before_colon(choices& from, draft_type& draft) {
  static constexpr auto colons = std::to_array<std::string_view>({" : ", "\t: ", "  :", " :"});
  some_field(from, draft).colon = pick(from, colons);
}

void colon_missing(choices& from, draft_type& draft) {
  field_draft& line = own_field(from, draft);
  line.colon = once_in(from, 2) ? " " : "";
  if (once_in(from, 2)) line.value.clear();
}

void folded(choices& from, draft_type& draft) {
  static constexpr auto folds = std::to_array<std::string_view>(
      {"\r\n ", "\r\n\t", "\r\n  \t", "\r\n X-Folded: ", "\r\n \r\n "});
  octets& value = some_field(from, draft).value;
  value.insert(draw_position(from, value.size() + 1), pick(from, folds));
  value += 'x';
}

void host_missing(choices&, draft_type& draft) {
  draft.drop("Host");
}

void host_twice(choices& from, draft_type& draft) {
  const field_draft* there = draft.find("Host");
  octets value = there == nullptr ? "127.0.0.1" : there->value;
  if (there == nullptr) draft.add("Host", value);
  if (once_in(from, 2)) value = "other.halley.test";
  draft.add(once_in(from, 4) ? "hOST" : "Host", value);
}

void host_invalid(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"a b", "a/b", "user@a", "[::1", "a:b", "a:80:80", "a\\b", "%zz", "a?b", "a#b", "<a>",
       "http://a", "::1", "a:80x", "\xc3\xa9", "[a]", "a\tb"});
  draft.set("Host", pick(from, values));
}

void host_other(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>({"", ":80", " "});
  draft.set("Host", pick(from, values));
}

void field_long(choices& from, draft_type& draft) {
  const std::size_t size =
      once_in(from, 8) ? 66000 + draw_position(from, 30000) : 8200 + from.draw(9000);
  octets long_value(size, 'a');
  if (once_in(from, 4))
    own_field(from, draft).name = std::move(long_value);
  else
    own_field(from, draft).value = std::move(long_value);
}

void fields_many(choices& from, draft_type& draft) {
  const std::size_t count = 110 + (once_in(from, 8) ? 3000 : from.draw(300));
  // One draft field holds them all: what counts is what is written.
  octets value = "0";
  for (std::size_t i = 0; i < count; ++i)
    value += "\r\nX-Many: 1";
  own_field(from, draft).value = std::move(value);
}

void upgrade_alone(choices& from, draft_type& draft) {
  static constexpr auto protocols =
      std::to_array<std::string_view>({"halley/1", "websocket", "h2c", "TLS/1.2"});
  draft.drop("Connection");
  draft.set("Upgrade", pick(from, protocols));
}

void te_alone(choices&, draft_type& draft) {
  draft.drop("Connection");
  draft.set("TE", "trailers");
}

void singleton_twice(choices& from, draft_type& draft) {
  static constexpr auto names =
      std::to_array<std::string_view>({"Content-Type", "User-Agent", "Max-Forwards"});
  const std::string_view name = pick(from, names);
  draft.drop(name);
  draft.add(name, "1");
  draft.add(name, once_in(from, 2) ? "1" : "2");
}

void request_behind_close(choices&, draft_type& draft) {
  draft.set("Connection", "close");
  draft.behind = "GET /behind HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

constexpr auto table = std::to_array<http_deviation>({
    {"bare-lf", "rfc9112/2.2-bare-lf", false, line_end_lf},
    {"bare-cr", "rfc9112/2.2-bare-cr", true, line_end_cr},
    {"head-end-bare-lf", "rfc9112/2.2-bare-lf", false, head_end_lf},
    {"head-end-bare-cr", "rfc9112/2.2-bare-cr", true, head_end_cr},
    {"all-bare-lf", "rfc9112/2.2-bare-lf", false, all_lf},
    {"value-bare-cr", "rfc9112/2.2-bare-cr-received", false, cr_in_value},
    {"value-nul", "rfc9110/5.5-cr-lf-nul", false, nul_in_value},
    {"value-control", "rfc9110/5.5-field-value", false, control_in_value},
    {"known-value-control", "rfc9110/5.5-field-value", true, control_in_known_value},
    {"name-no-token", "rfc9110/5.1-field-name", false, name_no_token},
    {"name-empty", "rfc9110/5.1-field-name", false, name_empty},
    {"space-before-colon", "rfc9112/5.1-refuse-space-before-colon", false, space_before_colon},
    {"colon-missing", "rfc9112/5-field-line", false, colon_missing},
    {"obs-fold", "rfc9112/5.2-fold-received", false, folded},
    {"host-missing", "rfc9112/3.2-missing-host", false, host_missing},
    {"host-twice", "rfc9112/3.2-several-hosts", false, host_twice},
    {"host-invalid", "rfc9112/3.2-invalid-host", false, host_invalid},
    {"host-empty", "rfc9112/3.2-host-value", false, host_other},
    {"field-long", "rfc9110/5.4-too-large", false, field_long},
    {"fields-many", "rfc9110/5.4-too-large", false, fields_many},
    {"upgrade-alone", "rfc9110/7.8-connection-upgrade", false, upgrade_alone},
    {"te-alone", "rfc9110/7.6.1-list-own", false, te_alone},
    {"singleton-twice", "rfc9110/5.3-singleton", false, singleton_twice},
    {"request-behind-close", "rfc9112/9.6-request-after-close", false, request_behind_close},
});

}  // namespace

std::span<const http_deviation> field_deviations() {
  return table;
}

}  // namespace halley::fuzz
