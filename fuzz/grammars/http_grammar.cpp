#include "fuzz/grammars/http_grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/credentials.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/faults.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/held_grammars.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/live/exchange.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace halley::fuzz {
namespace {

constexpr std::size_t most_body = 65536;
constexpr std::uint32_t most_chunks = 5;

/// A Comet endpoint holds a GET for as long as the client is there.
bool holds_get(std::string_view contract) {
  return contract.starts_with("http.comet-") && contract != "http.comet-log";
}

void draw_method(choices& from, std::string_view contract, request_draft& draft) {
  static constexpr auto usual =
      std::to_array<std::string_view>({"GET", "POST", "GET", "HEAD", "POST", "PUT", "GET", "POST"});
  static constexpr auto others = std::to_array<std::string_view>(
      {"OPTIONS", "DELETE", "PATCH", "TRACE", "PROPFIND", "M-SEARCH", "X", "!#$%&'*+-.^_`|~09"});
  draft.method = once_in(from, 8) ? pick(from, others) : pick(from, usual);
  if (holds_get(contract) && draft.method != "PUT") draft.method = "POST";
}

void draw_target(choices& from, const place& at, request_draft& draft) {
  static constexpr auto additions =
      std::to_array<std::string_view>({"a=1", "a", "", "%20", "a=%00", "a=%0d%0a", "a=%c3%a9", "&&",
                                       "a=b?c/d", "a=%zz", "[]", "a+b=;"});
  if (!once_in(from, 8)) return;
  const auto kind = from.draw(8);
  if (kind == 7) {
    draft.target.insert(0, "http://" + at.authority);
  } else if (kind == 6 && draft.method == "OPTIONS") {
    draft.target = "*";
  } else {
    draft.target += draft.target.find('?') == octets::npos ? '?' : '&';
    draft.target += pick(from, additions);
  }
}

void draw_fields(choices& from, request_draft& draft) {
  static constexpr auto lines = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"Accept", "*/*"},
       {"User-Agent", "halley"},
       {"Accept-Encoding", "gzip, identity;q=0.5, *;q=0"},
       {"Accept", "text/html, , application/json;q=0.9,,"},
       {"Cache-Control", "no-cache"},
       {"Cookie", "a=b; c=d"},
       {"Content-Type", "text/plain; charset=\"utf-8\""},
       {"X-Empty", ""},
       {"x-CASE", "Value"},
       {"X-High", "caf\xe9 \xc3\xa9"},
       {"X-Comma", "a, b, \"c, d\", \\e"},
       {"X-Twice", "1"},
       {"!#$%&'*+-.^_`|~", "token"},
       {"Keep-Alive", "timeout=1, max=1"},
       {"Pragma", "no-cache"},
       {"X-Colon", ":: a: b"}});
  // A third has fields of its own: each one costs octets in every exchange.
  const auto drawn = from.draw(12);
  const std::uint32_t count = drawn < 8 ? 0 : drawn - 7;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& [name, value] = lines.at(from.draw(lines.size()));
    if (draft.find(name) != nullptr) continue;
    draft.add(name, value);
    const auto blanks = from.draw(16);
    if (blanks == 15) draft.fields.back().colon = ":";
    if (blanks == 14) draft.fields.back().colon = ": \t ";
    if (blanks == 13) draft.fields.back().value += " \t";
    if (blanks == 12 && name.starts_with("X-"))
      draft.fields.back().value.append(from.draw(600), 'v');
  }
  if (once_in(from, 32) && draft.fields.size() > 1)
    std::ranges::rotate(draft.fields, draft.fields.begin() + 1);
}

void draw_chunks(choices& from, request_draft& draft) {
  static constexpr auto extensions = std::to_array<std::string_view>(
      {"", ";a", ";a=b", ";a=\"b;c\"", ";a=\"\\\"\"", " ;a = b", ";a;b=c"});
  static constexpr auto trailers = std::to_array<std::string_view>(
      {"", "X-Trailer: 1\r\n", "X-Trailer:\r\n", "x: 1\r\nX: 2\r\n", "X-High: \xff\r\n"});
  draft.make_chunked();
  const auto count = from.draw(most_chunks);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t size = 1 + draw_payload_size(from, most_body / most_chunks);
    draft.add_chunk(draw_payload(from, size), once_in(from, 8) ? pick(from, extensions) : "");
    octets& line = draft.chunks.back().size_line;
    const auto form = from.draw(16);
    if (form == 15) line.insert(0, 1 + from.draw(20), '0');
    if (form == 14)
      std::ranges::transform(line, line.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
      });
  }
  if (once_in(from, 8)) draft.last_chunk = once_in(from, 2) ? "0;last\r\n" : "0000\r\n";
  if (once_in(from, 6)) draft.trailers = pick(from, trailers);
}

void draw_body(choices& from, std::string_view contract, request_draft& draft) {
  const bool wanted = draft.method == "POST" || draft.method == "PUT" || draft.method == "PATCH";
  // Content in others is legal, and may be refused. RFC 9110 §9.3.1. Not in TRACE, §9.3.8.
  if (!wanted && (draft.method == "TRACE" || !once_in(from, 16))) return;
  const bool streams = contract.starts_with("http.comet-");
  const auto kind = from.draw(8);
  if (kind < 4 && !streams) {
    draft.give_length(draw_payload(from, draw_payload_size(from, most_body)));
    // Leading zeros change nothing. RFC 9110 §8.6.
    if (once_in(from, 16)) draft.find("Content-Length")->value.insert(0, 1 + from.draw(24), '0');
  } else if (kind < 7) {
    draw_chunks(from, draft);
  } else {
    draft.give_length({});
  }
}

void draw_version(choices& from, bool last, request_draft& draft) {
  const auto kind = from.draw(16);
  if (kind == 15 && !draft.chunked) {
    draft.version = "HTTP/1.0";
    if (!last || once_in(from, 2)) draft.add("Connection", "keep-alive");
    return;
  }
  if (kind == 14) draft.version = "HTTP/1.2";
  if (last) {
    static constexpr auto closes =
        std::to_array<std::string_view>({"close", "Close", "x, close", "close, x", ",close"});
    const auto form = from.draw(8);
    if (form < 7) draft.add("Connection", form < 6 ? closes.front() : pick(from, closes));
  } else {
    static constexpr auto keeps = std::to_array<std::string_view>({"keep-alive", "x", "TE", ","});
    if (once_in(from, 8)) draft.add("Connection", pick(from, keeps));
  }
}

request_draft draw_request(choices& from, const place& at, bool last) {
  request_draft draft = request_draft::to(at);
  draw_method(from, at.contract, draft);
  draw_target(from, at, draft);
  draw_fields(from, draft);
  draw_credentials(from, at, draft);
  draw_body(from, at.contract, draft);
  draw_version(from, last, draft);
  return draft;
}

void say_request(choices& from, const request_draft& draft, exchange& to) {
  octets written;
  written.reserve(256 + draft.body.size());
  draft.append_head(written);
  const bool expects = !draft.fields.empty() && draft.fields.back().name == "Expect";
  if (expects && once_in(from, 2)) {
    say(to, std::move(written));
    then_pause(from, to);
    written = {};
  }
  draft.append_body(written);
  say(to, std::move(written));
}

}  // namespace

bool http_fits(std::string_view contract) {
  return contract.starts_with("http.") && !sse_fits(contract) && !long_poll_fits(contract) &&
         !stream_fits(contract);
}

exchange compose_http(choices& from, const place& at, const corpus&) {
  static constexpr std::array<std::uint32_t, 8> counts = {1, 1, 1, 2, 2, 2, 3, 4};
  const auto& table = http_deviations();
  exchange made{.at = at, .acts = {}, .deviations = {}};
  const delivery how = draw_delivery(from);
  const faults wrong = draw_faults(from, table.size());
  const std::uint32_t count = counts.at(from.draw(counts.size()));
  const std::uint32_t wrong_one = count - 1 - from.draw(count);
  const bool in_turn = count > 1 && once_in(from, 3);
  bool waits = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    request_draft draft = draw_request(from, at, i + 1 == count);
    const bool has_body = draft.chunked || !draft.body.empty();
    if (has_body && once_in(from, 8)) draft.add("Expect", "100-continue");
    for (std::size_t k = 0; i == wrong_one && k < wrong.count; ++k) {
      const http_deviation& row = table[wrong.rows.at(k)];
      row.apply(from, draft);
      made.deviations.emplace_back(row.name);
      waits = waits || row.waits;
    }
    say_request(from, draft, made);
    if (in_turn && i + 1 < count) then(made, act::kind::answer);
  }
  if (waits) {
    then(made, act::kind::answer);
    then(made, act::kind::finish);
  }
  deliver(from, how, made);
  return made;
}

}  // namespace halley::fuzz
