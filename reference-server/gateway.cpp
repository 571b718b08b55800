#include "reference-server/gateway.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/core.hpp"
#include "reference-server/http_session.hpp"
#include "reference-server/mutants.hpp"
#include "reference-server/options.hpp"
#include "reference-server/status.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/error.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

/// How long the accept loop rests when the system has no descriptor left.
constexpr duration accept_pause = std::chrono::milliseconds(50);

}  // namespace

/// What outlives the gateway object while its coroutines unwind.
class gateway::running : public std::enable_shared_from_this<running> {
public:
  running(transport::runtime& world, options how)
      : shared_(std::make_shared<core>(world, std::move(how))) {}

  core& shared() { return *shared_; }
  const core& shared() const { return *shared_; }

  bool start(const transport::endpoint& listen, error_code& error) {
    listener_ = shared_->world.listen(listen, error);
    if (!listener_) return false;
    shared_->work->spawn(accept_all(shared_from_this()));
    return true;
  }

  transport::endpoint local() const { return listener_->local(); }

  void close_listener() {
    shared_->stopping = true;
    if (listener_) listener_->close();
  }

  void notify_all() {
    for (const auto& [number, one] : shared_->connections)
      one->events().notify();
  }

  void cut_all() {
    for (const auto& [number, one] : shared_->connections)
      one->cut();
  }

private:
  static awaitable<void> accept_all(std::shared_ptr<running> self) {
    core& shared = self->shared();
    while (!shared.stopping) {
      error_code error;
      auto lower = co_await transport::accept(*self->listener_, error);
      if (error == boost::asio::error::operation_aborted || shared.stopping) co_return;
      // A connection that was gone before its accept, or no descriptor: the loop goes on.
      if (error || shared.full()) {
        if (lower) lower->close();
        co_await clock::sleep_for(shared.world.time(), accept_pause);
        continue;
      }
      auto on = std::make_shared<connection>(self->shared_, std::move(lower));
      shared.work->spawn(read_ahead(on));
      shared.work->spawn(serve_http(std::move(on)));
      while (shared.settings.mutant("one-at-a-time") && !shared.connections.empty())
        co_await clock::sleep_for(shared.world.time(), accept_pause);
    }
  }

  static awaitable<void> read_ahead(std::shared_ptr<connection> on) { co_await on->read_ahead(); }

  std::shared_ptr<core> shared_;
  std::unique_ptr<transport::listener> listener_;
};

gateway::gateway(transport::runtime& world, options how)
    : running_(std::make_shared<running>(world, std::move(how))) {
}

gateway::~gateway() {
  abort();
}

bool gateway::start(const transport::endpoint& listen, error_code& error) {
  if (!unknown_mutants(running_->shared().settings.mutants).empty()) {
    error = boost::asio::error::invalid_argument;
    return false;
  }
  return running_->start(listen, error);
}

transport::endpoint gateway::local() const {
  return running_->local();
}

awaitable<void> gateway::run() {
  const auto self = running_;
  core& shared = self->shared();
  while (!shared.stopping || shared.work->in_flight() != 0) {
    const instant later = shared.now() + std::chrono::hours(1);
    co_await shared.work->wait_until(later);
  }
  shared.work->rethrow();
}

awaitable<void> gateway::stop() {
  const auto self = running_;
  core& shared = self->shared();
  self->close_listener();
  self->notify_all();
  const instant deadline = shared.now() + shared.settings.shutdown_timeout;
  co_await shared.work->wait_until(deadline);
  self->cut_all();
  // What was cut unwinds without waiting for any peer.
  const instant last = shared.now() + shared.settings.shutdown_timeout;
  co_await shared.work->wait_until(last);
  shared.work->rethrow();
}

void gateway::abort() {
  running_->close_listener();
  running_->cut_all();
}

nlohmann::json gateway::status() const {
  return status_of(running_->shared());
}

nlohmann::json gateway::comet_events(octet_view key) const {
  return running_->shared().comet_events.of(key);
}

}  // namespace halley::gateway
