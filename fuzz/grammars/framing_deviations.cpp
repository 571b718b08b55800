#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace halley::fuzz {
namespace {

using namespace std::string_view_literals;

using draft_type = request_draft;

constexpr std::string_view hello = "hello";

/// GET with a body may be refused for that alone: what is wrong here is something else.
void take_method_with_body(draft_type& draft) {
  if (draft.method == "GET" || draft.method == "HEAD" || draft.method == "OPTIONS" ||
      draft.method == "TRACE")
    draft.method = "POST";
}

void need_length(draft_type& draft) {
  take_method_with_body(draft);
  if (draft.chunked || draft.body.empty() || draft.find("Content-Length") == nullptr)
    draft.give_length(octets(hello));
}

void need_chunks(draft_type& draft) {
  take_method_with_body(draft);
  draft.make_chunked();
  if (draft.chunks.empty()) draft.add_chunk(hello);
}

chunk_draft& some_chunk(choices& from, draft_type& draft) {
  need_chunks(draft);
  return draft.chunks[draw_position(from, draft.chunks.size())];
}

void length_no_number(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"5x", "abc", "0x5", "5.0", "", "5 5", "1e1", "\"5\"", "5;", "\xd9\xa5", "5,", ",5", "5h"});
  // Of five octets: who makes a 5 of it has the whole body.
  take_method_with_body(draft);
  draft.give_length(octets(hello));
  draft.set("Content-Length", pick(from, values));
}

void length_signed(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>({"+5", "-5", "-1", "+0", "-0"});
  // Of five octets: who makes a 5 of it has the whole body.
  take_method_with_body(draft);
  draft.give_length(octets(hello));
  draft.set("Content-Length", pick(from, values));
}

void length_overflow(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"9223372036854775808", "18446744073709551615", "18446744073709551616",
       "18446744073709551621", "99999999999999999999999999",
       "100000000000000000000000000000000000000000000005"});
  need_length(draft);
  draft.set("Content-Length", pick(from, values));
}

void length_wraps(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"4294967301", "2147483648", "4294967296", "9223372036854775807"});
  need_length(draft);
  draft.set("Content-Length", pick(from, values));
}

void length_repeated(choices& from, draft_type& draft) {
  need_length(draft);
  const octets value = draft.find("Content-Length")->value;
  if (once_in(from, 2))
    draft.set("Content-Length", value + ", " + value);
  else
    draft.add("Content-Length", value);
}

void length_conflicting(choices& from, draft_type& draft) {
  static constexpr auto others = std::to_array<std::string_view>({"0", "1", "99999"});
  need_length(draft);
  const octets value = draft.find("Content-Length")->value;
  octets other(pick(from, others));
  if (other == value) other += '7';
  switch (from.draw(3)) {
    case 0:
      draft.add("Content-Length", other);
      break;
    case 1:
      draft.set("Content-Length", other);
      draft.add("content-length", value);
      break;
    default:
      draft.set("Content-Length", value + "," + other);
      break;
  }
}

void length_beyond_body(choices& from, draft_type& draft) {
  need_length(draft);
  draft.set("Content-Length", std::to_string(draft.body.size() + 1 + from.draw(20)));
}

void body_without_length(choices&, draft_type& draft) {
  need_length(draft);
  draft.drop("Content-Length");
}

void length_and_coding(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>({"5", "0", "1", "15", "100"});
  need_chunks(draft);
  const std::string_view value = pick(from, values);
  if (from.draw(2) == 0) {
    draft.add("Content-Length", value);
  } else {
    draft.drop("Transfer-Encoding");
    draft.add("Content-Length", value);
    draft.add("Transfer-Encoding", "chunked");
  }
}

void coding_not_last(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"chunked, gzip", "gzip", "identity", "", "chunked, identity", "deflate", ","});
  need_chunks(draft);
  draft.set("Transfer-Encoding", pick(from, values));
}

void coding_unknown(choices& from, draft_type& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"halley, chunked", "xchunked", "chunkedx", "chunk", "\"chunked\"", "chunked chunked",
       "br, chunked", "identity, chunked"});
  need_chunks(draft);
  draft.set("Transfer-Encoding", pick(from, values));
}

void coding_control(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"\x0b"
                                       "chunked",
                                       "chunked\x01", "chun\0ked"sv,
                                       "\x0c"
                                       "chunked",
                                       "chunked\r",
                                       "\x7f"
                                       "chunked"});
  need_chunks(draft);
  draft.set("Transfer-Encoding", pick(from, values));
}

void chunked_twice(choices& from, draft_type& draft) {
  need_chunks(draft);
  if (once_in(from, 2))
    draft.add("Transfer-Encoding", "chunked");
  else
    draft.set("Transfer-Encoding", "chunked, chunked");
}

void chunked_in_1_0(choices&, draft_type& draft) {
  need_chunks(draft);
  draft.version = "HTTP/1.0";
}

void chunked_parameter(choices& from, draft_type& draft) {
  static constexpr auto values =
      std::to_array<std::string_view>({"chunked;a=b", "chunked ;q=1", "chunked; a"});
  need_chunks(draft);
  draft.set("Transfer-Encoding", pick(from, values));
}

void chunk_size_no_number(choices& from, draft_type& draft) {
  static constexpr auto sizes =
      std::to_array<std::string_view>({"x", "", "g", "0x5", "5h", " 5", "\t5", "5\x0b", "\"5\"",
                                       ";", "five", "\xff", "5.", "\0"sv});
  some_chunk(from, draft).size_line = pick(from, sizes);
}

void chunk_size_signed(choices& from, draft_type& draft) {
  static constexpr auto sizes = std::to_array<std::string_view>({"-5", "+5", "-1", "+0"});
  some_chunk(from, draft).size_line = pick(from, sizes);
}

void chunk_size_overflow(choices& from, draft_type& draft) {
  static constexpr auto sizes = std::to_array<std::string_view>(
      {"8000000000000000", "ffffffffffffffff", "FFFFFFFFFFFFFFFE", "10000000000000000",
       "10000000000000005", "fffffffffffffffffffffffffffffff5"});
  some_chunk(from, draft).size_line = pick(from, sizes);
}

void chunk_size_wraps(choices& from, draft_type& draft) {
  static constexpr auto sizes =
      std::to_array<std::string_view>({"100000005", "80000000", "7fffffffffffffff", "ffffffff"});
  some_chunk(from, draft).size_line = pick(from, sizes);
}

void chunk_size_wrong(choices& from, draft_type& draft) {
  chunk_draft& chunk = some_chunk(from, draft);
  // What stands where CRLF is to be is neither CR nor LF.
  chunk.data = once_in(from, 2) ? "hel" : "hello more";
  chunk.size_line = "5";
}

void chunk_end(choices& from, draft_type& draft) {
  static constexpr auto ends =
      std::to_array<std::string_view>({"", "XX", "\n", "\r", " \r\n", "\n\r", "\r\r\n"});
  some_chunk(from, draft).data_end = pick(from, ends);
}

void chunk_line_lf(choices& from, draft_type& draft) {
  some_chunk(from, draft).line_end = "\n";
}

void chunk_line_cr(choices& from, draft_type& draft) {
  static constexpr auto ends = std::to_array<std::string_view>({"\r\r\n", "\r \r\n"});
  some_chunk(from, draft).line_end = pick(from, ends);
}

void chunk_extension(choices& from, draft_type& draft) {
  static constexpr auto extensions = std::to_array<std::string_view>(
      {";", ";=", ";a=", ";a=\"", ";a b", ";a=\x01", ";a=b c", ";a=\"\x01\"", ";\"a\"", " x",
       ";a=b;", ";a\0b"sv, ",a", ";a=\rb"});
  some_chunk(from, draft).size_line += pick(from, extensions);
}

void chunk_extension_long(choices& from, draft_type& draft) {
  octets& line = some_chunk(from, draft).size_line;
  line += ";a=";
  line.append(16400 + from.draw(8000), 'x');
}

void last_chunk_missing(choices&, draft_type& draft) {
  need_chunks(draft);
  draft.last_chunk.clear();
  draft.trailers.clear();
  draft.trailers_end = "";
}

void last_chunk_form(choices& from, draft_type& draft) {
  static constexpr auto forms = std::to_array<std::string_view>(
      {"0x0\r\n", "-0\r\n", "0 x\r\n", "0;\r\n", "z\r\n", "0\r\r\n"});
  need_chunks(draft);
  draft.last_chunk = pick(from, forms);
}

void trailers_end_lf(choices&, draft_type& draft) {
  need_chunks(draft);
  draft.trailers_end = "\n";
}

void trailers_end_form(choices& from, draft_type& draft) {
  static constexpr auto forms =
      std::to_array<std::string_view>({"\r\r\n\r\n", "x\r\n\r\n", " \r\n\r\n", "\r\r\n"});
  need_chunks(draft);
  draft.trailers_end = pick(from, forms);
}

void trailer_forbidden(choices& from, draft_type& draft) {
  static constexpr auto lines = std::to_array<std::string_view>(
      {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: other.halley.test\r\n",
       "Connection: close\r\n", "TE: trailers\r\n"});
  need_chunks(draft);
  draft.trailers += pick(from, lines);
}

void trailer_form(choices& from, draft_type& draft) {
  static constexpr auto lines = std::to_array<std::string_view>(
      {"X : y\r\n", "X: a\0b\r\n"sv, "X: y\n", "X(y): z\r\n", "X\r\n", ": y\r\n", "X: y\r\n z\r\n",
       " X: y\r\n", "X: a\rb\r\n"});
  need_chunks(draft);
  draft.trailers += pick(from, lines);
}

void trailer_long(choices& from, draft_type& draft) {
  need_chunks(draft);
  draft.trailers += "X-Long: ";
  draft.trailers.append(once_in(from, 8) ? 70000 : 16400 + from.draw(8000), 'x');
  draft.trailers += "\r\n";
}

void head_without_end(choices&, draft_type& draft) {
  draft.head_end = "";
  draft.chunked = false;
  draft.body.clear();
}

constexpr auto table = std::to_array<http_deviation>({
    {"length-no-number", "rfc9112/6.3-invalid-length", false, length_no_number},
    {"length-signed", "rfc9110/8.6-content-length", false, length_signed},
    {"length-overflow", "rfc9110/8.6-overflow", true, length_overflow},
    {"length-wraps", "rfc9110/8.6-overflow", true, length_wraps},
    {"length-repeated", "rfc9110/8.6-repeated-content-length", false, length_repeated},
    {"length-conflicting", "rfc9110/8.6-conflicting-content-length", false, length_conflicting},
    {"length-beyond-body", "rfc9112/6.3-incomplete", true, length_beyond_body},
    {"body-without-length", "rfc9112/6.3-request-framing", true, body_without_length},
    {"length-and-coding", "rfc9112/6.2-length-with-transfer-encoding", false, length_and_coding},
    {"coding-not-last", "rfc9112/6.3-not-chunked-last", false, coding_not_last},
    {"coding-unknown", "rfc9112/6.1-unknown-coding", false, coding_unknown},
    {"coding-control", "rfc9110/5.5-field-value", false, coding_control},
    {"chunked-twice", "rfc9112/6.1-chunked-once", false, chunked_twice},
    {"chunked-in-1.0", "rfc9112/6.1-faulty-in-http-1.0", false, chunked_in_1_0},
    {"chunked-parameter", "rfc9112/7.1-parameters", false, chunked_parameter},
    {"chunk-size-no-number", "rfc9112/7.1-chunk-size", false, chunk_size_no_number},
    {"chunk-size-signed", "rfc9112/7.1-chunk-size", false, chunk_size_signed},
    {"chunk-size-overflow", "rfc9112/7.1-overflow", true, chunk_size_overflow},
    {"chunk-size-wraps", "rfc9112/7.1-overflow", true, chunk_size_wraps},
    {"chunk-size-wrong", "rfc9112/7.1-chunk-crlf", true, chunk_size_wrong},
    {"chunk-end", "rfc9112/7.1-chunk-crlf", true, chunk_end},
    {"chunk-line-bare-lf", "rfc9112/2.2-bare-lf", false, chunk_line_lf},
    {"chunk-line-bare-cr", "rfc9112/2.2-bare-cr", true, chunk_line_cr},
    {"chunk-extension", "rfc9112/7.1.1-chunk-extension", false, chunk_extension},
    {"chunk-extension-long", "rfc9112/7.1.1-limit", false, chunk_extension_long},
    {"last-chunk-missing", "rfc9112/8-incomplete-request", true, last_chunk_missing},
    {"last-chunk-form", "rfc9112/7.1-chunk-size", true, last_chunk_form},
    {"trailers-end-bare-lf", "rfc9112/2.2-bare-lf", false, trailers_end_lf},
    {"trailers-end-form", "rfc9112/5-field-line", true, trailers_end_form},
    {"trailer-forbidden", "rfc9110/6.5.1-framing-in-trailer", false, trailer_forbidden},
    {"trailer-form", "rfc9112/5-field-line", true, trailer_form},
    {"trailer-long", "rfc9110/5.4-too-large-trailer", false, trailer_long},
    {"head-without-end", "rfc9112/8-incomplete-head", true, head_without_end},
});

}  // namespace

std::span<const http_deviation> framing_deviations() {
  return table;
}

}  // namespace halley::fuzz
