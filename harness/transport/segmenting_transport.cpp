#include "transport/segmenting_transport.hpp"

#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace halley::transport {

segmenting_transport::segmenting_transport(std::unique_ptr<transport> lower, clock::clock& time)
    : lower_(std::move(lower)), time_(time), timer_(time.make_timer()) {
}

void segmenting_transport::cut(segmentation how) {
  how_ = how;
  wrote_ = false;
}

executor segmenting_transport::get_executor() {
  return lower_->get_executor();
}

void segmenting_transport::async_read_some(boost::asio::mutable_buffer into,
                                           completion<error_code, std::size_t> handler) {
  lower_->async_read_some(into, std::move(handler));
}

void segmenting_transport::async_write_some(boost::asio::const_buffer from,
                                            completion<error_code, std::size_t> handler) {
  const auto piece = how_.segment == 0 ? from : boost::asio::buffer(from, how_.segment);
  const bool wait = wrote_ && how_.gap.count() > 0;
  wrote_ = true;
  if (!wait) {
    lower_->async_write_some(piece, std::move(handler));
    return;
  }
  timer_->async_wait(time_.now() + how_.gap,
                     [this, piece, handler = std::move(handler)](error_code error) mutable {
                       if (error) {
                         std::move(handler)(error, 0);
                       } else {
                         lower_->async_write_some(piece, std::move(handler));
                       }
                     });
}

void segmenting_transport::shutdown_send(error_code& error) {
  lower_->shutdown_send(error);
}

void segmenting_transport::close() {
  timer_->cancel();
  lower_->close();
}

void segmenting_transport::abort() {
  timer_->cancel();
  lower_->abort();
}

void segmenting_transport::cancel() {
  timer_->cancel();
  lower_->cancel();
}

endpoint segmenting_transport::local() const {
  return lower_->local();
}
endpoint segmenting_transport::remote() const {
  return lower_->remote();
}

}  // namespace halley::transport
