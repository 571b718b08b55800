#pragma once

#include "fuzz/live/exchange.hpp"
#include "fuzz/live/holding.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace halley::fuzz {

/// An endpoint of a target and the address that it is reached at.
struct stand {
  place at;
  transport::endpoint to;
};

/// A target ended and does not start again: nobody's fault that is known, and nothing goes on.
struct target_lost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A target and the world around it.
class stage {
public:
  stage() = default;
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  virtual ~stage() = default;

  virtual transport::runtime& runtime() = 0;
  virtual const std::vector<stand>& stands() const = 0;
  /// Runs until `done` holds, looked at after everything that happens, or at least when all that
  /// is ready has run.
  virtual void run(const std::function<bool()>& done) = 0;
  /// Whether time costs nothing here.
  virtual bool simulated() const = 0;
  /// Gets the events of a scenario, in order.
  using watcher = std::function<void(const trace::event&)>;
  /// Plays a scenario that has no matrix.
  virtual outcome play(const std::shared_ptr<const scenario::scenario>& what,
                       const watcher& tell = {}) = 0;
  /// The target as if it had just been started, where that is cheap; else nothing happens. Nothing
  /// may be under way; the runtime is another one then.
  virtual void renew() {}
  /// How much of its own code the target reached since the last call that no call before has shown;
  /// 0 where it does not tell.
  virtual std::size_t new_coverage() { return 0; }
  /// How the target ended, or what its log says of a crash; empty while it is well. Then it has
  /// been started again.
  virtual std::string crashed() { return {}; }
  /// What the target's processes hold, where it was started from here.
  virtual std::optional<holding> held() { return std::nullopt; }
  /// Starts the target anew, where it was started from here. Returns: whether it was.
  virtual bool restart() { return false; }
};

}  // namespace halley::fuzz
