#include "reference-server/forward.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/body_decoder.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/forward_head.hpp"
#include "reference-server/options.hpp"
#include "reference-server/origin_link.hpp"
#include "reference-server/reach.hpp"
#include "reference-server/request.hpp"
#include "reference-server/tunnel.hpp"
#include "transport/transport.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

/// The longest single wait where nothing but an event ends it.
constexpr duration long_wait = std::chrono::hours(1);
constexpr duration store_look = std::chrono::milliseconds(20);  // of a mutant

/// One request on its way to the origin, and its answer on the way back: shared by the two
/// directions, of which the one that goes to the origin ends first.
struct forwarding {
  forwarding(exchange& of, std::unique_ptr<transport::transport> lower)
      : with(of),
        origin(of.shared().shared_from_this(), std::move(lower)),
        joined(of.shared().world.time()) {}

  const options& settings() const { return with.settings(); }
  bool mutant(const char* name) const { return with.settings().mutant(name); }

  exchange& with;
  origin_link origin;
  clock::wake joined;
  body_step request = body_step::piece;  // how the request's body stands
  bool invited = false;                  // the origin has said 100 (Continue)
  bool answered = false;                 // the answer is over, whatever became of it
  bool upward_ended = false;
  bool failed = false;  // the origin gave no whole answer
};

/// The end of a chunked body, with its trailer section.
octets last_chunk(const forwarding& in, const std::vector<field>& trailers) {
  const octets fields = forwarded_trailers(trailers);
  if (in.mutant("proxy-trailers-in-body") && !fields.empty()) return as_chunk(fields) + "0\r\n\r\n";
  return "0\r\n" + fields + "\r\n";
}

// The request

awaitable<bool> write_piece(forwarding& in, octets piece) {
  if (in.mutant("proxy-rechunk-loses-one")) piece.pop_back();
  if (piece.empty()) co_return true;  // an empty chunk would be the last one
  const bool chunked = in.with.head().body == framing::chunked;
  const octets out = chunked ? as_chunk(piece) : std::move(piece);
  const bool sent = co_await in.origin.write(out);
  co_return sent;
}

/// A chunked request is complete for the origin with its last chunk only.
awaitable<void> end_request(forwarding& in) {
  in.origin.asked();
  if (in.with.head().body != framing::chunked) co_return;
  const octets last = last_chunk(in, in.with.body().trailers());
  co_await in.origin.write(last);
}

/// Sends the body on, piece by piece. What is cut here is cut there too: no origin may take it for
/// complete (RFC 9112 §8).
awaitable<void> send_body(forwarding& in) {
  octets piece;
  while (in.request == body_step::piece) {
    const instant deadline = in.with.shared().now() + in.settings().http_body_timeout;
    const body_step step = co_await in.with.read_body(piece, deadline);
    if (step != body_step::piece) in.request = step;
    if (step == body_step::piece && in.mutant("proxy-buffers-request")) continue;
    if (step == body_step::end && in.mutant("proxy-buffers-request") && !piece.empty())
      co_await write_piece(in, piece);
    if (step != body_step::piece) break;
    // An origin that takes no more may have answered: that is for whoever reads it.
    const bool sent = co_await write_piece(in, std::move(piece));
    piece.clear();
    if (!sent) co_return;
  }
  const bool whole = in.request == body_step::end || in.mutant("proxy-completes-request");
  if (whole) {
    co_await end_request(in);
  } else if (in.request != body_step::stopped) {
    in.origin.cut();
  }
}

bool client_gone(const forwarding& in) {
  connection& client = in.with.peer();
  return client.closed() || client.peer() == connection::inbound::broken;
}

/// The way to the origin; behind the body it looks for a client that goes away.
awaitable<void> upward(std::shared_ptr<forwarding> in) {
  co_await send_body(*in);
  while (!in->answered && !client_gone(*in)) {
    if (in->request == body_step::piece) break;
    const instant later = in->with.shared().now() + long_wait;
    co_await in->with.peer().changed(later);
  }
  if (!in->answered && client_gone(*in) && !in->mutant("proxy-ignores-abort")) in->origin.cut();
  in->upward_ended = true;
  in->joined.notify();
}

/// Ends the way to the origin, and waits for that.
awaitable<void> join(forwarding& in) {
  in.answered = true;
  in.with.abandon_body(true);
  in.with.peer().events().notify();
  while (!in.upward_ended) {
    const instant later = in.with.shared().now() + long_wait;
    co_await in.joined.wait_until(later);
  }
  in.with.abandon_body(false);
}

// The answer

/// Waits for one head. Returns: its size; 0 where none comes.
awaitable<std::size_t> await_head(forwarding& in) {
  constexpr octet_view end = "\r\n\r\n";
  for (;;) {
    const std::size_t at = in.origin.input().find(end);
    if (at != octet_view::npos) co_return at + end.size();
    if (in.origin.input().size() > in.settings().http_maximum_head_size) co_return 0;
    const bool more = co_await in.origin.read();
    if (!more) co_return 0;
  }
}

/// Answers for an origin that did not, unless the client is to blame or gone.
awaitable<void> answer_for(forwarding& in, octets why) {
  exchange& with = in.with;
  in.failed = true;
  const bool late = in.origin.at() == origin_link::inbound::late;
  in.origin.cut();
  if (in.request != body_step::end) with.close_after();
  if (client_gone(in) || in.request == body_step::cut) co_return;
  if (in.mutant("proxy-failure-unanswered")) {
    with.close_after();
    co_return;
  }
  if (in.request == body_step::bad) {
    co_await with.refuse(400, "bad chunked body\n");
  } else if (in.request == body_step::late) {
    co_await with.refuse(408, "body too slow\n");
  } else {
    why += '\n';
    co_await with.refuse(late ? 504 : 502, std::move(why));
  }
}

awaitable<bool> pass_interim(forwarding& in, passed_answer of) {
  exchange& with = in.with;
  if (of.head.status == 100) in.invited = true;
  // HTTP/1.0 knows no interim answers (RFC 9110 §15.2).
  const bool old = with.head().minor == 0 && !in.mutant("proxy-interim-to-http10");
  if (old || in.mutant("proxy-drops-interim")) co_return true;
  const octets head = backward_head(of, {}, with.shared().pseudonym, in.settings());
  const bool sent = co_await with.peer().write(head);
  co_return sent;
}

/// The protocol changes: from here on there are octets only.
awaitable<void> switch_protocols(forwarding& in, passed_answer of) {
  exchange& with = in.with;
  const octets head = backward_head(of, {}, with.shared().pseudonym, in.settings());
  co_await join(in);
  if (in.mutant("proxy-eats-behind-101")) in.origin.consume(in.origin.input().size());
  const bool sent = co_await with.send_head(head);
  with.close_after();
  if (!sent) co_return;
  const auto client = with.peer().shared_from_this();
  auto target = in.origin.release();
  co_await run_tunnel(client, std::move(target));
}

answer_framing framing_for(forwarding& in, const passed_answer& of) {
  exchange& with = in.with;
  const bool unknown = of.body == framing::chunked || of.to_the_end;
  answer_framing result;
  result.chunked = unknown && with.head().minor > 0;
  // Whether a body comes that nobody asked for is unknown: nothing can follow.
  const bool unasked = with.head().expects_continue && !in.invited && in.request != body_step::end;
  if ((unknown && !result.chunked) || unasked) with.close_after();
  result.close = !with.persistent();
  return result;
}

/// The end of an answer that is not whole must not look like one. Source: RFC 9112 §8.
void give_up(forwarding& in, bool delimited) {
  in.failed = true;
  in.with.close_after();
  in.origin.cut();
  if (!delimited) in.with.peer().cut();
}

awaitable<void> pass_body(forwarding& in, passed_answer of, bool chunked) {
  request shape;
  shape.body = of.to_the_end ? framing::length : of.body;
  shape.length = of.length;
  body_decoder decoder(shape, in.settings());
  octets data;
  octets whole_data;  // for a mutant that keeps it
  for (;;) {
    const std::size_t took = decoder.feed(in.origin.input(), data);
    in.origin.consume(took);
    const bool open = decoder.at() == body_decoder::state::more;
    const bool hold = open && in.mutant("proxy-buffers-answer");
    if (data.size() > 1 && in.mutant("proxy-answer-loses-one")) data.pop_back();
    if (in.mutant("proxy-changes-lines")) std::ranges::replace(data, '\n', ' ');
    if (!in.with.shared().asked.empty()) whole_data += data;
    if (!data.empty() && !hold) {
      const octets out = chunked ? as_chunk(data) : data;
      data.clear();
      const bool sent = co_await in.with.peer().write(out);
      if (!sent && !in.mutant("proxy-reads-for-nobody")) co_return give_up(in, true);
    }
    if (!open) break;
    const bool more = co_await in.origin.read();
    if (!more) break;
  }
  while (in.mutant("proxy-waits-for-close") && in.origin.at() == origin_link::inbound::open)
    co_await in.origin.read();
  if (in.with.shared().asked.contains(in.with.head().target))
    in.with.shared().stored[in.with.head().target] = std::move(whole_data);
  const bool at_end = of.to_the_end && in.origin.at() == origin_link::inbound::ended;
  const bool whole = decoder.at() == body_decoder::state::ended || at_end;
  if (!whole && !in.mutant("proxy-completes-answer"))
    co_return give_up(in, chunked || !of.to_the_end);
  if (!chunked) {
    const octets behind(in.origin.input());
    if (in.mutant("proxy-passes-extra")) co_await in.with.peer().write(behind);
    co_return;
  }
  const octets last = last_chunk(in, decoder.trailers());
  const bool sent = co_await in.with.peer().write(last);
  if (!sent) in.with.close_after();
}

awaitable<void> pass_answer(forwarding& in, passed_answer of) {
  const answer_framing framed = framing_for(in, of);
  const octets head = backward_head(of, framed, in.with.shared().pseudonym, in.settings());
  const bool sent = co_await in.with.send_head(head);
  if (sent && of.body != framing::none) {
    co_await pass_body(in, std::move(of), framed.chunked);
  } else if (!sent) {
    in.origin.cut();
  }
}

/// Reads answers until the final one is passed on.
awaitable<void> downward(forwarding& in) {
  const bool upgrade = asks_upgrade(in.with.head());
  while (in.mutant("proxy-answers-late") && in.request == body_step::piece && !client_gone(in)) {
    const instant soon = in.with.shared().now() + std::chrono::milliseconds(20);
    co_await in.joined.wait_until(soon);
  }
  for (;;) {
    const std::size_t size = co_await await_head(in);
    if (size == 0) {
      co_await answer_for(in, "no answer from the origin");
      co_return;
    }
    const octets head(in.origin.input().substr(0, size));
    in.origin.consume(size);
    auto read = read_answer(head, in.with.head().method, in.settings());
    if (auto* const why = std::get_if<octets>(&read)) {
      co_await answer_for(in, std::move(*why));
      co_return;
    }
    auto answer = std::get<passed_answer>(std::move(read));
    const int status = answer.head.status;
    if (status == 101 && upgrade) {
      co_await switch_protocols(in, std::move(answer));
      co_return;
    }
    if (status == 101 && !in.mutant("proxy-passes-any-101")) {
      co_await answer_for(in, "the origin changes the protocol unasked");
      co_return;
    }
    if (status >= 200 || in.mutant("proxy-interim-is-final")) {
      co_await pass_answer(in, std::move(answer));
      co_return;
    }
    const bool sent = co_await pass_interim(in, std::move(answer));
    if (!sent) co_return;
  }
}

awaitable<void> refuse_forwarding(exchange& with, error_code why) {
  if (why == boost::asio::error::operation_aborted ||
      with.settings().mutant("proxy-failure-unanswered")) {
    with.close_after();
    co_return;
  }
  const bool late = why == boost::asio::error::timed_out;
  co_await with.refuse(late ? 504 : 502, late ? "no answer\n" : "connect failed\n");
}

/// The fault of mutants: an answer that was not to be stored is given to others, too.
awaitable<bool> answer_from_store(exchange& with) {
  core& shared = with.shared();
  const octets& target = with.head().target;
  const bool waits = with.settings().mutant("proxy-collapses");
  if (!waits && !with.settings().mutant("proxy-answers-from-store")) co_return false;
  const bool first = shared.asked.insert(target).second;
  while (waits && !first && !shared.stored.contains(target) && !with.peer().closed())
    co_await clock::sleep_for(shared.world.time(), store_look);
  if (!shared.stored.contains(target)) co_return false;
  response again = text(200, shared.stored[target]);
  co_await with.respond(std::move(again));
  co_return true;
}

/// Answers what no origin is asked. Returns: false where it has to be forwarded.
awaitable<bool> answer_here(exchange& with) {
  const request& head = with.head();
  const options& how = with.settings();
  const bool stored = co_await answer_from_store(with);
  if (stored) co_return true;
  if (went_through(head, with.shared().pseudonym) && !how.mutant("proxy-loops")) {
    co_await with.refuse(508, "this request came by before\n");
    co_return true;
  }
  if (forwards_left(head) != 0U || how.mutant("proxy-max-forwards-zero")) co_return false;
  response answer;
  answer.status = head.method == "OPTIONS" ? 204 : 405;
  answer.fields.push_back({"Allow", "GET, HEAD, POST, OPTIONS, CONNECT"});
  co_await with.respond(std::move(answer));
  co_return true;
}

/// The fault of a mutant: the origin gets the request a second time. Nobody waits for the answer.
awaitable<void> ask_again(exchange& with, onward to) {
  error_code error;
  auto lower = co_await reach(with, to.where, leaving::by_reset, error);
  if (!lower) co_return;
  origin_link again(with.shared().shared_from_this(), std::move(lower));
  const octets head = onward_head(with.head(), to, with.shared().pseudonym, with.settings());
  co_await again.write(head);
  co_await again.read();
}

}  // namespace

awaitable<void> forward(exchange& with, onward to) {
  const in_stage counted(with.shared().stages["forward"]);
  const bool answered = co_await answer_here(with);
  if (answered) co_return;
  with.leave_expectation();  // whether a body is wanted is for the origin to say
  error_code error;
  auto lower = co_await reach(with, to.where, leaving::by_reset, error);
  if (!lower) {
    co_await refuse_forwarding(with, error);
    co_return;
  }
  const auto in = std::make_shared<forwarding>(with, std::move(lower));
  const octets head = onward_head(with.head(), to, with.shared().pseudonym, with.settings());
  co_await in->origin.write(head);  // a failure shows in what is read
  with.shared().work->spawn(upward(in));
  co_await downward(*in);
  in->origin.close();
  co_await join(*in);
  if (in->failed && with.settings().mutant("proxy-asks-again")) co_await ask_again(with, to);
  if (with.settings().mutant("proxy-rest-is-request")) with.forget_body();
  if (with.settings().mutant("proxy-deaf-behind-answer")) co_await turn_deaf(with);
}

}  // namespace halley::gateway
