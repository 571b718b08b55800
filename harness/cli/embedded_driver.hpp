#pragma once

#include "clock/clock.hpp"
#include "engine/client_driver.hpp"
#include "engine/driver_dialogue.hpp"
#include "reference-server/client/reference_client.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <set>
#include <string>

namespace halley::cli {

/// The reference client, driven without a process in between: what is tested by scenarios for
/// clients where a run names no target. It lives in the run's own thread and world.
class embedded_driver final : public engine::client_driver {
public:
  /// `world`: where the client opens its connections; the same executor as Halley's.
  embedded_driver(transport::runtime& world, const std::set<std::string>& mutants);
  ~embedded_driver() override;

  awaitable<std::string> start() override;
  awaitable<void> stop() override;

  void attach(const std::string& session, listener heard) override;
  awaitable<engine::driver_answer> command(nlohmann::json what, instant until) override;
  awaitable<engine::driver_answer> end(std::string session, instant until) override;
  void detach(const std::string& session) override;
  bool observes() const override { return true; }

private:
  transport::runtime& world_;
  std::set<std::string> mutants_;
  engine::driver_dialogue said_;
  std::unique_ptr<gateway::reference_client> client_;
};

}  // namespace halley::cli
