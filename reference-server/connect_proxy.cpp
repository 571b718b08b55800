#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/request.hpp"
#include "reference-server/services.hpp"
#include "reference-server/tunnel.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace halley::gateway {
namespace {

/// A connect under way, shared with its completion handler, which may outlive the request.
struct attempt {
  explicit attempt(clock::clock& time) : ended(time) {}

  std::unique_ptr<transport::transport> made;
  error_code error;
  bool done = false;
  clock::wake ended;
  boost::asio::cancellation_signal cancel;
};

/// Where the target is; nothing where it is no authority-form (RFC 9112 §3.2.3).
std::optional<transport::endpoint> target_of(const request& head, bool& allowed, bool any_host) {
  const auto named = parse_authority(head.target);
  if (!named || named->host.empty() || !named->port || *named->port == 0) return std::nullopt;
  transport::endpoint where{named->host, *named->port};
  const bool v6 = named->host.find(':') != octets::npos;
  if (v6 != named->bracketed) return std::nullopt;
  // The one name that needs no lookup, so that nothing is asked of the network before the
  // allow-list has spoken.
  if (ascii::iequals(where.address, "localhost")) where.address = "127.0.0.1";
  allowed = transport::is_loopback(where.address);
  if (!allowed && any_host) {
    where.address = "127.0.0.1";
    allowed = true;
  }
  return where;
}

/// Connects, unless the client goes away meanwhile: then the connect is cancelled.
/// A FIN behind octets is no going away: those octets are still to be delivered.
awaitable<std::unique_ptr<transport::transport>> reach(exchange& with,
                                                       const transport::endpoint& where,
                                                       error_code& error) {
  core& shared = with.shared();
  connection& client = with.peer();
  auto one = std::make_shared<attempt>(shared.world.time());
  const auto owner = client.shared_from_this();
  shared.world.async_connect(
      where, boost::asio::bind_cancellation_slot(
                 one->cancel.slot(),
                 [one, owner](error_code failed, std::unique_ptr<transport::transport> made) {
                   one->error = failed;
                   one->made = std::move(made);
                   one->done = true;
                   owner->events().notify();
                 }));
  const instant deadline = shared.now() + with.settings().connect_timeout;
  while (!one->done) {
    const bool broken = client.peer() == connection::inbound::broken || client.closed();
    const bool left = client.peer() == connection::inbound::ended && client.input().empty();
    if (broken || left || shared.stopping || shared.now() >= deadline) {
      one->cancel.emit(boost::asio::cancellation_type::terminal);
      error =
          broken || left ? boost::asio::error::operation_aborted : boost::asio::error::timed_out;
      co_return nullptr;
    }
    co_await client.changed(deadline);
  }
  error = one->error;
  co_return std::move(one->made);
}

octets established(const options& how) {
  octets head;
  if (how.mutant("connect-103")) head += "HTTP/1.1 103 Early Hints\r\n\r\n";
  head += how.mutant("connect-201") ? "HTTP/1.1 201 Created\r\n"
                                    : "HTTP/1.1 200 Connection Established\r\n";
  if (how.mutant("connect-body-header")) head += "Content-Length: 0\r\n";
  return head + "\r\n";
}

}  // namespace

/// Source: RFC 9110 §9.3.6.
awaitable<void> connect_proxy(exchange& with) {
  const in_stage counted(with.shared().stages["tunnel"]);
  const request& head = with.head();
  bool allowed = false;
  const auto where = target_of(head, allowed, with.settings().mutant("connect-any-host"));
  // A CONNECT request has no content: what follows its head is meant for the tunnel, and a length
  // would let two readers disagree about which octets that are.
  if (!where || head.body != framing::none) {
    with.close_after();
    co_await with.refuse(400, "CONNECT wants host:port and no body\n");
    co_return;
  }
  // Octets sent ahead in hope of a tunnel are no next request.
  if (!with.peer().input().empty()) with.close_after();
  if (!allowed) {
    ++with.shared().stages["tunnel"].refused;
    co_await with.refuse(403, "only loopback is reached from here\n");
    co_return;
  }
  error_code error;
  std::unique_ptr<transport::transport> target = co_await reach(with, *where, error);
  if (error == boost::asio::error::operation_aborted) {
    with.close_after();
    co_return;
  }
  if (!target) {
    const bool late = error == boost::asio::error::timed_out;
    if (!with.peer().input().empty()) with.close_after();
    co_await with.refuse(late ? 504 : 502, late ? "no answer\n" : "connect failed\n");
    co_return;
  }
  with.close_after();
  const octets answer = established(with.settings());
  const bool sent = co_await with.peer().write(answer);
  if (!sent) {
    target->abort();
    co_return;
  }
  const auto client = with.peer().shared_from_this();
  co_await run_tunnel(client, std::move(target));
}

}  // namespace halley::gateway
