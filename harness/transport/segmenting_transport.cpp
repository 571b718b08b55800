#include "transport/segmenting_transport.hpp"

#include "clock/clock.hpp"
#include "transport/forwarding_transport.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace halley::transport {

segmenting_transport::segmenting_transport(std::unique_ptr<transport> lower, clock::clock& time)
    : forwarding_transport(std::move(lower)), time_(time), timer_(time.make_timer()) {
}

void segmenting_transport::cut(segmentation how) {
  how_ = how;
  wrote_ = false;
}

void segmenting_transport::async_write_some(boost::asio::const_buffer from,
                                            completion<error_code, std::size_t> handler) {
  const auto piece = how_.segment == 0 ? from : boost::asio::buffer(from, how_.segment);
  const bool wait = wrote_ && how_.gap.count() > 0;
  wrote_ = true;
  if (!wait) {
    lower().async_write_some(piece, std::move(handler));
    return;
  }
  timer_->async_wait(time_.now() + how_.gap,
                     [this, piece, handler = std::move(handler)](error_code error) mutable {
                       if (error) {
                         std::move(handler)(error, 0);
                       } else {
                         lower().async_write_some(piece, std::move(handler));
                       }
                     });
}

void segmenting_transport::close() {
  timer_->cancel();
  lower().close();
}

void segmenting_transport::abort() {
  timer_->cancel();
  lower().abort();
}

void segmenting_transport::cancel() {
  timer_->cancel();
  lower().cancel();
}

}  // namespace halley::transport
