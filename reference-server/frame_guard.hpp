#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/connection.hpp"
#include "reference-server/options.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace halley::gateway {

/// Follows the frames of one direction by their headers. Source: RFC 6455 §5.2.
class frame_cursor {
public:
  struct header {
    octets octets_of;  // as they came, with the masking key
    std::uint64_t length = 0;

    std::uint8_t opcode() const { return octet_at(octets_of, 0) & 0x0FU; }
    bool masked() const { return (octet_at(octets_of, 1) & 0x80U) != 0; }
  };

  /// Takes octets of the payload under way or of the next header off the front of `input`.
  /// Returns: the header that is complete now. `payload` is what was taken of a payload.
  std::optional<header> take(octet_view& input, octet_view& payload);

private:
  octets head_;
  std::uint64_t payload_left_ = 0;
};

/// Stands between the connection and Beast's frame stream, reads octets that came behind the
/// request head first, and mends what Beast 1.81 gets wrong: a frame length of 2^63 or more is a
/// protocol error (RFC 6455 §5.2), but Beast calls it too big. The mutants of the frame layer live
/// here too, as what they make Beast see.
class frame_guard final : public transport::transport {
public:
  frame_guard(connection& on, const octets& early, bool deflate);

  /// When the peer was last heard.
  instant last_input() const { return last_input_; }
  /// Whether the next message that Beast hands out came as text (asked once a message).
  bool next_is_text(bool seen_by_beast);

  executor get_executor() override { return lower_.get_executor(); }
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override;
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override;
  void shutdown_send(error_code& error) override { lower_.shutdown_send(error); }
  void close() override { lower_.close(); }
  void abort() override { lower_.abort(); }
  void cancel() override { lower_.cancel(); }
  halley::transport::endpoint local() const override { return lower_.local(); }
  halley::transport::endpoint remote() const override { return lower_.remote(); }

private:
  void deliver(boost::asio::mutable_buffer into, completion<error_code, std::size_t> handler);
  void pass(octet_view input);
  octets altered(frame_cursor::header one);
  bool is_unwanted_close(octet_view written);
  void write_head(boost::asio::const_buffer from, completion<error_code, std::size_t> handler);
  void flush_head(std::size_t size, completion<error_code, std::size_t> handler);
  void write_below(boost::asio::const_buffer from, completion<error_code, std::size_t> handler);

  connection& on_;
  halley::transport::transport& lower_;
  const options& how_;
  instant last_input_;
  clock::watchdog blocked_;
  const bool deflate_;
  octets block_;
  octets ready_;  // for Beast
  frame_cursor inward_;
  frame_cursor outward_;
  octets head_;  // the answer to the handshake, gathered until it is whole
  bool head_sent_ = false;
  bool spoil_payload_ = false;
  std::deque<bool> texts_;
};

}  // namespace halley::gateway
