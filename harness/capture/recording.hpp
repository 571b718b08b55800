#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>

namespace halley::capture {

/// Learns what happens on one connection, as it happens. After an RST and after `failed` nothing
/// more is sent.
class octet_observer {
public:
  octet_observer() = default;
  octet_observer(const octet_observer&) = delete;
  octet_observer& operator=(const octet_observer&) = delete;
  virtual ~octet_observer() = default;

  /// One write: what the transport took of it.
  virtual void sent(octet_view data, instant when) = 0;
  /// One read.
  virtual void received(octet_view data, instant when) = 0;
  virtual void fin_sent(instant when) = 0;
  virtual void fin_received(instant when) = 0;
  virtual void rst_sent(instant when) = 0;
  virtual void rst_received(instant when) = 0;
  /// The connection ended otherwise: timed out, unreachable. Cancelled operations are no failure.
  virtual void failed(error_code error, instant when) = 0;
};

/// A transport that tells an observer of every octet that passes `lower`, and of the ends of both
/// directions, each once, before the operation's own handler runs. An RST that a write meets is
/// told when the reader has taken what came before it. close() counts as FIN: whether the kernel
/// sends RST instead, because unread octets wait, nobody can see from here. A transport that is
/// destroyed without close() or abort() reports no end. Lifetime: `observer` and `time` must
/// outlive this.
class recording_transport final : public transport::transport {
public:
  recording_transport(std::unique_ptr<halley::transport::transport> lower,
                      octet_observer& observer,
                      const clock::clock& time);
  ~recording_transport() override;

  executor get_executor() override;
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override;
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override;
  void shutdown_send(error_code& error) override;
  void close() override;
  void abort() override;
  void cancel() override;
  halley::transport::endpoint local() const override;
  halley::transport::endpoint remote() const override;

private:
  class recorder;

  std::unique_ptr<halley::transport::transport> lower_;
  std::shared_ptr<recorder> recorder_;
};

}  // namespace halley::capture
