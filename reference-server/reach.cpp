#include "reference-server/reach.hpp"

#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace halley::gateway {
namespace {

/// A connect under way, shared with its completion handler, which may outlive the request.
struct attempt {
  std::unique_ptr<transport::transport> made;
  error_code error;
  bool done = false;
  boost::asio::cancellation_signal cancel;
};

}  // namespace

awaitable<std::unique_ptr<transport::transport>> reach(exchange& with,
                                                       const transport::endpoint& where,
                                                       leaving gone,
                                                       error_code& error) {
  core& shared = with.shared();
  connection& client = with.peer();
  auto one = std::make_shared<attempt>();
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
  const options& how = with.settings();
  const duration patience =
      how.mutant("proxy-waits-forever") ? std::chrono::minutes(1) : how.connect_timeout;
  const instant deadline = shared.now() + patience;
  while (!one->done) {
    const bool broken = client.peer() == connection::inbound::broken || client.closed();
    // A FIN behind octets is no going away: those octets are still to be delivered.
    const bool left = gone == leaving::by_end && client.peer() == connection::inbound::ended &&
                      client.input().empty();
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

}  // namespace halley::gateway
