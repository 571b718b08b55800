#include "transport/prefixed_transport.hpp"

#include "clock/clock.hpp"
#include "transport/forwarding_transport.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace halley::transport {

prefixed_transport::prefixed_transport(std::unique_ptr<transport> lower, std::string read_before)
    : forwarding_transport(std::move(lower)), prefix_(std::move(read_before)) {
}

void prefixed_transport::async_read_some(boost::asio::mutable_buffer into,
                                         completion<error_code, std::size_t> handler) {
  if (given_ == prefix_.size() || into.size() == 0) {
    lower().async_read_some(into, std::move(handler));
    return;
  }
  const auto count = boost::asio::buffer_copy(into, boost::asio::buffer(prefix_) + given_);
  given_ += count;
  // Never from inside the call that begins the read.
  boost::asio::post(get_executor(), [count, handler = std::move(handler)]() mutable {
    std::move(handler)(error_code(), count);
  });
}

}  // namespace halley::transport
