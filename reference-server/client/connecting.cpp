#include "reference-server/client/connecting.hpp"

#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <memory>
#include <utility>

namespace halley::gateway {

/// Shared with the completion handler, which may outlive the owner.
struct connecting::attempt {
  explicit attempt(clock::clock& time) : ended(time) {}

  std::unique_ptr<transport::transport> made;
  error_code error;
  bool done = false;
  bool given_up = false;
  clock::wake ended;
  boost::asio::cancellation_signal cancel;
};

connecting::connecting(transport::runtime& world)
    : world_(world), attempt_(std::make_shared<attempt>(world.time())) {
}

void connecting::give_up() {
  attempt_->given_up = true;
  attempt_->ended.notify();
}

awaitable<std::unique_ptr<transport::transport>> connecting::to(transport::endpoint where,
                                                                instant deadline,
                                                                error_code& error) {
  const auto one = attempt_;
  clock::clock& time = world_.time();
  world_.async_connect(
      where,
      boost::asio::bind_cancellation_slot(
          one->cancel.slot(), [one](error_code failed, std::unique_ptr<transport::transport> made) {
            one->error = failed;
            one->made = std::move(made);
            one->done = true;
            one->ended.notify();
          }));
  while (!one->done && !one->given_up && time.now() < deadline)
    co_await one->ended.wait_until(deadline);
  if (one->done && !one->given_up) {
    error = one->error;
    co_return std::move(one->made);
  }
  error = one->given_up ? boost::asio::error::operation_aborted : boost::asio::error::timed_out;
  if (!one->done) one->cancel.emit(boost::asio::cancellation_type::terminal);
  co_return nullptr;
}

}  // namespace halley::gateway
