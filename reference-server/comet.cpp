#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/body_decoder.hpp"
#include "reference-server/comet_life.hpp"
#include "reference-server/comet_plan.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t held_back = 16;
constexpr std::size_t flood_block = 16384;
/// How coarse the timeouts of a mutant are.
constexpr duration coarse = std::chrono::milliseconds(500);
/// How long a mutant looks out for a FIN behind the request.
constexpr duration look_out = std::chrono::milliseconds(50);

duration timeout_of(exchange& with) {
  const auto asked = with.head().parameter("timeout");
  const auto length = asked ? parse_number(*asked) : std::nullopt;
  duration result = with.settings().comet_timeout;
  if (length && *length != 0 && *length <= 3'600'000) result = std::chrono::milliseconds(*length);
  core& shared = with.shared();
  if (!with.settings().mutant("comet-timeout-shared")) return result;
  if (shared.comet_period == duration::zero()) shared.comet_period = result;
  return shared.comet_period;
}

/// One stream: its events, its time limits, and what its handler was told to do.
class stream {
public:
  stream(exchange& with, comet_plan plan)
      : with_(with),
        plan_(plan),
        life_(with),
        period_(timeout_of(with)),
        deadline_(with.shared().now() + period_) {
    if (plan_.ends_after) ends_at_ = with.shared().now() + *plan_.ends_after;
  }

  /// Begins the answer; then the body streams, or a request without one is held.
  awaitable<void> run();

private:
  const options& how() { return with_.settings(); }
  instant next_look() const { return std::min(deadline_, ends_at_); }
  void traffic() { deadline_ = with_.shared().now() + period_; }

  awaitable<bool> begin();
  awaitable<bool> flood();
  awaitable<void> echo_body();
  awaitable<void> hold_open();
  awaitable<bool> attend();
  awaitable<bool> take(std::size_t count);
  awaitable<bool> echo_piece();
  awaitable<void> write_half();
  void notice_timeout();
  void write_failed();
  awaitable<void> complete(octets subtype);
  awaitable<void> give_up(octets subtype);

  exchange& with_;
  comet_plan plan_;
  comet_life life_;
  duration period_;
  instant deadline_;
  instant ends_at_ = instant::max();
  octets piece_;  // what was read and has not been written yet
};

/// Waits for the first octet behind the head: what a mutant does before it answers.
awaitable<void> first_octet(exchange& with) {
  connection& peer = with.peer();
  while (peer.input().empty() && peer.peer() == connection::inbound::open && !peer.closed()) {
    const instant later = with.shared().now() + with.settings().comet_timeout;
    co_await peer.changed(later);
  }
}

/// What a mutant looks at before it takes a request for complete.
awaitable<bool> fin_follows(exchange& with) {
  const instant later = with.shared().now() + look_out;
  while (with.peer().peer() == connection::inbound::open && with.shared().now() < later)
    co_await with.peer().changed(later);
  co_return with.peer().peer() == connection::inbound::ended;
}

/// Whether the request is one that only waits.
bool is_held(exchange& with) {
  const bool waits = with.head().method == "GET" || with.settings().mutant("comet-holds-empty");
  return with.head().body == framing::none && waits;
}

awaitable<void> stream::run() {
  if (plan_.fails == comet_plan::point::begin && !how().mutant("comet-begin-failure-hidden")) {
    life_.fail();
    with_.close_after();
    co_await with_.refuse(500, "the handler failed\n");
    co_return;
  }
  const bool begun = co_await begin();
  if (!begun) co_return;
  if (plan_.ends == comet_plan::point::begin) {
    co_await complete("");
  } else if (is_held(with_)) {
    co_await hold_open();
  } else {
    co_await echo_body();
  }
}

/// Returns: whether the stream goes on.
awaitable<bool> stream::begin() {
  // A handler that ends at once leaves a body that nobody will read: the head can say so.
  const bool unread = with_.body().at() != body_decoder::state::ended;
  if (plan_.ends == comet_plan::point::begin && unread) with_.close_after();
  response head;
  head.fields.push_back({"Content-Type", "application/octet-stream"});
  head.fields.push_back({"Cache-Control", "no-store"});
  co_await with_.invite_body();
  if (how().mutant("comet-late-head")) co_await first_octet(with_);
  bool sent = co_await with_.begin_stream(std::move(head), "");
  if (sent) sent = co_await flood();
  if (!sent) write_failed();
  co_return sent;
}

/// Writes what the handler writes in BEGIN.
awaitable<bool> stream::flood() {
  const octets block(std::min(plan_.floods, flood_block), 'x');
  for (std::size_t left = plan_.floods; left != 0;) {
    const octet_view part = octet_view(block).substr(0, left);
    const bool sent = co_await with_.write_piece(part);
    if (!sent) co_return false;
    traffic();
    left -= part.size();
  }
  co_return true;
}

/// The request with a body: each piece goes back at once; the answer ends when the request does.
awaitable<void> stream::echo_body() {
  with_.stop_ends_body();
  if (how().mutant("comet-stale-octets")) co_await with_.write_piece(with_.shared().stale);
  bool more = true;
  while (more) {
    const std::size_t before = piece_.size();
    const instant look = next_look();
    const body_step step = co_await with_.read_body(piece_, look);
    if (step == body_step::end) {
      bool left = false;
      if (how().mutant("comet-fin-comes-first")) left = co_await fin_follows(with_);
      if (left) {
        co_await give_up("CLIENT_DISCONNECT");
        co_return;
      }
      const bool waits = with_.head().body == framing::length && how().mutant("comet-length-waits");
      if (waits) co_await hold_open();
      if (!waits) co_await complete("");
      co_return;
    }
    if (step == body_step::bad || step == body_step::cut || step == body_step::broken) {
      const bool bad = step == body_step::bad && !how().mutant("comet-bad-chunk-is-disconnect");
      const octets subtype = bad ? "IOEXCEPTION" : "CLIENT_DISCONNECT";
      co_await give_up(subtype);
      co_return;
    }
    if (step == body_step::piece) more = co_await take(piece_.size() - before);
    if (more) more = co_await attend();
  }
}

/// The request without a body: held open until the client goes or sends its next request.
awaitable<void> stream::hold_open() {
  connection& peer = with_.peer();
  bool more = true;
  while (more) {
    if (!peer.input().empty()) {
      co_await complete("");
      co_return;
    }
    if (peer.peer() != connection::inbound::open || peer.closed()) {
      co_await give_up("CLIENT_DISCONNECT");
      co_return;
    }
    more = co_await attend();
    if (!more) co_return;
    const instant look = next_look();
    co_await peer.changed(look);
  }
}

/// Does what is due beside the body: what others wrote, an end from outside or of the handler's own
/// accord, the timeout. Returns: whether the stream goes on.
awaitable<bool> stream::attend() {
  octets written = life_.take_outbox();
  if (how().mutant("comet-write-lost")) written.clear();
  if (!written.empty()) {
    const bool sent = co_await with_.write_piece(written);
    if (!how().mutant("comet-write-no-traffic")) traffic();
    if (!sent) {
      write_failed();
      co_return false;
    }
  }
  if (with_.shared().stopping) {
    co_await complete("SERVER_SHUTDOWN");
    co_return false;
  }
  if (life_.ending()) {
    const octets subtype = *life_.ending();
    co_await complete(subtype);
    co_return false;
  }
  const instant now = with_.shared().now();
  if (now >= ends_at_) {
    co_await complete("");
    co_return false;
  }
  if (now >= deadline_) notice_timeout();
  co_return true;
}

/// A notice, not an end: whoever is slow may go on.
void stream::notice_timeout() {
  if (!how().mutant("comet-silent-timeout")) life_.timed_out();
  deadline_ += period_;
  if (how().mutant("comet-timeout-coarse")) deadline_ += coarse - (deadline_ % coarse);
}

/// One READ. Returns: whether the stream goes on.
awaitable<bool> stream::take(std::size_t count) {
  const std::size_t taken = std::min(count, plan_.takes);
  life_.read(taken);
  if (plan_.fails == comet_plan::point::read) {
    co_await give_up("");
    co_return false;
  }
  if (taken < count) {
    if (!how().mutant("comet-unread-dropped")) {
      co_await give_up("IOEXCEPTION");
      co_return false;
    }
    piece_.resize(piece_.size() - (count - taken));
  }
  if (how().mutant("comet-stale-octets")) with_.shared().stale = piece_;
  const bool sent = co_await echo_piece();
  if (!how().mutant("comet-timeout-runs-on")) traffic();
  if (!sent) {
    write_failed();
    co_return false;
  }
  if (plan_.ends != comet_plan::point::read) co_return true;
  co_await complete("");
  co_return false;
}

/// Sends back what came, unless a mutant keeps some of it for later.
awaitable<bool> stream::echo_piece() {
  if (how().mutant("comet-buffers-until-end")) co_return true;
  octets later;
  if (how().mutant("buffer-16")) {
    const std::size_t whole = piece_.size() / held_back * held_back;
    later = piece_.substr(whole);
    piece_.resize(whole);
  }
  if (how().mutant("comet-writes-mix")) co_await write_half();
  const bool sent = co_await with_.write_piece(piece_);
  piece_ = std::move(later);
  co_return sent;
}

/// What a mutant does: the piece of another writer gets between the halves of this one.
awaitable<void> stream::write_half() {
  const instant later = with_.shared().now() + look_out;
  octets other = life_.take_outbox();
  while (other.empty() && with_.shared().now() < later) {
    co_await with_.peer().changed(later);
    other = life_.take_outbox();
  }
  const octets half = piece_.substr(0, piece_.size() / 2) + other;
  piece_.erase(0, piece_.size() / 2);
  co_await with_.write_piece(half);
}

/// The client is gone, or took so long to read that it was cut off: not the same.
void stream::write_failed() {
  with_.close_after();
  if (how().mutant("comet-writer-unaware")) return;
  life_.fail(with_.peer().closed() ? "IOEXCEPTION" : "CLIENT_DISCONNECT");
}

/// Ends the answer, complete; the connection lives on where all of the request was read.
awaitable<void> stream::complete(octets subtype) {
  const bool consumed = with_.body().at() == body_decoder::state::ended;
  const bool stops = subtype == "SERVER_SHUTDOWN";
  octets rest = life_.take_outbox();
  rest.insert(0, std::exchange(piece_, octets()));
  if (how().mutant("comet-echoes-trailers"))
    for (const field& one : with_.body().trailers())
      rest += one.name + ": " + one.value + "\r\n";
  // The event is there before the octets that tell of it.
  const bool own = plan_.ends != comet_plan::point::never || plan_.ends_after;
  if (!own || !how().mutant("comet-own-end-unsaid")) life_.end(subtype);
  with_.shared().stale.clear();
  if (how().mutant("comet-close-forgets-body")) {
    with_.forget_body();
  } else if (!consumed || stops) {
    with_.close_after();
  }
  co_await with_.write_piece(rest);
  if (how().mutant("comet-never-ends")) co_return;
  if (!subtype.empty() && how().mutant("comet-told-end-cuts")) {
    with_.close_after();
    co_return;
  }
  co_await with_.end_stream();
}

/// Gives the answer up: without a last chunk, the client sees that it is not complete.
awaitable<void> stream::give_up(octets subtype) {
  life_.fail(subtype);
  with_.close_after();
  if (how().mutant("comet-completes-cut")) co_await with_.end_stream();
  // To HTTP/1.0 the end of the connection is that of the answer: only a reset says more.
  if (with_.head().minor == 0 && !how().mutant("comet-old-client-unwarned")) with_.peer().cut();
}

}  // namespace

/// Both directions stream: the response begins before the request has ended.
awaitable<void> comet(exchange& with) {
  const in_stage counted(with.shared().stages["comet"]);
  stream one(with, {});
  co_await one.run();
}

awaitable<void> comet_handler(exchange& with) {
  const auto plan = read_plan(with.head());
  if (!plan) {
    co_await with.refuse(400, "not a plan for a handler\n");
    co_return;
  }
  const in_stage counted(with.shared().stages["comet"]);
  if (plan->patience) with.peer().limit_patience(*plan->patience);
  stream one(with, *plan);
  co_await one.run();
}

void begin_unchecked(connection& on, octet_view head) {
  const octet_view line = head.substr(0, head.find('\r'));
  const std::size_t mark = line.find('?');
  if (mark == octet_view::npos) return;
  request seen;
  seen.query = line.substr(mark + 1, line.rfind(' ') - mark - 1);
  exchange with(on, std::move(seen));
  const comet_life begun(with);
}

}  // namespace halley::gateway
