#pragma once

#include "clock/clock.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace halley::transport {

/// An IP address literal and a port. Names are never looked up: see `parse_endpoint`.
struct endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;

  bool operator==(const endpoint&) const = default;
};

/// "127.0.0.1:80", "[::1]:80".
std::string to_string(const endpoint& where);

/// Whether `address` is an IP literal of this machine: 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& address);

/// One stream of octets in both directions, type-erased: TCP, TLS, simulated, or a wrapper around
/// another. At most one read and one write may be under way. After an error or the end of the
/// stream no further read may be begun. Thread safety: one thread, that of its executor.
class transport {
public:
  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  virtual executor get_executor() = 0;
  /// Completes with at least one octet, or with an error: eof (FIN), connection_reset (RST),
  /// operation_aborted.
  virtual void async_read_some(boost::asio::mutable_buffer into,
                               completion<error_code, std::size_t> handler) = 0;
  /// May write less than all.
  virtual void async_write_some(boost::asio::const_buffer from,
                                completion<error_code, std::size_t> handler) = 0;
  /// Whether wait_readable() and read_now() may be used instead of async_read_some(): who waits so
  /// needs no room for what has not come.
  virtual bool reads_now() const { return false; }
  /// Completes when there is something to read, or the end.
  virtual void async_wait_readable(completion<error_code> handler) {
    std::move(handler)(boost::asio::error::operation_not_supported);
  }
  /// Reads what is there. Returns: the count of octets; `error` says why there are none,
  /// would_block where nothing has come.
  virtual std::size_t read_now(boost::asio::mutable_buffer /*into*/, error_code& error) {
    error = boost::asio::error::operation_not_supported;
    return 0;
  }
  /// Whether write_now() may do anything.
  virtual bool writes_now() const { return false; }
  /// Writes what the peer takes at once; no write may be under way. Returns: the count of octets,
  /// also 0 after an error, which the next write tells.
  virtual std::size_t write_now(boost::asio::const_buffer /*from*/) { return 0; }
  /// Sends FIN behind what was written; reading goes on (half-close).
  virtual void shutdown_send(error_code& error) = 0;
  /// Ends both directions: FIN, or RST where unread octets wait, as the kernel does. Pending
  /// operations are aborted.
  virtual void close() = 0;
  /// Sends RST at once. Pending operations are aborted.
  virtual void abort() = 0;
  /// Pending operations end with operation_aborted; the connection stays.
  virtual void cancel() = 0;
  virtual endpoint local() const = 0;
  virtual endpoint remote() const = 0;
};

/// Accepts connections.
class listener {
public:
  listener() = default;
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;
  virtual ~listener() = default;

  virtual endpoint local() const = 0;
  virtual void async_accept(completion<error_code, std::unique_ptr<transport>> handler) = 0;
  /// No more connections; a pending accept ends with operation_aborted.
  virtual void close() = 0;
};

/// Reads once. Returns: the count of octets; `error` says why there are none.
awaitable<std::size_t> read_some(transport& from,
                                 boost::asio::mutable_buffer into,
                                 error_code& error);
/// Waits until read_now() has something to say; `error` says why it never will.
awaitable<void> wait_readable(transport& from, error_code& error);
/// Writes all of `data` unless an error comes first. Returns: the count of octets written.
awaitable<std::size_t> write_all(transport& to, boost::asio::const_buffer data, error_code& error);
/// Accepts one connection; null on error.
awaitable<std::unique_ptr<transport>> accept(listener& from, error_code& error);

}  // namespace halley::transport
