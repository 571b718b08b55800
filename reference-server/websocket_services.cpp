#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"
#include "reference-server/topic.hpp"
#include "reference-server/websocket.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

constexpr int going_away = 1001;  // RFC 6455 §7.4.1
constexpr duration idle_look = std::chrono::hours(1);

/// A WebSocket. A coroutine beside its reader sends what is not an answer; it is there only while
/// there is something to do, since most WebSockets are silent.
struct conversation {
  conversation(exchange& with, std::unique_ptr<websocket> over)
      : on(with.peer().shared_from_this()),
        frames(std::move(over)),
        companion_gone(with.shared().world.time()),
        silence(with.shared().world.time()) {}

  std::shared_ptr<connection> on;
  std::unique_ptr<websocket> frames;
  subscription* events = nullptr;  // of a topic's endpoint
  instant pinged{0};
  bool reader_done = false;
  bool accompanied = false;
  clock::wake companion_gone;
  clock::watchdog silence;

  bool over() const { return reader_done || on->closed(); }
  bool due() const { return on->shared().stopping || (events != nullptr && !events->empty()); }
};

/// When to look again at a peer that says nothing; pings or drops it when it is time. Who answers
/// each ping is looked at once a ping, though the answer came a little less than half the limit
/// ago. Returns: nothing to wait for where the peer was dropped.
awaitable<instant> watch_silence(conversation& in) {
  core& shared = in.on->shared();
  const duration limit = shared.settings.ws_inactivity_timeout;
  if (limit.count() == 0) co_return shared.now() + idle_look;
  const instant heard = in.frames->last_input();
  const duration silent = shared.now() - heard;
  if (silent < limit / 2 - limit / 16) co_return heard + limit / 2;
  if (silent >= limit) {
    in.on->close();
    co_return shared.now() + idle_look;
  }
  if (in.pinged > heard) co_return heard + limit;
  in.pinged = shared.now();
  co_await in.frames->ping();
  co_return heard + limit;
}

/// One event, unmasked and in one frame. Source: RFC 6455 §5.2.
octets as_frame(const event& one, const options& /*how*/) {
  constexpr std::size_t short_length = 125;
  constexpr std::size_t medium_length = 0xFFFF;
  const std::size_t size = one.data.size();
  octets out("\x81");
  std::size_t more = 0;
  if (size <= short_length) {
    out += static_cast<char>(size);
  } else {
    more = size <= medium_length ? 2 : 8;
    out += static_cast<char>(more == 2 ? 126 : 127);
  }
  for (; more > 0; --more)
    out += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * (more - 1)) & 0xFFU);
  return out + one.data;
}

octets gap_text(const gap& lost) {
  return R"({"gap":{"from":)" + std::to_string(lost.from) + R"(,"to":)" + std::to_string(lost.to) +
         "}}";
}

/// Sends one event, and before it what says that others are lost.
awaitable<void> send_one(conversation& in) {
  bool sent = true;
  if (const auto lost = in.events->take_gap()) {
    const octets notice = gap_text(*lost);
    sent = co_await in.frames->write(notice, true);
  }
  const event_ref one = in.events->pop();
  if (sent) sent = co_await in.frames->write(one->data, true);
  if (!sent) in.events = nullptr;
}

void call_companion(const std::shared_ptr<conversation>& in);

/// Does what is due, until nothing is.
awaitable<void> accompany(std::shared_ptr<conversation> in) {
  instant next{0};
  while (!in->over()) {
    if (in->on->shared().stopping) {
      if (in->frames->is_open()) co_await in->frames->close(going_away);
      break;
    }
    if (in->due()) {
      co_await send_one(*in);
      continue;
    }
    next = co_await watch_silence(*in);
    if (!in->due()) break;
  }
  in->accompanied = false;
  in->companion_gone.notify();
  if (in->over() || in->on->shared().stopping) co_return;
  if (in->events != nullptr) in->events->idle(true);
  const std::weak_ptr<conversation> again(in);
  in->silence.arm(next, [again] {
    if (const auto still = again.lock()) call_companion(still);
  });
}

/// The companion begins when what calls for it is done: that may be in the midst of a topic's list.
void call_companion(const std::shared_ptr<conversation>& in) {
  if (in->over() || std::exchange(in->accompanied, true)) return;
  if (in->events != nullptr) in->events->idle(false);
  core& shared = in->on->shared();
  boost::asio::post(shared.world.get_executor(),
                    [in, work = shared.work] { work->spawn(accompany(in)); });
}

/// From now on whatever happens to the connection, or to its topic, calls the companion.
std::shared_ptr<conversation> begin(exchange& with, std::unique_ptr<websocket> over) {
  auto in = std::make_shared<conversation>(with, std::move(over));
  const std::weak_ptr<conversation> then(in);
  in->on->events().otherwise([then] {
    if (const auto still = then.lock()) call_companion(still);
  });
  return in;
}

/// Waits for the companion and ends the connection.
awaitable<void> end(conversation& in) {
  in.reader_done = true;
  in.on->events().otherwise({});
  in.silence.disarm();
  while (in.accompanied) {
    const instant later = in.on->shared().now() + idle_look;
    co_await in.companion_gone.wait_until(later);
  }
  co_await in.frames->finish();
}

/// Whether a mutant that counts conversations begun, and not those that go on, has none left.
bool used_up(exchange& with) {
  constexpr std::uint64_t most = 5;
  return with.settings().mutant("ws-slots-leak") && with.shared().stages["ws"].begun > most;
}

/// How many messages a mutant answers that is used to short conversations.
constexpr std::size_t short_talk = 50;

awaitable<void> echo(exchange& with, websocket_terms terms) {
  const in_stage counted(with.shared().stages["ws"]);
  if (used_up(with)) {
    co_await with.refuse(503, "too many conversations\n");
    co_return;
  }
  auto frames = co_await websocket::accept(with, std::move(terms));
  if (!frames) co_return;
  const auto in = begin(with, std::move(frames));
  call_companion(in);
  websocket::message got;
  const bool tires = with.settings().mutant("talk-cut-short");
  for (std::size_t answered = 0; !tires || answered < short_talk; ++answered) {
    bool more = co_await in->frames->read(got);
    if (with.settings().mutant("echo-other-type")) got.text = false;
    if (more) more = co_await in->frames->write(got.data, got.text);
    if (!more) break;
  }
  co_await end(*in);
}

websocket_terms ordinary(exchange& with) {
  websocket_terms terms;
  terms.maximum_message = with.settings().ws_maximum_message_size;
  return terms;
}

}  // namespace

awaitable<void> websocket_echo(exchange& with) {
  websocket_terms terms = ordinary(with);
  co_await echo(with, std::move(terms));
}

awaitable<void> websocket_echo_small(exchange& with) {
  websocket_terms terms;
  terms.maximum_message = with.settings().ws_small_maximum_message_size;
  co_await echo(with, std::move(terms));
}

awaitable<void> websocket_echo_subprotocol(exchange& with) {
  websocket_terms terms = ordinary(with);
  terms.protocols = {"chat.halley", "echo.halley"};
  co_await echo(with, std::move(terms));
}

/// GET /topics/KEY?cursor=C: each event of the topic is one text message; a message of the client
/// is published.
awaitable<void> websocket_topic(exchange& with) {
  const in_stage counted(with.shared().stages["ws"]);
  topic* const to = with.shared().find_topic(with.key);
  if (to == nullptr) {
    co_await with.refuse(503, "too many topics\n");
    co_return;
  }
  // Before the answer, so that an event published as soon as the client has it is not missed.
  subscription events(with.peer().events(), bounds_of(with), [&with] { with.peer().cut(); });
  const auto given = with.head().parameter("cursor");
  const auto cursor = given ? parse_number(*given) : std::optional<std::uint64_t>(to->last());
  if (!cursor || *cursor > to->last()) {
    co_await with.refuse(400, "bad cursor\n");
    co_return;
  }
  const bool lost = *cursor + 1 < to->oldest();
  if (!with.settings().mutant("ws-topic-from-now"))
    events.begin_with(to->after(*cursor),
                      lost ? std::optional(gap{*cursor + 1, to->oldest() - 1}) : std::nullopt);
  const subscribed while_here(*to, events, with.head().parameter("client").value_or(""));
  websocket_terms terms = ordinary(with);
  auto frames = co_await websocket::accept(with, std::move(terms));
  if (!frames) co_return;
  const auto in = begin(with, std::move(frames));
  in->events = &events;
  if (in->frames->writes_now())
    events.use({form::frame, as_frame,
                [over = in->frames.get()](octet_view data) { return over->write_now(data); }});
  call_companion(in);
  websocket::message got;
  for (;;) {
    const bool more = co_await in->frames->read(got);
    if (!more) break;
    if (!is_utf8(got.data)) continue;
    // Whoever publishes too fast is not read any more until it is time.
    for (auto wait = to->admit(1); wait && *wait > duration(0); wait = to->admit(1))
      co_await clock::sleep_for(with.shared().world.time(), *wait);
    to->publish(got.data, "");
  }
  if (events.overrun()) ++with.shared().stages["ws"].dropped;
  co_await end(*in);
}

}  // namespace halley::gateway
