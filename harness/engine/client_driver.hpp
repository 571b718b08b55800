#pragma once

#include "clock/clock.hpp"
#include "engine/child_process.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::engine {

/// How a driver's program is run.
struct driver_program {
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> env;
  std::filesystem::path directory;  ///< where it runs
  std::filesystem::path log;        ///< what it writes to stderr, and lines that mean nothing
  bool reuse = true;                ///< one process for all sessions, not one each
  std::size_t line_limit = 64UL * 1024U * 1024U;  ///< octets; a longer line ends the process
};

/// What became of a command.
struct driver_answer {
  enum class outcome {
    taken,        ///< the client has begun; not: it succeeded
    unsupported,  ///< the client cannot do that
    refused,      ///< the client can, but not now: nothing is open that could be closed, …
    gone,         ///< the driver has ended, or does not answer
  };
  outcome is = outcome::taken;
  std::string text;  ///< for people; empty where the command was taken
};

/// Commands clients under test, and tells what their applications see. A session is one client
/// application; each instance has its own. Source: scenarios/profiles/README.md, "Clients".
class client_driver {
public:
  /// Gets the events of a session in order: {"event": "app.message", …}. The last one may be
  /// {"event": "driver.gone", "text": …}: the driver has ended and knows nothing of the session any
  /// more.
  using listener = std::function<void(const nlohmann::json& event)>;

  client_driver() = default;
  client_driver(const client_driver&) = delete;
  client_driver& operator=(const client_driver&) = delete;
  virtual ~client_driver() = default;

  /// Makes ready to take commands. Returns: a message on failure, else empty.
  virtual awaitable<std::string> start() = 0;
  virtual awaitable<void> stop() = 0;
  /// The program that is missing, where that is why `start` failed.
  virtual std::string absent() const { return {}; }
  /// Which signal ended the process that serves all sessions, if one did and it was not ours: a
  /// crash. A driver that exits is in trouble of its own, whatever its code.
  virtual std::optional<process_end> ended() { return std::nullopt; }

  /// Begins a session, before its first command. A driver that has ended is started again.
  virtual void attach(const std::string& session, listener heard) = 0;
  /// Gives a command, `what` with its "session" and "do", and waits for the answer. A driver that
  /// does not answer by `until` is ended: it would not answer the next one either.
  virtual awaitable<driver_answer> command(nlohmann::json what, instant until) = 0;
  /// Ends a session and waits for the answer, so that whatever killed the client before is known
  /// afterwards.
  virtual awaitable<driver_answer> end(std::string session, instant until) = 0;
  /// Ends a session at once; nothing is waited for.
  virtual void detach(const std::string& session) = 0;
  /// Whether the driver tells what its application sees.
  virtual bool observes() const = 0;
};

}  // namespace halley::engine
