#include "fuzz/grammars/connect_grammar.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/faults.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/grammars/http_deviations.hpp"
#include "fuzz/grammars/pick.hpp"
#include "fuzz/grammars/request_draft.hpp"
#include "fuzz/live/exchange.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace halley::fuzz {
namespace {

/// Nobody listens there on any machine that tests are run on: discard and its neighbours.
constexpr auto closed_ports =
    std::to_array<std::string_view>({"127.0.0.1:9", "127.0.0.1:1", "127.0.0.1:7"});
constexpr std::string_view loopback = "127.";

/// What may be asked for: the place itself where it is on 127.0.0.0/8, and closed ports there.
octets draw_origin(choices& from, const place& at) {
  const bool itself = at.authority.starts_with(loopback) && !once_in(from, 4);
  return itself ? at.authority : octets(pick(from, closed_ports));
}

bool is_forward_proxy(const place& at) {
  return at.path.empty() || at.path == "/";
}

void draw_credentials(choices& from, const place& at, request_draft& draft) {
  static constexpr auto values = std::to_array<std::string_view>(
      {"Basic aGFsbGV5OnNlY3JldA==", "Basic aGFsbGV5Ondyb25n", "Basic", "Bearer x", "Basic !"});
  if (at.contract != "proxy.restricted" || from.draw(8) == 7) return;
  draft.add("Proxy-Authorization", once_in(from, 4) ? pick(from, values) : values.front());
}

void draw_fields(choices& from, request_draft& draft) {
  static constexpr auto lines = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"User-Agent", "halley"},
       {"Proxy-Connection", "keep-alive"},
       {"Via", "1.1 halley"},
       {"Max-Forwards", "0"},
       {"Max-Forwards", "1"},
       {"X-Forwarded-For", "127.0.0.1"},
       {"Keep-Alive", "timeout=1"},
       {"X-Empty", ""}});
  const auto drawn = from.draw(8);
  for (std::uint32_t i = 5; i < drawn; ++i) {
    const auto& [name, value] = lines.at(from.draw(lines.size()));
    if (draft.find(name) == nullptr) draft.add(name, value);
  }
}

request_draft draw_tunnel(choices& from, const place& at) {
  request_draft draft = request_draft::to(at);
  draft.method = "CONNECT";
  draft.target = draw_origin(from, at);
  draft.set("Host", draft.target);
  draw_credentials(from, at, draft);
  draw_fields(from, draft);
  const auto kind = from.draw(16);
  if (kind == 15) draft.version = "HTTP/1.0";
  if (kind == 14) draft.add("Connection", "close");
  return draft;
}

request_draft draw_forwarded(choices& from, const place& at, bool last) {
  static constexpr auto methods = std::to_array<std::string_view>(
      {"GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "DELETE", "X"});
  request_draft draft = request_draft::to(at);
  draft.method = pick(from, methods);
  if (is_forward_proxy(at)) {
    const octets origin = draw_origin(from, at);
    draft.target =
        (once_in(from, 16) ? "HTTP://" : "http://") + origin + (once_in(from, 8) ? "" : "/");
    draft.set("Host", origin);
  } else if (!draft.target.ends_with('/')) {
    // What is behind the port of the origin is asked of it.
    draft.target += '/';
  }
  draw_credentials(from, at, draft);
  draw_fields(from, draft);
  if (draft.method == "POST" || draft.method == "PUT") {
    octets content = draw_payload(from, draw_payload_size(from, 8192));
    if (from.draw(2) == 0) {
      draft.give_length(std::move(content));
    } else {
      draft.make_chunked();
      if (!content.empty()) draft.add_chunk(content);
      if (once_in(from, 8)) draft.trailers = "X-Trailer: 1\r\n";
    }
  }
  if (last && !once_in(from, 8)) draft.add("Connection", "close");
  return draft;
}

/// Octets for the other end, which is the proxy again or nobody.
void say_through_tunnel(choices& from, const place& at, exchange& to) {
  switch (from.draw(4)) {
    case 0:
    case 1: {
      request_draft inner = request_draft::to(at);
      inner.target = "/";
      inner.add("Connection", "close");
      octets written;
      inner.append_head(written);
      say(to, std::move(written));
      break;
    }
    case 2:
      say(to, draw_payload(from, draw_payload_size(from, 65536)));
      break;
    default:
      break;
  }
}

void leave(choices& from, exchange& made) {
  static constexpr auto ends =
      std::to_array<act::kind>({act::kind::finish, act::kind::close, act::kind::reset});
  if (from.draw(2) == 1) then(made, act::kind::answer);
  then(made, ends.at(from.draw(ends.size())));
}

void write(const request_draft& draft, exchange& to) {
  octets written;
  written.reserve(256);
  draft.append_head(written);
  draft.append_body(written);
  say(to, std::move(written));
}

void apply(choices& from, const http_deviation& row, request_draft& draft, exchange& made) {
  row.apply(from, draft);
  made.deviations.emplace_back(row.name);
}

void compose_tunnel(choices& from, const place& at, exchange& made) {
  const auto table = connect_deviations();
  const faults wrong = draw_faults(from, table.size());
  request_draft draft = draw_tunnel(from, at);
  if (wrong.count > 0) apply(from, table[wrong.rows.front()], draft, made);
  write(draft, made);
  // Octets may come right behind the head. RFC 9110 §9.3.6.
  if (!once_in(from, 4)) then(made, act::kind::answer);
  say_through_tunnel(from, at, made);
  leave(from, made);
}

void compose_forwarded(choices& from, const place& at, exchange& made) {
  const auto& table = forwarded_deviations();
  const faults wrong = draw_faults(from, table.size());
  const std::uint32_t count = 1 + from.draw(3);
  bool waits = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    request_draft draft = draw_forwarded(from, at, i + 1 == count);
    for (std::size_t k = 0; i + 1 == count && k < wrong.count; ++k) {
      const http_deviation& row = table[wrong.rows.at(k)];
      apply(from, row, draft, made);
      waits = waits || row.waits;
    }
    write(draft, made);
    if (i + 1 < count && once_in(from, 3)) then(made, act::kind::answer);
  }
  if (!waits) return;
  then(made, act::kind::answer);
  then(made, act::kind::finish);
}

}  // namespace

bool connect_fits(std::string_view contract) {
  return contract.starts_with("proxy.");
}

exchange compose_connect(choices& from, const place& at, const corpus&) {
  exchange made{.at = at, .acts = {}, .deviations = {}};
  const delivery how = draw_delivery(from);
  const bool forwards =
      at.contract == "proxy.http" || (at.contract == "proxy.impatient" && once_in(from, 2));
  if (forwards)
    compose_forwarded(from, at, made);
  else
    compose_tunnel(from, at, made);
  deliver(from, how, made);
  return made;
}

}  // namespace halley::fuzz
