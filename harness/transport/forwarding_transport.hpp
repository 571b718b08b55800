#pragma once

#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace halley::transport {

/// A transport that hands everything to another one: what changes some of it overrides that.
class forwarding_transport : public transport {
public:
  explicit forwarding_transport(std::unique_ptr<transport> lower) : lower_(std::move(lower)) {}

  executor get_executor() override { return lower_->get_executor(); }
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override {
    lower_->async_read_some(into, std::move(handler));
  }
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override {
    lower_->async_write_some(from, std::move(handler));
  }
  void shutdown_send(error_code& error) override { lower_->shutdown_send(error); }
  void close() override { lower_->close(); }
  void abort() override { lower_->abort(); }
  void cancel() override { lower_->cancel(); }
  endpoint local() const override { return lower_->local(); }
  endpoint remote() const override { return lower_->remote(); }

protected:
  transport& lower() { return *lower_; }

private:
  std::unique_ptr<transport> lower_;
};

}  // namespace halley::transport
