#pragma once

#include "clock/clock.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"
#include "engine/environment.hpp"
#include "engine/http_call.hpp"
#include "scenario/profile.hpp"
#include "transport/runtime.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace halley::engine {

/// What is tested: a profile, and the processes that Halley started for it.
class target {
public:
  /// `directory`: fresh and writable, absolute, the target's ${dir}.
  target(transport::runtime& world, scenario::profile profile, std::filesystem::path directory);
  ~target();
  target(const target&) = delete;
  target& operator=(const target&) = delete;

  /// Starts what the profile launches, what stands beside it first, and waits until it is ready.
  /// Returns: a message on failure, else empty. The program's absence is told by `absent`.
  awaitable<std::string> start();
  /// Ends what was started: the profile's signal, then SIGKILL.
  awaitable<void> stop();
  /// How the target's own process ended, if Halley started it and it has, or how its driver's
  /// crashed.
  std::optional<process_end> ended();

  /// The target's own process; -1 where Halley started none.
  pid_t pid() const;

  /// Clients under test: this one commands them, in place of the profile's.
  void drive_with(std::shared_ptr<client_driver> driver);
  /// Whether there is one, or will be once the target was started.
  bool driven() const { return driver_ != nullptr || !profile_.driver.null(); }
  /// Null where there is none. A target that is started again has a new one.
  const std::shared_ptr<client_driver>& driver() const { return driver_; }
  /// A name for a session of the driver that no other has.
  std::string next_session() { return "s" + std::to_string(++sessions_); }

  const scenario::profile& profile() const { return profile_; }
  const std::string& version() const { return version_; }
  /// The program that is missing, where that is why `start` failed.
  const std::string& absent() const { return absent_; }
  /// The command as it was started; empty for targets that run by themselves.
  const std::vector<std::string>& command() const { return command_; }
  std::filesystem::path log() const { return directory_ / "target.log"; }

  /// Hands the target's variables and endpoints to an instance. `key` is fresh per instance.
  void describe_to(environment& variables, const std::string& key) const;
  /// The endpoint's address with ${key} replaced, or nothing.
  std::optional<std::string> endpoint(std::string_view name, const environment& variables) const;
  /// The hook's request with its arguments replaced, or nothing where the profile has no such hook.
  /// Errors: throws bad_expression.
  std::optional<http_request> hook(std::string_view name, const environment& variables) const;
  /// What the profile says about a capability; nothing where it says nothing.
  std::optional<scenario::capability> capability(std::string_view name) const;

private:
  struct program;

  awaitable<std::string> start_programs();
  awaitable<std::string> start_driver();
  awaitable<std::string> start_one(const scenario::launch& what, const std::string& name);
  awaitable<std::string> wait_ready(const scenario::launch& what, program& one);
  awaitable<void> stop_one(program& one);
  awaitable<void> ask_version();
  std::string write_files(const scenario::launch& what);
  std::string take_ports();
  environment variables() const;

  transport::runtime& world_;
  scenario::profile profile_;
  std::filesystem::path directory_;
  std::vector<std::pair<std::string, std::uint16_t>> ports_;  ///< "" is ${port}
  std::vector<std::unique_ptr<program>> programs_;            ///< the target itself is the last
  std::shared_ptr<client_driver> driver_;
  std::uint64_t sessions_ = 0;
  std::vector<std::string> command_;
  std::string version_;
  std::string absent_;
};

}  // namespace halley::engine
