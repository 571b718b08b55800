#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/mask_changer.hpp"
#include "reference-server/frame_cursor.hpp"
#include "reference-server/frame_faults.hpp"
#include "reference-server/options.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>

namespace halley::gateway {

/// What a guard is made of.
struct guarded {
  std::unique_ptr<transport::transport> lower;
  octets early;    // what came behind the server's answer
  octets deflate;  // the extension in use, as Beast is to hear of it; empty: none
};

/// Stands between a client's connection, whose opening handshake is done, and Beast's frame stream,
/// which wants to do one: its request is answered here. Frames leave with masking keys of the
/// runtime, TCP is not ended before the server ends it (RFC 6455 §7.1.1), and a frame length of
/// 2^63 or more becomes the protocol error that it is (RFC 6455 §5.2). What the mutants of the
/// frame layer change passes here too.
class client_guard final : public transport::transport {
public:
  client_guard(halley::transport::runtime& world, guarded what, const client_options& how);

  halley::transport::transport& lower() { return *lower_; }
  /// Whether the next message that Beast hands out came as text (asked once a message).
  bool next_is_text(bool seen_by_beast) { return faults_.next_is_text(seen_by_beast); }
  /// Whether a frame of our own may follow what Beast has written.
  bool between_frames() const { return masks_.between_frames(); }
  /// `frame` as it goes out, with a masking key.
  octets masked(octet_view frame) { return masks_.changed(frame); }
  /// Whether a write made no progress for too long.
  bool stuck() const { return stuck_; }

  executor get_executor() override { return lower_->get_executor(); }
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override;
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override;
  /// Nothing: the server closes TCP first.
  void shutdown_send(error_code& error) override;
  void close() override { lower_->close(); }
  void abort() override { lower_->abort(); }
  void cancel() override { lower_->cancel(); }
  halley::transport::endpoint local() const override { return lower_->local(); }
  halley::transport::endpoint remote() const override { return lower_->remote(); }

private:
  void deliver(octets& ready,
               boost::asio::mutable_buffer into,
               completion<error_code, std::size_t> handler);
  bool takes_handshake(octet_view written);
  void flush(std::size_t size, completion<error_code, std::size_t> handler);

  halley::transport::runtime& world_;
  const client_options& how_;
  std::unique_ptr<halley::transport::transport> lower_;
  octets deflate_;
  octets asked_;   // Beast's request
  octets answer_;  // to it
  bool opened_ = false;
  octets block_;
  octets ready_;  // frames for Beast
  frame_cursor inward_;
  frame_faults faults_;
  mask_changer masks_;
  octets out_;
  clock::watchdog blocked_;
  bool stuck_ = false;
};

/// The options under which the frame layer of the gateway shows the client's mutants.
options frame_options(const client_options& how);

}  // namespace halley::gateway
