#include "simulation/accept_queue.hpp"

#include "clock/clock.hpp"
#include "simulation/tcp_model.hpp"
#include "simulation/world.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <cassert>
#include <memory>
#include <optional>
#include <utility>

namespace halley::simulation {

std::shared_ptr<void> accept_queue::expect() {
  ++*coming_;
  return {nullptr, [count = coming_](void*) { --*count; }};
}

void accept_queue::add(const std::shared_ptr<connection>& one) {
  auto socket = one->take_socket(1);
  if (!open_) {
    socket->abort();
    return;
  }
  waiting_.push_back(std::move(socket));
  hand_over();
}

void accept_queue::accept(handler who) {
  assert(!accepter_);
  auto slot = boost::asio::get_associated_cancellation_slot(who);
  accepter_.emplace(std::move(who));
  if (!open_) {
    end(boost::asio::error::bad_descriptor);
    return;
  }
  if (slot.is_connected()) slot.assign([this](boost::asio::cancellation_type) { cancel(); });
  hand_over();
}

void accept_queue::cancel() {
  end(boost::asio::error::operation_aborted);
}

void accept_queue::end(error_code why) {
  if (!accepter_) return;
  auto slot = boost::asio::get_associated_cancellation_slot(*accepter_);
  if (slot.is_connected()) slot.clear();
  world_.post([who = std::move(*accepter_), why]() mutable {
    std::move(who)(why, std::unique_ptr<transport::transport>());
  });
  accepter_.reset();
}

void accept_queue::close() {
  if (!std::exchange(open_, false)) return;
  cancel();
  for (auto& one : waiting_)
    one->abort();
  waiting_.clear();
}

void accept_queue::hand_over() {
  if (!accepter_ || waiting_.empty()) return;
  auto slot = boost::asio::get_associated_cancellation_slot(*accepter_);
  if (slot.is_connected()) slot.clear();
  world_.post([who = std::move(*accepter_), socket = std::move(waiting_.front())]() mutable {
    std::move(who)(error_code(), std::move(socket));
  });
  accepter_.reset();
  waiting_.pop_front();
}

void accept_queue::drop_handlers() {
  const auto dropped = std::exchange(accepter_, std::nullopt);
  const auto unaccepted = std::exchange(waiting_, {});
}

}  // namespace halley::simulation
