#include "reference-server/tunnel.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace halley::gateway {
namespace {

/// Both ends, shared by the two directions.
struct tunnel {
  tunnel(std::shared_ptr<connection> with, std::unique_ptr<transport::transport> to)
      : client(std::move(with)),
        target(std::move(to)),
        bound(client->shared().world.time()),
        spoken(client->shared().world.time()) {}

  const options& settings() const { return client->shared().settings; }

  /// RST on both sides.
  void cut() {
    client->cut();
    if (!std::exchange(target_gone, true)) target->abort();
  }

  void close() {
    client->close();
    if (!std::exchange(target_gone, true)) target->close();
  }

  /// Restarts the time that the tunnel may go without an octet.
  void moved() {
    const duration quiet = settings().mutant("tunnel-impatient") ? std::chrono::seconds(1)
                                                                 : settings().tunnel_idle_timeout;
    const duration limit = open_directions == 2 ? quiet : settings().half_close_bound;
    bound.arm(client->shared().now() + limit, [this] { cut(); });
  }

  std::shared_ptr<connection> client;
  std::unique_ptr<transport::transport> target;
  clock::watchdog bound;
  int open_directions = 2;
  bool client_spoke = false;  // for a mutant that waits for it
  clock::wake spoken;         // the client spoke, or a direction has ended
  bool target_gone = false;
  bool asked = false;      // the client spoke last
  unsigned exchanges = 0;  // answers that followed something
};

/// What was read of a direction before the tunnel stood. A FIN among it cannot be read again.
struct pending {
  octets data;
  bool ended = false;
};

octets lossy(const tunnel& in, octet_view data) {
  const bool drop = in.settings().mutant("tunnel-lossy") && data.size() > 1;
  return octets(drop ? data.substr(0, data.size() - 1) : data);
}

/// Whether a mutant loses what the target says: the client has closed its side after a long talk.
bool loses_answer(const tunnel& in) {
  constexpr unsigned long_talk = 3;
  return in.settings().mutant("tunnel-last-answer-lost") && in.open_directions == 1 &&
         in.exchanges >= long_talk;
}

/// One direction. Returns: false where it broke rather than ended.
awaitable<bool> carry(tunnel& in,
                      transport::transport& from,
                      transport::transport& to,
                      pending first) {
  octets block(in.settings().pending_high, '\0');
  error_code error;
  const bool upward = &from == &in.client->lower();
  if (!first.data.empty()) {
    in.client_spoke = true;
    const auto ahead = boost::asio::buffer(first.data);
    co_await transport::write_all(to, ahead, error);
    if (error) co_return false;
  }
  while (!first.ended) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(from, into, error);
    if (error == boost::asio::error::eof) break;
    if (error) co_return false;
    in.moved();
    if (upward && !std::exchange(in.client_spoke, true)) in.spoken.notify();
    if (!upward && loses_answer(in)) continue;
    if (!upward && in.asked) ++in.exchanges;
    in.asked = upward;
    const octets data = lossy(in, octet_view(block).substr(0, got));
    const auto out = boost::asio::buffer(data);
    co_await transport::write_all(to, out, error);
    if (error) co_return false;
    in.moved();
  }
  error_code ignored;  // whoever is gone needs no FIN
  if (!in.settings().mutant("tunnel-swallows-fin")) to.shutdown_send(ignored);
  co_return true;
}

/// Holds a direction back until the client has said something: a mutant takes that for granted.
awaitable<void> client_first(tunnel& in) {
  while (!in.client_spoke && in.open_directions == 2 && !in.client->closed()) {
    const instant later = in.client->shared().now() + in.settings().tunnel_idle_timeout;
    co_await in.spoken.wait_until(later);
  }
}

awaitable<void> direction(std::shared_ptr<tunnel> in, bool upward, pending first) {
  transport::transport& client = in->client->lower();
  transport::transport& target = *in->target;
  transport::transport& from = upward ? client : target;
  transport::transport& to = upward ? target : client;
  const options& how = in->settings();
  if (!upward && how.mutant("tunnel-client-first")) co_await client_first(*in);
  const bool ended = co_await carry(*in, from, to, std::move(first));
  --in->open_directions;
  in->spoken.notify();
  const bool goes_on = ended ? in->open_directions > 0 && !how.mutant("tunnel-closes-both")
                             : how.mutant("tunnel-ignores-reset");
  if (goes_on) {
    in->moved();
  } else if (!ended && !how.mutant("tunnel-hides-reset")) {
    in->cut();
  } else if (!ended || how.mutant("tunnel-closes-both")) {
    in->close();
  }
  in->client->events().notify();
}

}  // namespace

awaitable<void> run_tunnel(std::shared_ptr<connection> client,
                           std::unique_ptr<transport::transport> target) {
  co_await client->stop_reading();
  pending first;
  first.data = client->input();
  first.ended = client->peer() == connection::inbound::ended;
  client->consume(first.data.size());
  if (client->shared().settings.mutant("tunnel-eats-early")) first.data.clear();
  if (client->peer() == connection::inbound::broken) {
    target->abort();
    co_return;
  }
  auto in = std::make_shared<tunnel>(std::move(client), std::move(target));
  core& shared = in->client->shared();
  in->moved();
  shared.work->spawn(direction(in, true, std::move(first)));
  shared.work->spawn(direction(in, false, pending()));
  while (in->open_directions > 0 && !shared.stopping) {
    const instant later = shared.now() + in->settings().tunnel_idle_timeout;
    co_await in->client->changed(later);
  }
  in->bound.disarm();
  in->close();
}

}  // namespace halley::gateway
