#include "capture/recording.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace halley::capture {

/// Tells the observer. Handlers share it, because an operation may end after the transport is gone;
/// then there is nobody to tell.
class recording_transport::recorder {
public:
  recorder(octet_observer& observer, const clock::clock& time)
      : observer_(&observer), time_(&time) {}

  void forget_observer() { observer_ = nullptr; }

  void read(octet_view data, error_code error) {
    if (observer_ == nullptr) return;
    if (!data.empty()) observer_->received(data, time_->now());
    if (!error || error == boost::asio::error::operation_aborted) return;
    read_ended_ = true;
    // The writer took the error of the RST; Linux tells the reader nothing but the end.
    if (error == boost::asio::error::eof && !write_met_reset_) {
      observer_->fin_received(time_->now());
    } else {
      ended(error == boost::asio::error::eof ? boost::asio::error::connection_reset : error);
    }
  }

  void begin_write() { ++writes_; }
  bool writing() const { return writes_ > 0; }

  void written(octet_view data, error_code error) {
    --writes_;
    if (observer_ == nullptr) return;
    if (!data.empty()) observer_->sent(data, time_->now());
    // Where the peer had sent FIN before its RST, Linux tells a writer EPIPE, as it does after our
    // own FIN: only then is it not the peer's doing.
    if (error == boost::asio::error::broken_pipe && !fin_sent_)
      error = boost::asio::error::connection_reset;
    // Octets that came before the RST may still wait to be read: the end is told behind them.
    if (error == boost::asio::error::connection_reset && !read_ended_) {
      write_met_reset_ = true;
    } else {
      ended(error);
    }
  }

  void fin() {
    if (observer_ == nullptr || fin_sent_ || over_) return;
    fin_sent_ = true;
    observer_->fin_sent(time_->now());
  }

  void closed() {
    if (write_met_reset_ && !read_ended_) ended(boost::asio::error::connection_reset);
    fin();
    over_ = true;
  }

  void aborted() {
    if (observer_ != nullptr && !over_) observer_->rst_sent(time_->now());
    over_ = true;
  }

private:
  void ended(error_code error) {
    if (observer_ == nullptr || over_) return;
    if (!error || error == boost::asio::error::operation_aborted) return;
    over_ = true;
    if (error == boost::asio::error::connection_reset) {
      observer_->rst_received(time_->now());
    } else {
      observer_->failed(error, time_->now());
    }
  }

  octet_observer* observer_;
  const clock::clock* time_;
  int writes_ = 0;  // under way
  bool fin_sent_ = false;
  bool read_ended_ = false;
  bool write_met_reset_ = false;
  bool over_ = false;  // nothing we do reaches the peer any more
};

recording_transport::recording_transport(std::unique_ptr<halley::transport::transport> lower,
                                         octet_observer& observer,
                                         const clock::clock& time)
    : lower_(std::move(lower)), recorder_(std::make_shared<recorder>(observer, time)) {
}

recording_transport::~recording_transport() {
  recorder_->forget_observer();
}

executor recording_transport::get_executor() {
  return lower_->get_executor();
}

// What is associated with a handler (its executor, its way to be cancelled) must go down with it.
// Asio reads when it comes to a socket that was found readable earlier, so an answer may be read
// while it still has to say that the request was written. Then the reader stands behind it once
// more, or the answer would be recorded as one to nothing.
void recording_transport::async_read_some(boost::asio::mutable_buffer into,
                                          completion<error_code, std::size_t> handler) {
  const auto slot = boost::asio::get_associated_cancellation_slot(handler);
  const auto where = boost::asio::get_associated_executor(handler, get_executor());
  auto record = [recorder = recorder_, into, handler = std::move(handler)](
                    error_code error, std::size_t count) mutable {
    recorder->read({static_cast<const char*>(into.data()), count}, error);
    std::move(handler)(error, count);
  };
  auto in_turn = [recorder = recorder_, queue = get_executor(), record = std::move(record)](
                     error_code error, std::size_t count) mutable {
    if (!recorder->writing()) return record(error, count);
    boost::asio::post(
        queue, [record = std::move(record), error, count]() mutable { record(error, count); });
  };
  lower_->async_read_some(into, boost::asio::bind_cancellation_slot(
                                    slot, boost::asio::bind_executor(where, std::move(in_turn))));
}

void recording_transport::async_write_some(boost::asio::const_buffer from,
                                           completion<error_code, std::size_t> handler) {
  const auto slot = boost::asio::get_associated_cancellation_slot(handler);
  const auto where = boost::asio::get_associated_executor(handler, get_executor());
  recorder_->begin_write();
  auto record = [recorder = recorder_, from, handler = std::move(handler)](
                    error_code error, std::size_t count) mutable {
    recorder->written({static_cast<const char*>(from.data()), count}, error);
    std::move(handler)(error, count);
  };
  lower_->async_write_some(from, boost::asio::bind_cancellation_slot(
                                     slot, boost::asio::bind_executor(where, std::move(record))));
}

void recording_transport::shutdown_send(error_code& error) {
  lower_->shutdown_send(error);
  if (!error) recorder_->fin();
}

void recording_transport::close() {
  lower_->close();
  recorder_->closed();
}

void recording_transport::abort() {
  lower_->abort();
  recorder_->aborted();
}

void recording_transport::cancel() {
  lower_->cancel();
}

halley::transport::endpoint recording_transport::local() const {
  return lower_->local();
}

halley::transport::endpoint recording_transport::remote() const {
  return lower_->remote();
}

}  // namespace halley::capture
