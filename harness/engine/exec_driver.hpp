#pragma once

#include "clock/clock.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace halley::engine {

/// Runs a program for each connection or request that a scenario wants, and sees nothing of it but
/// what it does on the wire. In its arguments ${to}, ${method}, ${body} and ${proxy} are replaced,
/// by nothing where the command does not say. A command that says what no argument takes is
/// unsupported: the program would do something else. `close` ends the session's programs (SIGTERM),
/// the end of the session kills them.
class exec_driver final : public client_driver {
public:
  explicit exec_driver(driver_program how);
  ~exec_driver() override;

  awaitable<std::string> start() override;
  awaitable<void> stop() override;
  std::string absent() const override { return absent_; }

  void attach(const std::string& session, listener heard) override;
  awaitable<driver_answer> command(nlohmann::json what, instant until) override;
  awaitable<driver_answer> end(std::string session, instant until) override;
  void detach(const std::string& session) override;
  bool observes() const override { return false; }

private:
  using processes = std::vector<std::unique_ptr<child_process>>;

  driver_answer run(const nlohmann::json& what, processes& into) const;

  driver_program how_;
  std::string absent_;
  std::map<std::string, processes, std::less<>> sessions_;
};

}  // namespace halley::engine
