#include "reference-server/client/http_link.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "reference-server/client/client_options.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t block_size = 16384;
constexpr duration long_wait = std::chrono::hours(1);  // looked at again then

}  // namespace

http_link::http_link(transport::runtime& world,
                     std::shared_ptr<const client_options> how,
                     std::unique_ptr<transport::transport> lower,
                     octets key)
    : world_(world),
      how_(std::move(how)),
      lower_(std::move(lower)),
      key_(std::move(key)),
      news_(world.time()),
      go_(world.time()),
      progress_(world.time().now()) {
}

void http_link::start(clock::tasks& by) {
  by.spawn(read_all(shared_from_this()));
}

void http_link::take() {
  idle_ = false;
  patient_ = false;
  progress_ = world_.time().now();
}

void http_link::rest() {
  idle_ = true;
  if (!input_.empty() && !how_->mutant("client-http-rest-is-answer")) close();
  if (ended_) close();
}

void http_link::close() {
  if (closed_) return;
  closed_ = true;
  lower_->close();
  news_.notify();
  go_.notify();
}

void http_link::send(outgoing_request what, clock::tasks& by) {
  sent_ = false;
  sent_all_ = false;
  stopped_ = false;
  may_go_on_ = !what.waits;
  by.spawn(write_all(shared_from_this(), std::move(what)));
}

void http_link::go_on() {
  may_go_on_ = true;
  go_.notify();
}

void http_link::stop_sending() {
  stopped_ = true;
  go_.notify();
}

awaitable<bool> http_link::changes() {
  const instant deadline =
      patient_ ? world_.time().now() + long_wait : progress_ + how_->response_timeout;
  co_await news_.wait_until(deadline);
  co_return patient_ || world_.time().now() < progress_ + how_->response_timeout;
}

/// Something came, or the end.
void http_link::arrived() {
  progress_ = world_.time().now();
  if (idle_) {
    // Nobody asked (RFC 9112 §9.2), or the server is done (§9.5).
    const bool kept = how_->mutant(ended_ ? "client-http-idle-end-unseen"
                                          : "client-http-idle-octets-are-answer") ||
                      (!ended_ && how_->mutant("client-http-rest-is-answer"));
    if (!kept) close();
  }
  news_.notify();
}

awaitable<void> http_link::read_all(std::shared_ptr<http_link> self) {
  octets block(block_size, '\0');
  error_code error;
  while (!error) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*self->lower_, into, error);
    self->input_.append(block, 0, got);
    self->ended_ = static_cast<bool>(error);
    self->reset_ = error && error != boost::asio::error::eof;
    self->arrived();
  }
}

awaitable<void> http_link::write_all(std::shared_ptr<http_link> self, outgoing_request what) {
  octets first = std::move(what.head);
  octets rest = std::move(what.body);
  if (!what.waits) first += std::exchange(rest, "");
  bool works = co_await self->write(std::move(first));
  if (works && what.waits) {
    co_await self->wait_to_go_on();
    works = co_await self->write(std::move(rest));
  }
  self->sent_ = true;
  self->sent_all_ = works;
  self->news_.notify();
}

awaitable<bool> http_link::write(octets what) {
  error_code error;
  for (std::size_t at = 0; at < what.size(); at += block_size) {
    if (stopped_ || closed_) co_return false;
    const std::size_t size = std::min(block_size, what.size() - at);
    const auto from = boost::asio::buffer(what.data() + at, size);
    co_await transport::write_all(*lower_, from, error);
    if (error) co_return false;
    progress_ = world_.time().now();
  }
  co_return !stopped_;
}

/// A server need not say 100, and nobody waits for ever. Source: RFC 9110 §10.1.1.
awaitable<void> http_link::wait_to_go_on() {
  const bool patient = how_->mutant("client-http-continue-awaited");
  const instant deadline =
      world_.time().now() + (patient ? how_->response_timeout : how_->continue_timeout);
  while (!may_go_on_ && !stopped_ && !closed_ && world_.time().now() < deadline)
    co_await go_.wait_until(deadline);
}

}  // namespace halley::gateway
