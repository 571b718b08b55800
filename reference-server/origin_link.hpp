#pragma once

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "reference-server/core.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <memory>

namespace halley::gateway {

/// The connection on which one request was forwarded. It is read only while its answer is passed
/// on, so that an origin is read no faster than its client.
class origin_link {
public:
  enum class inbound { open, ended, broken, late };

  origin_link(std::shared_ptr<core> owner, std::unique_ptr<transport::transport> lower);
  origin_link(const origin_link&) = delete;
  origin_link& operator=(const origin_link&) = delete;
  ~origin_link();

  octet_view input() const { return input_; }
  void consume(std::size_t count) { input_.erase(0, count); }
  inbound at() const { return at_; }
  /// From now on it is the origin's turn: its silence is bounded by the upstream timeout.
  void asked() { asked_ = true; }
  /// Reads once. Returns: false where nothing more comes; at() says why.
  awaitable<bool> read();
  /// Writes all of `data`. Returns: false where the origin takes no more.
  awaitable<bool> write(octet_view data);

  /// RST, or FIN where all is said; ends what is under way on it.
  void cut();
  void close();
  /// What was read and not consumed comes first for whoever reads it next.
  std::unique_ptr<transport::transport> release();

private:
  void watch();

  std::shared_ptr<core> core_;
  std::unique_ptr<transport::transport> lower_;
  clock::watchdog bound_;
  octets input_;
  octets block_;
  inbound at_ = inbound::open;
  bool asked_ = false;
  bool gone_ = false;
};

}  // namespace halley::gateway
