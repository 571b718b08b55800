#include "wire/http_decoder_cases.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::wire::testing {
namespace {

// --- How the cases below write items: "offset+size what". ---

std::string show(const field_section& fields) {
  std::string text = "{";
  for (const field_line& line : fields.lines) {
    if (text.size() > 1) text += "; ";
    text += printable(line.name) + "=" + printable(line.value);
  }
  return text + "}";
}

std::string show(http_version version) {
  return "HTTP/" + std::to_string(version.major) + "." + std::to_string(version.minor);
}

struct renderer {
  std::string operator()(const request_head& head) const {
    return head.method + " " + printable(head.target) + " " + show(head.version) + " " +
           show(head.fields);
  }
  std::string operator()(const response_head& head) const {
    return show(head.version) + " " + std::to_string(head.status) + " '" + printable(head.reason) +
           "' " + show(head.fields);
  }
  std::string operator()(const chunk_header& header) const {
    return "chunk " + std::to_string(header.size) + printable(header.extension);
  }
  std::string operator()(const body_piece& piece) const { return "body " + printable(piece.data); }
  std::string operator()(const trailer_section& trailer) const {
    return "trailer " + show(trailer.fields);
  }
  std::string operator()(const message_end& end) const {
    return end.complete ? "end" : "end incomplete";
  }
  std::string operator()(wire_error error) const { return std::string(name(error)); }
  std::string operator()(left_http /*left*/) const { return "left"; }
};

// --- Running a stream through a decoder. ---

items joined(const items& all) {
  items result;
  for (const http_item& item : all) {
    const auto* piece = std::get_if<body_piece>(&item.what);
    auto* last = result.empty() ? nullptr : std::get_if<body_piece>(&result.back().what);
    if (piece != nullptr && last != nullptr && result.back().at + result.back().size == item.at) {
      last->data += piece->data;
      result.back().size += item.size;
    } else {
      result.push_back(item);
    }
  }
  return result;
}

// A copy on the heap of exactly its size: the sanitizer sees an over-read by one octet.
void feed_copy(http_decoder& decoder, octet_view part, items& out) {
  const auto copy = std::make_unique<char[]>(part.size());
  std::ranges::copy(part, copy.get());
  decoder.feed({copy.get(), part.size()}, out);
}

std::vector<stream_case> request_line_cases() {
  return {
      {"a plain request",
       request,
       "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
       {"0+28 GET /a HTTP/1.1 {Host=h}", "28+0 end"}},
      {"requests in a pipeline",
       request,
       "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
       {"0+19 GET /a HTTP/1.1 {}", "19+0 end", "19+19 GET /b HTTP/1.0 {}", "38+0 end"}},
      {"empty lines before a request",
       request,
       "\r\n\nGET / HTTP/1.1\r\n\r\n",
       {"0+2 blank_before_start_line", "2+1 blank_before_start_line", "2+1 bare_lf",
        "3+18 GET / HTTP/1.1 {}", "21+0 end"}},
      {"every line ends with a bare LF",
       request,
       "GET / HTTP/1.1\nA: b\n\n",
       {"14+1 bare_lf", "19+1 bare_lf", "20+1 bare_lf", "0+21 GET / HTTP/1.1 {A=b}", "21+0 end"}},
      {"a CR inside the target",
       request,
       "GET /\ra HTTP/1.1\r\n\r\n",
       {"5+1 bare_cr", "5+1 bad_target", "0+20 GET /\\ra HTTP/1.1 {}", "20+0 end"}},
      {"two CR before the LF",
       request,
       "GET / HTTP/1.1\r\r\n\r\n",
       {"14+1 bare_cr", "14+1 bad_start_line_space", "0+19 GET / HTTP/1.1 {}", "19+0 end"}},
      {"white space in the target",
       request,
       "GET /a b HTTP/1.1\r\n\r\n",
       {"6+1 bad_target", "0+21 GET /a b HTTP/1.1 {}", "21+0 end"}},
      {"an octet over 0x7F in the target",
       request,
       "GET /\xE9 HTTP/1.1\r\n\r\n",
       {"5+1 bad_target", "0+19 GET /\\xe9 HTTP/1.1 {}", "19+0 end"}},
  };
}

std::vector<stream_case> bad_request_line_cases() {
  return {
      {"no target",
       request,
       "GET  HTTP/1.1\r\n\r\n",
       {"3+2 bad_start_line_space", "5+0 bad_target", "0+17 GET  HTTP/1.1 {}", "17+0 end"}},
      {"nothing behind the method",
       request,
       "GET \r\n\r\n",
       {"4+0 bad_target", "4+0 bad_version", "0+8 GET  HTTP/1.1 {}", "8+0 end"}},
      {"no version",
       request,
       "GET /\r\n\r\n",
       {"5+0 bad_version", "0+9 GET / HTTP/1.1 {}", "9+0 end"}},
      {"wrong white space everywhere",
       request,
       "GET\x20\x20/\tHTTP/1.1 \r\n\r\n",
       {"3+2 bad_start_line_space", "6+1 bad_start_line_space", "15+1 bad_start_line_space",
        "0+20 GET / HTTP/1.1 {}", "20+0 end"}},
      {"a version in lower case",
       request,
       "GET / http/1.1\r\n\r\n",
       {"6+8 bad_version", "0+18 GET / HTTP/1.1 {}", "18+0 end"}},
      {"a version with two digits",
       request,
       "GET / HTTP/1.10\r\n\r\n",
       {"6+9 bad_version", "0+19 GET / HTTP/1.1 {}", "19+0 end"}},
      {"a method that is no token",
       request,
       "GE(T / HTTP/1.1\r\n\r\n",
       {"0+3 bad_method", "0+0 left"}},
      {"a method without a target", request, "GET\r\n\r\n", {"0+4 bad_method", "0+0 left"}},
      {"a method of 64 octets",
       request,
       octets(64, 'M') + " / HTTP/1.1\r\n\r\n",
       {"0+79 " + octets(64, 'M') + " / HTTP/1.1 {}", "79+0 end"}},
      {"a method of 65 octets", request, octets(65, 'M') + " / HTTP/1.1\r\n\r\n", {"0+0 left"}},
      {"a space before the method", request, " GET / HTTP/1.1\r\n\r\n", {"0+0 left"}},
      {"a frame behind an upgrade",
       request,
       "GET / HTTP/1.1\r\n\r\n\x81\x85\x01\x02\x03\x04zzzzz",
       {"0+18 GET / HTTP/1.1 {}", "18+0 end", "18+0 left"}},
      {"a CR that is no empty line", request, "\rGET / HTTP/1.1\r\n\r\n", {"0+0 left"}},
      {"a request cut short in its start line", request, "GE", {"0+2 truncated_head"}},
      {"a request cut short in its fields",
       request,
       "GET / HTTP/1.1\r\nA: b\r\n",
       {"0+22 truncated_head"}},
      {"a CR and nothing more", request, "\r", {"0+1 truncated_head"}},
      {"nothing at all", request, "", {}},
  };
}

std::vector<stream_case> status_line_cases() {
  using namespace std::string_literals;
  return {
      {"a plain response",
       response,
       "HTTP/1.1 204 No Content\r\n\r\n",
       {"0+27 HTTP/1.1 204 'No Content' {}", "27+0 end"}},
      {"a reason may be empty and begin with blanks",
       response,
       "HTTP/1.1 204 \r\n\r\nHTTP/1.1 204  \t\xC3\r\n\r\n",
       {"0+17 HTTP/1.1 204 '' {}", "17+0 end", "17+20 HTTP/1.1 204 ' \\t\\xc3' {}", "37+0 end"}},
      {"no space behind the status code",
       response,
       "HTTP/1.1 204\r\n\r\n",
       {"12+0 missing_reason_space", "0+16 HTTP/1.1 204 '' {}", "16+0 end"}},
      {"control characters in the reason",
       response,
       "HTTP/1.1 204 a\0b\x7F\r\n\r\n"s,
       {"14+1 bad_reason", "0+21 HTTP/1.1 204 'a\\x00b\\x7f' {}", "21+0 end"}},
      {"wrong white space in the status line",
       response,
       "HTTP/1.1\t204\vX\r\n\r\n",
       {"8+1 bad_start_line_space", "12+1 bad_start_line_space", "0+18 HTTP/1.1 204 'X' {}",
        "18+0 end"}},
      {"a status code of four digits",
       response,
       "HTTP/1.1 2000 X\r\nContent-Length: 0\r\n\r\n",
       {"9+4 bad_status_code", "0+38 HTTP/1.1 0 'X' {Content-Length=0}", "38+0 end"}},
      {"a status line of only a version",
       response,
       "HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
       {"8+0 bad_status_code", "0+31 HTTP/1.1 0 '' {Content-Length=0}", "31+0 end"}},
      {"a version that is none",
       response,
       "HTTP/one 204 X\r\n\r\n",
       {"0+8 bad_version", "0+18 HTTP/1.1 204 'X' {}", "18+0 end"}},
      {"a response in lower case is no response",
       response,
       "http/1.1 200 OK\r\n\r\n",
       {"0+0 left"}},
      {"octets that are no response",
       response,
       "\r\nHTTQ",
       {"0+2 blank_before_start_line", "2+0 left"}},
      {"a response cut short", response, "HTT", {"0+3 truncated_head"}},
  };
}

std::vector<stream_case> field_line_cases() {
  using namespace std::string_literals;
  const octets get = "GET / HTTP/1.1\r\n";  // 16 octets
  return {
      {"white space around a value is not part of it",
       request,
       get + "A: \t b c \t\r\nB:\r\n\r\n",
       {"0+34 GET / HTTP/1.1 {A=b c; B=}", "34+0 end"}},
      {"names keep their case and order",
       request,
       get + "b: 1\r\nA: 2\r\nB: 3\r\n\r\n",
       {"0+36 GET / HTTP/1.1 {b=1; A=2; B=3}", "36+0 end"}},
      {"a space before the colon",
       request,
       get + "A \t: b\r\n\r\n",
       {"17+2 space_before_colon", "0+26 GET / HTTP/1.1 {A=b}", "26+0 end"}},
      {"a name that is no token",
       request,
       get + "A B: c\r\n: d\r\n\r\n",
       {"16+3 bad_field_name", "24+0 bad_field_name", "0+31 GET / HTTP/1.1 {A B=c; =d}",
        "31+0 end"}},
      {"a line without a colon is no field",
       request,
       get + "Upgrade\r\n\r\n",
       {"16+7 missing_colon", "0+27 GET / HTTP/1.1 {=Upgrade}", "27+0 end"}},
      {"control characters in a value",
       request,
       get + "A: b\0c\x01\r\nB: \xFF\r\n\r\n"s,
       {"20+1 bad_field_value", "0+33 GET / HTTP/1.1 {A=b\\x00c\\x01; B=\\xff}", "33+0 end"}},
      {"CR inside a value",
       request,
       get + "A: b\rc\rd\r\n\r\n",
       {"20+1 bare_cr", "0+28 GET / HTTP/1.1 {A=b\\rc\\rd}", "28+0 end"}},
      {"a line of CR is not the empty line",
       request,
       get + "\r\r\n\r\n",
       {"16+1 bare_cr", "16+1 missing_colon", "0+21 GET / HTTP/1.1 {=\\r}", "21+0 end"}},
      {"a folded value",
       request,
       get + "A: b \r\n \t c\r\n\td\r\nB: e\r\n\r\n",
       {"23+3 obs_fold", "29+1 obs_fold", "0+41 GET / HTTP/1.1 {A=b c d; B=e}", "41+0 end"}},
      {"a folded empty value",
       request,
       get + "A:\r\n \r\n b\n\r\n",
       {"20+1 obs_fold", "23+1 obs_fold", "25+1 bare_lf", "0+28 GET / HTTP/1.1 {A=b}", "28+0 end"}},
      {"deviations of a line stand in the order of the stream",
       request,
       get + "A : b\x01\rc\n\r\n",
       {"17+1 space_before_colon", "21+1 bad_field_value", "22+1 bare_cr", "24+1 bare_lf",
        "0+27 GET / HTTP/1.1 {A=b\\x01\\rc}", "27+0 end"}},
      {"lines of white space before the first field are skipped",
       request,
       get + " A: b\r\n\tC: d\r\nE: f\r\n\r\n",
       {"16+1 leading_space_line", "23+1 leading_space_line", "0+38 GET / HTTP/1.1 {E=f}",
        "38+0 end"}},
  };
}

std::vector<stream_case> framing_cases() {
  return {
      {"a request with a length, then another",
       request,
       "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
       {"0+37 PUT / HTTP/1.1 {Content-Length=3}", "37+3 body abc", "40+0 end",
        "40+18 GET / HTTP/1.1 {}", "58+0 end"}},
      {"a body cut short",
       request,
       "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
       {"0+37 PUT / HTTP/1.1 {Content-Length=3}", "37+2 body ab", "39+0 truncated_body",
        "39+0 end incomplete"}},
      {"two lengths that disagree: the second line is named",
       request,
       "PUT / HTTP/1.1\r\nContent-Length: 3\r\ncontent-length: 4\r\n\r\nabcd",
       {"35+19 conflicting_content_length",
        "0+56 PUT / HTTP/1.1 {Content-Length=3; content-length=4}", "56+4 body abcd", "60+0 end"}},
      {"the length that is none is named",
       request,
       "PUT / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: +3\r\n\r\n",
       {"35+20 bad_content_length", "0+57 PUT / HTTP/1.1 {Content-Length=3; Content-Length=+3}",
        "57+0 end"}},
      {"a final response behind interim ones",
       response,
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 H\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
       "2\r\n\r\nok",
       {"0+25 HTTP/1.1 100 'Continue' {}", "25+0 end", "25+18 HTTP/1.1 103 'H' {}", "43+0 end",
        "43+38 HTTP/1.1 200 'OK' {Content-Length=2}", "81+2 body ok", "83+0 end"}},
      {"HEAD has no body and interim responses do not answer it",
       response,
       "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 "
       "OK\r\nContent-Length: 1\r\n\r\nx",
       {"0+18 HTTP/1.1 100 'C' {}", "18+0 end", "18+38 HTTP/1.1 200 'OK' {Content-Length=9}",
        "56+0 end", "56+38 HTTP/1.1 200 'OK' {Content-Length=1}", "94+1 body x", "95+0 end"},
       {"HEAD", "GET"}},
      {"304 has no body",
       response,
       "HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 304 N\r\n\r\n",
       {"0+46 HTTP/1.1 304 'N' {Transfer-Encoding=chunked}", "46+0 end",
        "46+18 HTTP/1.1 304 'N' {}", "64+0 end"}},
      {"204 must not have a length",
       response,
       "HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n",
       {"16+19 forbidden_content_length", "0+37 HTTP/1.1 204 'N' {Content-Length=0}", "37+0 end"}},
      {"a response without a length ends with the connection",
       response,
       "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
       {"0+19 HTTP/1.1 200 'OK' {}", "19+18 body HTTP/1.1 204 N\\r\\n\\r\\n", "37+0 end"}},
      {"101 leaves HTTP",
       response,
       "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n\x81",
       {"0+38 HTTP/1.1 101 'S' {Upgrade=websocket}", "38+0 end", "38+0 left"}},
      {"2xx to CONNECT leaves HTTP, whatever its length says",
       response,
       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
       {"17+19 forbidden_content_length", "0+38 HTTP/1.1 200 'OK' {Content-Length=3}", "38+0 end",
        "38+0 left"},
       {"CONNECT"}},
      {"CONNECT that is refused stays",
       response,
       "HTTP/1.1 407 A\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\nHTTP",
       {"0+37 HTTP/1.1 407 'A' {Content-Length=1}", "37+1 body x", "38+0 end",
        "38+19 HTTP/1.1 200 'OK' {}", "57+0 end", "57+0 left"},
       {"CONNECT", "CONNECT"}},
  };
}

stream_case chunked_case(std::string name, const octets& body, std::vector<std::string> expected) {
  expected.insert(expected.begin(), "0+47 HTTP/1.1 200 'OK' {Transfer-Encoding=chunked}");
  return {std::move(name), response, octets(chunked_head) + body, std::move(expected)};
}

std::vector<stream_case> chunked_cases() {
  const octets next = "HTTP/1.1 204 N\r\n\r\n";
  return {
      chunked_case("chunks, then another message",
                   "3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n" + next,
                   {"47+3 chunk 3", "50+3 body abc", "55+5 chunk 10", "60+10 body 0123456789",
                    "72+3 chunk 0", "77+0 end", "77+18 HTTP/1.1 204 'N' {}", "95+0 end"}),
      chunked_case("extensions", "1 ; a = b;c=\"\\\"; \" \t;d\r\nx\r\n0;z\r\n\r\n",
                   {"47+24 chunk 1 ; a = b;c=\"\\\\\"; \" \\t;d", "71+1 body x", "74+5 chunk 0;z",
                    "81+0 end"}),
      chunked_case(
          "extensions that are none", "1 \r\nx\r\n1;\r\nx\r\n1;a=\"\r\nx\r\n0;a b\r\n\r\n",
          {"48+1 bad_chunk_extension", "47+4 chunk 1 ", "51+1 body x", "56+0 bad_chunk_extension",
           "54+4 chunk 1;", "58+1 body x", "66+0 bad_chunk_extension", "61+7 chunk 1;a=\"",
           "68+1 body x", "74+2 bad_chunk_extension", "71+7 chunk 0;a b", "80+0 end"}),
      chunked_case(
          "a trailer section", "0\r\nA: b\r\nC : d\r\n\r\n",
          {"47+3 chunk 0", "57+1 space_before_colon", "50+15 trailer {A=b; C=d}", "65+0 end"}),
      chunked_case(
          "bare LF everywhere", "1\nx\n0\nA: b\n\n",
          {"48+1 bare_lf", "47+2 chunk 1", "49+1 body x", "50+1 bare_lf", "52+1 bare_lf",
           "51+2 chunk 0", "57+1 bare_lf", "58+1 bare_lf", "53+6 trailer {A=b}", "59+0 end"}),
      chunked_case("CR inside a chunk line", "1\r;a\r\nx\r\n0\r\n\r\n",
                   {"48+1 bare_cr", "48+3 bad_chunk_extension", "47+6 chunk 1\\r;a", "53+1 body x",
                    "56+3 chunk 0", "61+0 end"}),
      chunked_case(
          "no line end behind the data", "1\r\nx0\r\n\r\n",
          {"47+3 chunk 1", "50+1 body x", "51+0 missing_chunk_crlf", "51+3 chunk 0", "56+0 end"}),
      chunked_case(
          "only CR behind the data", "1\r\nx\r0\r\n\r\n",
          {"47+3 chunk 1", "50+1 body x", "51+1 missing_chunk_crlf", "52+3 chunk 0", "57+0 end"}),
      chunked_case("more data than the size says", "1\r\nxyz\r\n0\r\n\r\n",
                   {"47+3 chunk 1", "50+1 body x", "51+0 missing_chunk_crlf", "51+1 bad_chunk_size",
                    "51+0 end incomplete", "51+0 left"}),
      chunked_case("a size that is none", "1\r\nx\r\n0x1\r\n",
                   {"47+3 chunk 1", "50+1 body x", "53+2 bad_chunk_size", "53+0 end incomplete",
                    "53+0 left"}),
      chunked_case("an empty chunk line", "\r\n0\r\n\r\n",
                   {"47+1 bad_chunk_size", "47+0 end incomplete", "47+0 left"}),
      chunked_case("a space before the size", " 1\r\nx\r\n0\r\n\r\n",
                   {"47+1 bad_chunk_size", "47+0 end incomplete", "47+0 left"}),
      chunked_case("the largest size", "00007fffffffffffffff\r\nx",
                   {"47+22 chunk 9223372036854775807", "69+1 body x", "70+0 truncated_body",
                    "70+0 end incomplete"}),
      chunked_case("one more than the largest size", "8000000000000000\r\nx",
                   {"47+16 chunk_size_overflow", "47+0 end incomplete", "47+0 left"}),
      chunked_case("a size of 17 digits", "10000000000000000\r\n",
                   {"47+17 chunk_size_overflow", "47+0 end incomplete", "47+0 left"}),
      chunked_case("cut short in a chunk line", "1\r\nx\r\n0",
                   {"47+3 chunk 1", "50+1 body x", "54+0 truncated_body", "54+0 end incomplete"}),
      chunked_case("cut short in the trailer section", "0\r\nA: b\r\n",
                   {"47+3 chunk 0", "56+0 truncated_body", "56+0 end incomplete"}),
      chunked_case("cut short behind the last data", "1\r\nx\r",
                   {"47+3 chunk 1", "50+1 body x", "52+0 truncated_body", "52+0 end incomplete"}),
  };
}

}  // namespace

std::vector<std::string> render(const items& all) {
  std::vector<std::string> texts;
  for (const http_item& item : all)
    texts.push_back(std::to_string(item.at) + "+" + std::to_string(item.size) + " " +
                    std::visit(renderer{}, item.what));
  return texts;
}

http_decoder decoder_for(const stream_case& c, http_limits limits) {
  http_decoder decoder(c.role, limits);
  for (const octets& method : c.methods)
    decoder.expect_answer_to(method);
  return decoder;
}

items decode(const stream_case& c, const std::vector<std::size_t>& cuts, http_limits limits) {
  http_decoder decoder = decoder_for(c, limits);
  items out;
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    feed_copy(decoder, octet_view(c.stream).substr(begin, cut - begin), out);
    begin = cut;
  }
  feed_copy(decoder, octet_view(c.stream).substr(begin), out);
  decoder.finish(out);
  return joined(out);
}

std::vector<std::size_t> every_offset(octet_view stream) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < stream.size(); ++i)
    cuts.push_back(i);
  return cuts;
}

std::vector<stream_case> all_cases() {
  std::vector<stream_case> all = request_line_cases();
  for (const auto& more : {bad_request_line_cases(), status_line_cases(), field_line_cases(),
                           framing_cases(), chunked_cases()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

namespace {

TEST(http_decoder, every_case_gives_its_items) {
  for (const stream_case& c : all_cases())
    EXPECT_EQ(render(decode(c, {})), c.expected) << c.name;
}

TEST(http_decoder, octet_by_octet_gives_the_same_items) {
  for (const stream_case& c : all_cases())
    EXPECT_EQ(render(decode(c, every_offset(c.stream))), c.expected) << c.name;
}

TEST(http_decoder, any_cut_in_two_gives_the_same_items) {
  for (const stream_case& c : all_cases()) {
    const items whole = decode(c, {});
    for (std::size_t cut = 0; cut <= c.stream.size(); ++cut)
      EXPECT_EQ(decode(c, {cut}), whole) << c.name << ", cut at " << cut;
  }
}

TEST(http_decoder, octets_that_trail_change_nothing_before_them) {
  for (const stream_case& c : all_cases()) {
    for (const octet_view more :
         {"GET /z HTTP/1.1\r\n\r\n", "HTTP/1.1 204 Z\r\n\r\n", "\r\n", "\xFF"}) {
      items alone;
      items trailed;
      http_decoder decoder = decoder_for(c);
      decoder.feed(c.stream, alone);
      decoder_for(c).feed(c.stream + octets(more), trailed);
      ASSERT_GE(trailed.size(), alone.size()) << c.name;
      trailed.resize(alone.size());
      // The last body piece may be longer now.
      if (!alone.empty() && std::holds_alternative<body_piece>(alone.back().what)) {
        const auto& data = std::get<body_piece>(alone.back().what).data;
        EXPECT_TRUE(std::get<body_piece>(trailed.back().what).data.starts_with(data)) << c.name;
        alone.pop_back();
        trailed.pop_back();
      }
      EXPECT_EQ(render(trailed), render(alone)) << c.name;
    }
  }
}

TEST(http_decoder, items_hold_the_octets_that_they_cover) {
  for (const stream_case& c : all_cases()) {
    const octet_view stream = c.stream;
    for (const http_item& item : decode(c, {})) {
      ASSERT_LE(item.at + item.size, stream.size()) << c.name;
      const octet_view covered = stream.substr(item.at, item.size);
      if (const auto* head = std::get_if<request_head>(&item.what)) {
        EXPECT_EQ(head->raw, covered);
      }
      if (const auto* head = std::get_if<response_head>(&item.what)) {
        EXPECT_EQ(head->raw, covered);
      }
      if (const auto* piece = std::get_if<body_piece>(&item.what)) {
        EXPECT_EQ(piece->data, covered);
      }
    }
  }
}

TEST(http_decoder, every_head_has_one_end_unless_the_stream_left_before) {
  for (const stream_case& c : all_cases()) {
    int open = 0;
    for (const http_item& item : decode(c, {})) {
      if (std::holds_alternative<request_head>(item.what)) ++open;
      if (std::holds_alternative<response_head>(item.what)) ++open;
      if (std::holds_alternative<message_end>(item.what)) --open;
      EXPECT_TRUE(open == 0 || open == 1) << c.name;
    }
    EXPECT_EQ(open, 0) << c.name;
  }
}

}  // namespace
}  // namespace halley::wire::testing
