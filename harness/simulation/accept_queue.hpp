#pragma once

#include "clock/clock.hpp"
#include "simulation/tcp_model.hpp"
#include "simulation/world.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace halley::simulation {

/// What a listening socket holds: connections that stand and wait to be accepted, `backlog` of them
/// at most. Source: listen(2); a SYN that finds the queue full is not answered.
class accept_queue final : private holder {
public:
  using handler = completion<error_code, std::unique_ptr<transport::transport>>;

  accept_queue(world& of, std::string host, transport::endpoint where, std::size_t backlog)
      : holder(of),
        world_(of),
        host_(std::move(host)),
        where_(std::move(where)),
        backlog_(backlog) {}
  ~accept_queue() override = default;

  const std::string& host() const { return host_; }
  const transport::endpoint& where() const { return where_; }
  bool open() const { return open_; }
  bool full() const { return waiting_.size() + *coming_ >= backlog_; }

  /// A SYN was answered. Its connection has a place here until the result is destroyed, or is
  /// added.
  std::shared_ptr<void> expect();
  void add(const std::shared_ptr<connection>& one);
  void accept(handler who);
  void cancel();
  /// What waits is reset.
  void close();

private:
  void hand_over();
  void end(error_code why);
  void drop_handlers() override;

  world& world_;
  std::string host_;
  transport::endpoint where_;
  std::size_t backlog_;
  // Shared: a place may be given back when the queue is gone.
  std::shared_ptr<std::size_t> coming_ = std::make_shared<std::size_t>(0);
  std::deque<std::unique_ptr<transport::transport>> waiting_;
  std::optional<handler> accepter_;
  bool open_ = true;
};

}  // namespace halley::simulation
