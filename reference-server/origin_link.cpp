#include "reference-server/origin_link.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/core.hpp"
#include "transport/prefixed_transport.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t read_block = 16384;
constexpr duration hasty_timeout = std::chrono::seconds(1);  // of a mutant

}  // namespace

origin_link::origin_link(std::shared_ptr<core> owner, std::unique_ptr<transport::transport> lower)
    : core_(std::move(owner)),
      lower_(std::move(lower)),
      bound_(core_->world.time()),
      block_(read_block, '\0') {
}

origin_link::~origin_link() {
  cut();
}

void origin_link::watch() {
  if (core_->settings.mutant("proxy-waits-forever")) return;
  const bool hasty = core_->settings.mutant("proxy-gives-up-early");
  const duration patience = hasty ? hasty_timeout : core_->settings.upstream_timeout;
  bound_.arm(core_->now() + patience, [this] {
    if (!asked_) return watch();
    at_ = inbound::late;
    cut();
  });
}

awaitable<bool> origin_link::read() {
  if (gone_ || at_ != inbound::open) co_return false;
  watch();
  error_code error;
  const auto into = boost::asio::buffer(block_);
  const std::size_t got = co_await transport::read_some(*lower_, into, error);
  bound_.disarm();
  input_.append(block_, 0, got);
  if (!error) co_return true;
  if (at_ == inbound::open)
    at_ = error == boost::asio::error::eof ? inbound::ended : inbound::broken;
  co_return false;
}

awaitable<bool> origin_link::write(octet_view data) {
  if (gone_) co_return false;
  error_code error;
  const auto from = boost::asio::buffer(data);
  co_await transport::write_all(*lower_, from, error);
  co_return !error;
}

void origin_link::cut() {
  bound_.disarm();
  if (!std::exchange(gone_, true)) lower_->abort();
}

void origin_link::close() {
  bound_.disarm();
  if (!std::exchange(gone_, true)) lower_->close();
}

std::unique_ptr<transport::transport> origin_link::release() {
  bound_.disarm();
  gone_ = true;
  if (input_.empty()) return std::move(lower_);
  return std::make_unique<transport::prefixed_transport>(std::move(lower_), std::move(input_));
}

}  // namespace halley::gateway
