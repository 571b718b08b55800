#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/core.hpp"
#include "transport/transport.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace halley::gateway {

/// One accepted connection. A reader of its own keeps read interest on, whatever the service does,
/// and collects octets up to a bound: so a service sees a peer's end while it holds or writes.
/// Whoever serves the connection waits in changed() and looks at what is there.
class connection : public std::enable_shared_from_this<connection> {
public:
  /// How the peer's direction stands: FIN and RST are not the same.
  enum class inbound { open, ended, broken };

  connection(std::shared_ptr<core> owner, std::unique_ptr<transport::transport> lower);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  core& shared() { return *core_; }
  transport::transport& lower() { return *lower_; }
  std::uint64_t number() const { return number_; }

  /// Reads until the end or until stop_reading(); spawned once, beside the service.
  awaitable<void> read_ahead();
  /// Ends read_ahead() without harm to the connection: whoever calls this reads lower() itself.
  awaitable<void> stop_reading();

  octet_view input() const { return input_; }
  void consume(std::size_t count);
  inbound peer() const { return peer_; }
  /// Waits for octets, the peer's end, a notification of events(), a stop; or for `deadline`.
  awaitable<void> changed(instant deadline);
  clock::wake& events() { return changed_; }

  /// From now on no wait for this peer is longer than that.
  void limit_patience(duration most) { patience_ = most; }
  /// How long to wait for this peer where `usual` is the rule.
  duration patience(duration usual) const { return std::min(usual, patience_); }

  /// Writes all of `data`. Returns: false where the connection broke; nothing may follow then.
  /// Limits: the write timeout without progress, then the peer is cut off.
  awaitable<bool> write(octet_view data);

  /// Whether write_now() may do anything.
  bool writes_now() const { return lower_->writes_now(); }
  /// Writes what the peer takes at once; no write() may be under way. Returns: the count of octets.
  std::size_t write_now(octet_view data);

  /// Ends the connection so that the peer gets what was written: FIN, then read and drop within
  /// the linger limits, then close. Source: RFC 9112 §9.6.
  awaitable<void> finish();
  /// Both directions end now; what a service that reads lower() itself calls instead of finish().
  void close();
  /// RST, now.
  void cut();
  bool closed() const { return closed_; }

private:
  awaitable<void> read_some(octets& block, error_code& error);

  std::shared_ptr<core> core_;
  std::unique_ptr<transport::transport> lower_;
  std::uint64_t number_;
  clock::wake changed_;
  clock::wake room_;
  octets input_;
  inbound peer_ = inbound::open;
  bool reading_ = false;
  bool stop_reading_ = false;
  bool closed_ = false;
  duration patience_ = duration::max();
};

}  // namespace halley::gateway
