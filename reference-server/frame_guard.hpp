#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/frame_cursor.hpp"
#include "reference-server/frame_faults.hpp"
#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace halley::gateway {

/// Stands between the connection and Beast's frame stream, reads octets that came behind the
/// request head first, and mends what Beast 1.81 gets wrong: a frame length of 2^63 or more is a
/// protocol error (RFC 6455 §5.2), but Beast calls it too big. What the mutants of the frame layer
/// change passes here too.
class frame_guard final : public transport::transport {
public:
  frame_guard(connection& on, const octets& early, bool deflate);
  ~frame_guard() override;

  /// When the peer was last heard.
  instant last_input() const { return last_input_; }
  /// Whether the next message that Beast hands out came as text (asked once a message).
  bool next_is_text(bool seen_by_beast) {
    return faults_ ? faults_->next_is_text(seen_by_beast) : seen_by_beast;
  }
  /// What to do with the answer to the handshake before it goes out.
  void amend_answer(std::function<void(octets&)> with) { amend_answer_ = std::move(with); }

  /// Whether write_frames_now() may do anything: not where frames are compressed, or faulty.
  bool writes_now() const override {
    return lower_.writes_now() && !deflate_ && how_.mutants.empty();
  }
  /// Writes whole frames beside those of Beast, where it is between two of its own. Returns: the
  /// count of octets, all or none; what does not leave at once goes out before anything else.
  std::size_t write_frames_now(octet_view frames);

  executor get_executor() override { return lower_.get_executor(); }
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override;
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override;
  void shutdown_send(error_code& error) override;
  void close() override { lower_.close(); }
  void abort() override { lower_.abort(); }
  void cancel() override { lower_.cancel(); }
  halley::transport::endpoint local() const override { return lower_.local(); }
  halley::transport::endpoint remote() const override { return lower_.remote(); }

private:
  void read_when_readable(boost::asio::mutable_buffer into,
                          completion<error_code, std::size_t> handler);
  void deliver(boost::asio::mutable_buffer into, completion<error_code, std::size_t> handler);
  void note_sent(octet_view some);
  void write_rest();
  void rest_written(error_code error);
  void flush(std::size_t size, completion<error_code, std::size_t> handler);
  void write_below(boost::asio::const_buffer from, completion<error_code, std::size_t> handler);

  connection& on_;
  halley::transport::transport& lower_;
  const options& how_;
  instant last_input_;
  clock::watchdog blocked_;
  octets block_;
  octets ready_;  // for Beast
  frame_cursor inward_;
  std::unique_ptr<frame_faults> faults_;  // null without mutants
  octets out_;                            // what is gathered before it is written
  std::function<void(octets&)> amend_answer_;
  bool head_sent_ = false;

  bool deflate_;
  frame_cursor outward_;
  bool writing_ = false;
  bool closing_ = false;  // a Close was sent
  /// The rest of frames that did not leave at once. Its write may outlive this.
  struct leftover {
    octets rest;
    frame_guard* owner = nullptr;
  };
  std::shared_ptr<leftover> leftover_;
  boost::asio::const_buffer held_;  // a write of Beast that waits behind the rest
  std::optional<completion<error_code, std::size_t>> held_handler_;
};

}  // namespace halley::gateway
