#include "reference-server/connection.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/core.hpp"
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

constexpr std::size_t read_block = 16384;
constexpr std::size_t most_blocks = 64;  // kept for connections to come
constexpr std::size_t write_slice = 65536;
constexpr std::size_t partial_write = 16384;  // what a mutant takes for all
/// The longest single wait where nothing but an event ends it; the waiter looks and waits again.
constexpr duration long_wait = std::chrono::hours(1);

}  // namespace

connection::connection(std::shared_ptr<core> owner, std::unique_ptr<transport::transport> lower)
    : core_(std::move(owner)),
      lower_(std::move(lower)),
      number_(++core_->accepted),
      changed_(core_->world.time()),
      room_(core_->world.time()) {
  core_->connections.emplace(number_, this);
}

connection::~connection() {
  // Two such ends take all there is, so that the leak is seen soon.
  if (peer_ == inbound::broken && core_->settings.mutant("reset-leaks-slot"))
    core_->slots_lost += core_->settings.maximum_connections / 2;
  core_->connections.erase(number_);
}

awaitable<void> connection::read_ahead() {
  reading_ = true;
  octets block;
  while (!stop_reading_ && peer_ == inbound::open) {
    if (input_.size() >= core_->settings.pending_high) {
      const instant later = core_->now() + long_wait;
      co_await room_.wait_until(later);
      continue;
    }
    error_code error;
    co_await read_some(block, error);
    if (error == boost::asio::error::eof) {
      peer_ = inbound::ended;
      if (!input_.empty() && core_->settings.mutant("cut-head-is-served")) input_ += "\r\n\r\n";
    } else if (error && !stop_reading_) {
      peer_ = inbound::broken;
    }
    changed_.notify();
  }
  if (!block.empty() && core_->blocks.size() < most_blocks)
    core_->blocks.push_back(std::move(block));
  reading_ = false;
  changed_.notify();
}

/// Most connections say nothing most of the time: where that can be, they share one block.
awaitable<void> connection::read_some(octets& block, error_code& error) {
  if (!lower_->reads_now()) {
    if (block.empty() && !core_->blocks.empty()) {
      block = std::move(core_->blocks.back());
      core_->blocks.pop_back();
    }
    block.resize(read_block);
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*lower_, into, error);
    input_.append(block, 0, got);
    co_return;
  }
  co_await transport::wait_readable(*lower_, error);
  if (error || closed_) co_return;
  const std::size_t got = lower_->read_now(boost::asio::buffer(core_->block), error);
  input_.append(core_->block, 0, got);
  if (error == boost::asio::error::would_block) error.clear();
}

awaitable<void> connection::stop_reading() {
  stop_reading_ = true;
  room_.notify();
  if (reading_ && peer_ == inbound::open) lower_->cancel();
  while (reading_) {
    const instant later = core_->now() + long_wait;
    co_await changed_.wait_until(later);
  }
}

void connection::consume(std::size_t count) {
  input_.erase(0, count);
  if (input_.empty()) octets().swap(input_);  // what is served may take days
  if (input_.size() <= core_->settings.pending_low) room_.notify();
}

awaitable<void> connection::changed(instant deadline) {
  return changed_.wait_until(std::min(deadline, core_->now() + long_wait));
}

awaitable<bool> connection::write(octet_view data) {
  if (core_->settings.mutant("partial-write-lost")) data = data.substr(0, partial_write);
  // Most of what is written leaves at once, with nothing to wait for and nothing to bound.
  if (lower_->writes_now()) data.remove_prefix(write_now(data));
  clock::watchdog bound(core_->world.time());
  const bool endless = core_->settings.mutant("write-timeout-never");
  const duration limit = endless ? long_wait : patience(core_->settings.write_timeout);
  while (!data.empty()) {
    if (closed_ || peer_ == inbound::broken) co_return false;
    const octet_view slice = data.substr(0, write_slice);
    bound.arm(core_->now() + limit, [this] {
      ++core_->stages["write"].dropped;
      cut();
    });
    error_code error;
    const auto from = boost::asio::buffer(slice);
    co_await transport::write_all(*lower_, from, error);
    bound.disarm();
    if (error) {
      peer_ = inbound::broken;
      co_return false;
    }
    data.remove_prefix(slice.size());
  }
  co_return !closed_;
}

std::size_t connection::write_now(octet_view data) {
  if (closed_ || peer_ == inbound::broken) return 0;
  return lower_->write_now(boost::asio::buffer(data));
}

awaitable<void> connection::finish() {
  const options& limits = core_->settings;
  const bool endless = limits.mutant("linger-never-ends");
  const instant deadline = core_->now() + (endless ? long_wait : limits.linger_timeout);
  if (!closed_ && peer_ != inbound::broken && !limits.mutant("no-linger")) {
    error_code ignored;  // a peer that is gone already needs no FIN
    // Where the peer has ended, too, close() below sends it.
    if (peer_ == inbound::open) lower_->shutdown_send(ignored);
    std::size_t dropped = 0;
    for (;;) {
      dropped += input_.size();
      consume(input_.size());
      if (closed_ || peer_ != inbound::open || (dropped > limits.linger_maximum && !endless)) break;
      if (core_->now() >= deadline) break;
      co_await changed(deadline);
    }
  }
  close();
}

void connection::close() {
  if (std::exchange(closed_, true)) return;
  lower_->close();
  room_.notify();
}

void connection::cut() {
  if (std::exchange(closed_, true)) return;
  lower_->abort();
  changed_.notify();
  room_.notify();
}

}  // namespace halley::gateway
