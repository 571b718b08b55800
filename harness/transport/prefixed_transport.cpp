#include "transport/prefixed_transport.hpp"

#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace halley::transport {

prefixed_transport::prefixed_transport(std::unique_ptr<transport> lower, std::string read_before)
    : lower_(std::move(lower)), prefix_(std::move(read_before)) {
}

executor prefixed_transport::get_executor() {
  return lower_->get_executor();
}

void prefixed_transport::async_read_some(boost::asio::mutable_buffer into,
                                         completion<error_code, std::size_t> handler) {
  if (given_ == prefix_.size() || into.size() == 0) {
    lower_->async_read_some(into, std::move(handler));
    return;
  }
  const auto count = boost::asio::buffer_copy(into, boost::asio::buffer(prefix_) + given_);
  given_ += count;
  // Never from inside the call that begins the read.
  boost::asio::post(get_executor(), [count, handler = std::move(handler)]() mutable {
    std::move(handler)(error_code(), count);
  });
}

void prefixed_transport::async_write_some(boost::asio::const_buffer from,
                                          completion<error_code, std::size_t> handler) {
  lower_->async_write_some(from, std::move(handler));
}

void prefixed_transport::shutdown_send(error_code& error) {
  lower_->shutdown_send(error);
}

void prefixed_transport::close() {
  lower_->close();
}

void prefixed_transport::abort() {
  lower_->abort();
}

void prefixed_transport::cancel() {
  lower_->cancel();
}

endpoint prefixed_transport::local() const {
  return lower_->local();
}

endpoint prefixed_transport::remote() const {
  return lower_->remote();
}

}  // namespace halley::transport
