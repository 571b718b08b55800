#pragma once

#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"
#include "transport/runtime.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace halley::engine {

/// Speaks the driver protocol with a program, a JSON object a line on its standard input and
/// output. Limits: the line limit; the program gets 2 s to end once its input has ended.
class stdio_driver final : public client_driver {
public:
  /// `world` has real time: a program does not wait for virtual time.
  stdio_driver(transport::runtime& world, driver_program how);
  ~stdio_driver() override;

  awaitable<std::string> start() override;
  awaitable<void> stop() override;
  std::string absent() const override { return absent_; }
  std::optional<process_end> ended() override;

  void attach(const std::string& session, listener heard) override;
  awaitable<driver_answer> command(nlohmann::json what, instant until) override;
  awaitable<driver_answer> end(std::string session, instant until) override;
  void detach(const std::string& session) override;
  bool observes() const override { return true; }

private:
  class child;

  std::shared_ptr<child> started(std::string& problem);

  transport::runtime& world_;
  driver_program how_;
  std::string absent_;
  std::shared_ptr<clock::tasks> tasks_;
  std::shared_ptr<child> shared_;  ///< null where each session has its own
  std::map<std::string, std::shared_ptr<child>, std::less<>> serving_;  ///< by session
};

}  // namespace halley::engine
