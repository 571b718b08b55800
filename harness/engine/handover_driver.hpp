#pragma once

#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/client_driver.hpp"
#include "transport/impaired_link.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

namespace halley::engine {

/// A client under test that came by itself: told to connect, it hands over the one connection that
/// the client has opened already, octets read from it included. It can do nothing else, and what
/// the client's application sees it does not know.
class handover_driver final : public client_driver {
public:
  /// `came`: the client's connection.
  handover_driver(transport::runtime& world, std::unique_ptr<transport::transport> came);
  ~handover_driver() override;

  awaitable<std::string> start() override;
  /// Waits until both sides have ended what they had to say, a few seconds at most.
  awaitable<void> stop() override;
  /// Ends the connection at once: RST to both sides. What waits in stop() need wait no longer.
  void cut();

  void attach(const std::string& session, listener heard) override;
  awaitable<driver_answer> command(nlohmann::json what, instant until) override;
  awaitable<driver_answer> end(std::string session, instant until) override;
  void detach(const std::string& session) override;
  bool observes() const override { return false; }

private:
  awaitable<driver_answer> connect_to(std::string url, instant until);

  transport::runtime& world_;
  std::unique_ptr<transport::transport> came_;  ///< until it was handed over
  std::unique_ptr<transport::impaired_link> link_;
  std::shared_ptr<clock::tasks> carrying_;
};

}  // namespace halley::engine
