#pragma once

#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace halley::transport {

/// A transport in the form that Asio's composed operations and Beast's streams want (AsyncStream).
/// Movable, owning.
class asio_stream {
public:
  using executor_type = executor;

  explicit asio_stream(std::unique_ptr<transport> lower) : lower_(std::move(lower)) {}

  executor_type get_executor() const { return lower_->get_executor(); }
  transport& lower() { return *lower_; }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    const auto into = first_of<boost::asio::mutable_buffer>(buffers);
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        start_read{lower_.get(), into}, token);
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    const auto from = first_of<boost::asio::const_buffer>(buffers);
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        start_write{lower_.get(), from}, token);
  }

private:
  /// The first buffer that is not empty: reading or writing some is allowed to touch only that one.
  template <typename Buffer, typename Buffers>
  static Buffer first_of(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const Buffer one(*at);
      if (one.size() != 0) return one;
    }
    return Buffer();
  }

  struct start_read {
    transport* lower;
    boost::asio::mutable_buffer into;
    template <typename Handler>
    void operator()(Handler&& handler) const {
      lower->async_read_some(into,
                             completion<error_code, std::size_t>(std::forward<Handler>(handler)));
    }
  };
  struct start_write {
    transport* lower;
    boost::asio::const_buffer from;
    template <typename Handler>
    void operator()(Handler&& handler) const {
      lower->async_write_some(from,
                              completion<error_code, std::size_t>(std::forward<Handler>(handler)));
    }
  };

  std::unique_ptr<transport> lower_;
};

// The hooks that Beast's websocket::stream finds by argument-dependent lookup.
inline void beast_close_socket(asio_stream& stream) {
  stream.lower().close();
}

inline void teardown(boost::beast::role_type, asio_stream& stream, error_code& error) {
  stream.lower().shutdown_send(error);
}

/// Sends FIN. The owner reads on to the end of the stream, or not, under a deadline of its own:
/// draining here would hang on a peer that never closes.
template <typename Handler>
void async_teardown(boost::beast::role_type, asio_stream& stream, Handler&& handler) {
  error_code error;
  stream.lower().shutdown_send(error);
  const auto where = stream.get_executor();
  boost::asio::post(where, [handler = std::forward<Handler>(handler)]() mutable {
    std::move(handler)(error_code());
  });
}

}  // namespace halley::transport
