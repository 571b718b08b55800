#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/comet_log.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"

#include <nlohmann/json.hpp>

#include <cassert>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t held_back = 16;

/// The life of one Comet exchange, and its log: BEGIN, (READ | ERROR/TIMEOUT)*, one terminal event.
class lifecycle {
public:
  explicit lifecycle(exchange& with)
      : with_(with), key_(with.head().parameter("key").value_or("")) {
    log("BEGIN", "", 0);
  }

  void read(std::size_t count) {
    if (!with_.settings().mutant("comet-silent-read")) log("READ", "", count);
  }
  void timed_out() { log("ERROR", "TIMEOUT", 0); }
  void end(const char* subtype = "") { terminal("END", subtype); }
  void fail(const char* subtype) {
    constexpr std::size_t few = 2;
    const bool lost = with_.settings().mutant("comet-third-error-unsaid") &&
                      with_.shared().comet_events.count(key_, "ERROR") >= few;
    if (lost) {
      ended_ = true;
    } else if (with_.settings().mutant("comet-end-after-cut")) {
      terminal("END", "");
    } else {
      terminal("ERROR", subtype);
    }
  }

private:
  void terminal(const char* name, const char* subtype) {
    assert(!ended_);
    ended_ = true;
    log(name, subtype, 0);
    if (with_.settings().mutant("comet-double-terminal")) log("END", "", 0);
  }

  void log(const char* name, const char* subtype, std::size_t count) {
    core& shared = with_.shared();
    comet_event one{key_, with_.peer().number(), name, subtype, count, shared.now()};
    shared.comet_events.add(std::move(one));
  }

  exchange& with_;
  octets key_;
  bool ended_ = false;
};

duration timeout_of(exchange& with) {
  const auto asked = with.head().parameter("timeout");
  const auto length = asked ? parse_number(*asked) : std::nullopt;
  if (!length || *length == 0 || *length > 3'600'000) return with.settings().comet_timeout;
  return std::chrono::milliseconds(*length);
}

/// Sends back what came, unless a mutant keeps some of it for later.
awaitable<bool> echo_piece(exchange& with, octets& piece) {
  const options& how = with.settings();
  if (how.mutant("comet-buffers-until-end")) co_return true;
  octets later;
  if (how.mutant("buffer-16")) {
    const std::size_t whole = piece.size() / held_back * held_back;
    later = piece.substr(whole);
    piece.resize(whole);
  }
  const bool sent = co_await with.write_piece(piece);
  piece = std::move(later);
  co_return sent;
}

/// Ends the answer to a request that has ended.
awaitable<void> complete(exchange& with, lifecycle& life, octets rest) {
  life.end();
  if (with.settings().mutant("comet-echoes-trailers"))
    for (const field& one : with.body().trailers())
      rest += one.name + ": " + one.value + "\r\n";
  with.shared().stale.clear();
  co_await with.write_piece(rest);
  if (!with.settings().mutant("comet-never-ends")) co_await with.end_stream();
}

/// Gives the answer up: without a last chunk, the client sees that its request was not complete.
awaitable<void> give_up(exchange& with, lifecycle& life, body_step why) {
  life.fail(why == body_step::bad ? "IOEXCEPTION" : "CLIENT_DISCONNECT");
  with.close_after();
  if (with.settings().mutant("comet-completes-cut")) co_await with.end_stream();
}

/// The request with a body: each piece goes back at once; the answer ends when the request does.
awaitable<void> echo_body(exchange& with, lifecycle& life) {
  const options& how = with.settings();
  const duration period = timeout_of(with);
  instant deadline = with.shared().now() + period;
  octets piece;
  with.stop_ends_body();
  if (how.mutant("comet-stale-octets")) co_await with.write_piece(with.shared().stale);
  for (;;) {
    const std::size_t before = piece.size();
    const body_step step = co_await with.read_body(piece, deadline);
    if (step == body_step::stopped) {
      life.end("SERVER_SHUTDOWN");
      with.close_after();
      co_await with.end_stream();
      co_return;
    }
    if (step == body_step::late) {
      // A notice, not an end: whoever is slow may go on.
      if (!how.mutant("comet-silent-timeout")) life.timed_out();
      deadline += period;
      continue;
    }
    if (step == body_step::piece) {
      life.read(piece.size() - before);
      if (how.mutant("comet-stale-octets")) with.shared().stale = piece;
      const bool sent = co_await echo_piece(with, piece);
      if (!how.mutant("comet-timeout-runs-on")) deadline = with.shared().now() + period;
      if (sent) continue;
      life.fail("IOEXCEPTION");
      co_return;
    }
    if (step == body_step::end) {
      co_await complete(with, life, std::move(piece));
    } else {
      co_await give_up(with, life, step);
    }
    co_return;
  }
}

/// The request without a body: held open until the client goes or sends its next request.
awaitable<void> hold_open(exchange& with, lifecycle& life) {
  const duration period = timeout_of(with);
  instant deadline = with.shared().now() + period;
  for (;;) {
    connection& peer = with.peer();
    if (!peer.input().empty() || with.shared().stopping) {
      life.end(with.shared().stopping ? "SERVER_SHUTDOWN" : "");
      co_await with.end_stream();
      co_return;
    }
    if (peer.peer() != connection::inbound::open || peer.closed()) {
      life.fail("CLIENT_DISCONNECT");
      with.close_after();
      co_return;
    }
    if (with.shared().now() >= deadline) {
      life.timed_out();
      deadline += period;
    }
    co_await peer.changed(deadline);
  }
}

/// Whether the request is one that only waits.
bool is_held(exchange& with) {
  const bool waits = with.head().method == "GET" || with.settings().mutant("comet-holds-empty");
  return with.head().body == framing::none && waits;
}

/// Waits for the first octet behind the head: what a mutant does before it answers.
awaitable<void> first_octet(exchange& with) {
  connection& peer = with.peer();
  while (peer.input().empty() && peer.peer() == connection::inbound::open && !peer.closed()) {
    const instant later = with.shared().now() + with.settings().comet_timeout;
    co_await peer.changed(later);
  }
}

}  // namespace

/// Both directions stream: the response begins before the request has ended.
awaitable<void> comet(exchange& with) {
  const in_stage counted(with.shared().stages["comet"]);
  lifecycle life(with);
  response head;
  head.fields.push_back({"Content-Type", "application/octet-stream"});
  head.fields.push_back({"Cache-Control", "no-store"});
  co_await with.invite_body();
  if (with.settings().mutant("comet-late-head")) co_await first_octet(with);
  const bool begun = co_await with.begin_stream(std::move(head), "");
  if (!begun) {
    life.fail("CLIENT_DISCONNECT");
    co_return;
  }
  if (is_held(with)) {
    co_await hold_open(with, life);
  } else {
    co_await echo_body(with, life);
  }
}

void begin_unchecked(connection& on, octet_view head) {
  const octet_view line = head.substr(0, head.find('\r'));
  const std::size_t mark = line.find('?');
  if (mark == octet_view::npos) return;
  request seen;
  seen.query = line.substr(mark + 1, line.rfind(' ') - mark - 1);
  exchange with(on, std::move(seen));
  const lifecycle begun(with);
}

awaitable<void> comet_history(exchange& with) {
  response answer = json_text(with.shared().comet_events.of(with.key).dump() + "\n");
  co_await with.respond(std::move(answer));
}

}  // namespace halley::gateway
