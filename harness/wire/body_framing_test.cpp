#include "wire/body_framing.hpp"

#include "base/bytes.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

using field_list = std::vector<std::pair<octets, octets>>;
using errors = std::vector<wire_error>;
using enum wire_error;

field_section section_of(const field_list& list) {
  field_section section;
  for (const auto& [name, value] : list) {
    octets raw = name;
    raw.append(": ").append(value).append("\r\n");
    section.lines.push_back({.name = name, .value = value, .raw = raw});
  }
  return section;
}

const octets cl = "content-length";
const octets te = "transfer-encoding";

struct request_case {
  field_list fields;
  framing_kind kind;
  std::uint64_t length;
  errors deviations;
  http_version version = {1, 1};
};

TEST(body_framing, requests_are_framed_by_their_fields) {
  const octets most = "9223372036854775807";
  const std::vector<request_case> cases = {
      {{}, framing_kind::none, 0, {}},
      {{{cl, "0"}}, framing_kind::length, 0, {}},
      {{{cl, "007"}}, framing_kind::length, 7, {}},
      {{{cl, most}}, framing_kind::length, 9223372036854775807U, {}},
      {{{cl, "9223372036854775808"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "99999999999999999999999"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, ""}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "+1"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "-1"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "0x1"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "1 2"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "\"1\""}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "1\r"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{cl, "5, 5"}}, framing_kind::length, 5, {repeated_content_length}},
      {{{cl, "5"}, {cl, "05"}}, framing_kind::length, 5, {repeated_content_length}},
      {{{cl, "5, 6"}}, framing_kind::until_close, 0, {conflicting_content_length}},
      {{{cl, "5"}, {cl, "6"}}, framing_kind::until_close, 0, {conflicting_content_length}},
      {{{cl, "5,"}}, framing_kind::length, 5, {bad_content_length}},
      {{{cl, "5"}, {cl, "x"}}, framing_kind::until_close, 0, {bad_content_length}},
      {{{te, "chunked"}}, framing_kind::chunked, 0, {}},
      {{{te, "gzip, ChunKed"}}, framing_kind::chunked, 0, {}},
      {{{te, "gzip"}, {te, "chunked"}}, framing_kind::chunked, 0, {}},
      {{{te, "gzip"}}, framing_kind::until_close, 0, {chunked_not_last}},
      {{{te, ""}}, framing_kind::until_close, 0, {chunked_not_last}},
      {{{te, "chunked, gzip"}}, framing_kind::until_close, 0, {chunked_not_last}},
      {{{te, "chunked, chunked"}}, framing_kind::chunked, 0, {chunked_repeated}},
      {{{te, "chunked;a=b"}}, framing_kind::chunked, 0, {unknown_transfer_coding}},
      {{{te, "identity, chunked"}}, framing_kind::chunked, 0, {unknown_transfer_coding}},
      {{{te, "xchunked"}},
       framing_kind::until_close,
       0,
       {unknown_transfer_coding, chunked_not_last}},
      {{{te, "\"chunked\""}},
       framing_kind::until_close,
       0,
       {unknown_transfer_coding, chunked_not_last}},
      {{{cl, "3"}, {te, "chunked"}},
       framing_kind::chunked,
       0,
       {content_length_with_transfer_encoding}},
      {{{cl, "x"}, {te, "chunked"}},
       framing_kind::chunked,
       0,
       {content_length_with_transfer_encoding, bad_content_length}},
      {{{te, "chunked"}}, framing_kind::chunked, 0, {transfer_encoding_in_http_1_0}, {1, 0}},
  };
  for (const request_case& c : cases) {
    request_head head{.method = "POST", .version = c.version, .fields = section_of(c.fields)};
    const body_framing framing = framing_of(head);
    const body_framing expected{c.kind, c.length, c.deviations};
    EXPECT_EQ(framing, expected) << (c.fields.empty() ? "no fields" : c.fields.back().second);
  }
}

struct response_case {
  int status;
  octets method;
  field_list fields;
  framing_kind kind;
  std::uint64_t length;
  errors deviations;
};

TEST(body_framing, responses_are_framed_by_method_status_and_fields) {
  const errors both_forbidden = {forbidden_content_length, forbidden_transfer_encoding};
  const std::vector<response_case> cases = {
      {200, "GET", {}, framing_kind::until_close, 0, {}},
      {0, "GET", {}, framing_kind::until_close, 0, {}},
      {200, "GET", {{cl, "3"}}, framing_kind::length, 3, {}},
      {200, "GET", {{cl, "x"}}, framing_kind::until_close, 0, {bad_content_length}},
      {200, "GET", {{te, "chunked"}}, framing_kind::chunked, 0, {}},
      {200, "GET", {{te, "gzip"}}, framing_kind::until_close, 0, {}},
      {200, "GET", {{te, "chunked, gzip"}}, framing_kind::until_close, 0, {chunked_not_last}},
      {200, "HEAD", {{cl, "3"}}, framing_kind::none, 0, {}},
      {200, "HEAD", {{cl, "x"}}, framing_kind::none, 0, {bad_content_length}},
      {200, "head", {{cl, "3"}}, framing_kind::length, 3, {}},
      {304, "GET", {{cl, "3"}}, framing_kind::none, 0, {}},
      {304, "GET", {{te, "chunked"}}, framing_kind::none, 0, {}},
      {100, "GET", {}, framing_kind::none, 0, {}},
      {103, "GET", {{cl, "3"}, {te, "chunked"}}, framing_kind::none, 0, both_forbidden},
      {101, "GET", {}, framing_kind::tunnel, 0, {}},
      {101, "GET", {{cl, "0"}}, framing_kind::tunnel, 0, {forbidden_content_length}},
      {204, "GET", {{te, "chunked"}}, framing_kind::none, 0, {forbidden_transfer_encoding}},
      {205, "GET", {{cl, "0"}}, framing_kind::length, 0, {}},
      {200, "CONNECT", {}, framing_kind::tunnel, 0, {}},
      {299, "CONNECT", {{cl, "3"}, {te, "x"}}, framing_kind::tunnel, 0, both_forbidden},
      {204, "CONNECT", {}, framing_kind::tunnel, 0, {}},
      {100, "CONNECT", {}, framing_kind::none, 0, {}},
      {300, "CONNECT", {{cl, "3"}}, framing_kind::length, 3, {}},
  };
  for (const response_case& c : cases) {
    response_head head{.status = c.status, .fields = section_of(c.fields)};
    const body_framing expected{c.kind, c.length, c.deviations};
    EXPECT_EQ(framing_of(head, c.method), expected) << c.status << " to " << c.method;
  }
}

TEST(body_framing, each_deviation_names_the_line_that_makes_it_wrong) {
  const field_section lengths = section_of({{"A", "b"}, {cl, "1"}, {cl, "x"}, {cl, "2"}});
  EXPECT_EQ(deviant_line(bad_content_length, lengths), 2U);
  EXPECT_EQ(deviant_line(conflicting_content_length, lengths), 3U);
  EXPECT_EQ(deviant_line(forbidden_content_length, lengths), 1U);
  const field_section codings = section_of({{te, "chunked"}, {te, "gzip"}, {cl, "1"}});
  EXPECT_EQ(deviant_line(chunked_not_last, codings), 1U);
  EXPECT_EQ(deviant_line(forbidden_transfer_encoding, codings), 0U);
  EXPECT_EQ(deviant_line(content_length_with_transfer_encoding, codings), 2U);
  EXPECT_EQ(deviant_line(bad_content_length, {}), 0U);
}

}  // namespace
}  // namespace halley::wire
