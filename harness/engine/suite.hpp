#pragma once

#include "capture/synthetic.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/bell.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/stall_watch.hpp"
#include "engine/surroundings.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"
#include "transport/runtime.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace halley::engine {

enum class trace_choice { all, fail, none };

struct suite_settings {
  std::uint64_t seed = 1;
  std::string nonce;  ///< differs between runs: a target that keeps state must not meet the same
                      ///< ${key} again
  std::size_t jobs = 64;
  double time_scale = 1;
  std::optional<cutting::kind> segmentation;  ///< nothing: varied over the instances
  trace_choice trace = trace_choice::all;
  int attempts = 2;              ///< at an instance that was inconclusive
  int retries = 0;               ///< of an instance that failed
  int repeats = 1;               ///< of every instance, whatever it does
  bool heed_after = true;        ///< skips what stands after a scenario that did not pass
  bool declare = true;           ///< each scenario in the log, before its first instance
  std::size_t max_failures = 0;  ///< 0 = no limit
  std::string unplayable;        ///< why the target could not be started; nothing is played then
  std::string absent;            ///< the program that is missing, where that is the reason
  /// Whether an instance is known to fail, so that nothing is gained by playing it again. May be
  /// null.
  std::function<bool(const scenario::instance& what)> known;
  /// Why an instance is not to be played; nothing where it is. May be null.
  std::function<std::optional<std::string>(const scenario::instance& what)> disabled;
  bool exact_time = false;  ///< virtual time: Halley never stands still
  /// Puts the network around an instance that is about to be played; may be null.
  std::function<surroundings(const scenario::instance& what)> surround;
};

/// Where a suite puts what it sees. Lifetime: `log` and `captures` outlive the suite.
struct suite_outputs {
  trace::event_log& log;
  capture::synthetic_capture* captures = nullptr;      ///< may be null
  std::function<void(const trace::event&)> told = {};  ///< sees every event after it was logged
};

/// Plays instances against one target, many at a time on one thread, and records everything.
/// An instance whose scenario names sanity scenarios (`after`) waits for them, and is skipped as
/// blocked where one did not pass. An inconclusive instance is played again, `attempts` times in
/// all; one that failed `retries` times more; and all of that `repeats` times. When the target dies
/// it is started again and what was under way is played once more, each alone: what kills it then
/// has crashed it.
class suite {
public:
  suite(transport::runtime& world,
        target& tested,
        std::vector<scenario::instance> instances,
        suite_settings settings,
        suite_outputs outputs);
  ~suite();
  suite(const suite&) = delete;
  suite& operator=(const suite&) = delete;

  awaitable<void> run();
  /// Starts nothing more; what is under way ends as error(interrupted).
  void interrupt();

  /// Results by verdict name, of the attempts that count.
  const std::map<std::string, std::size_t>& counts() const { return counts_; }

private:
  enum class state { waiting, running, ended };
  struct entry {
    scenario::instance what;
    state is = state::waiting;
    bool good = false;  ///< ended as pass, info or warn
  };

  awaitable<void> work();
  awaitable<void> play(entry& one);
  awaitable<instance_result> settle(entry& one, int& number);
  awaitable<instance_result> attempt(entry& one, int number);
  awaitable<void> be_alone(const entry& one);
  awaitable<void> revive();
  entry* next_entry();
  bool settled(const entry& one) const;
  std::optional<std::string> failed_before(const entry& one) const;
  std::optional<instance_result> not_applicable(const scenario::scenario& what) const;
  instance_result unplayable() const;
  bool probes(const scenario::scenario& what) const;
  void declare(const scenario::scenario& what);
  void judge_passively(const player& played,
                       const scenario::scenario& what,
                       instance_result& result);
  void close_instance(const entry& one, int number, const player* played, instance_result& result);
  void record(trace::event& one, const std::string& instance);
  void note(const std::string& name, const std::string& instance, nlohmann::json fields);

  transport::runtime& world_;
  target& target_;
  std::vector<entry> entries_;
  suite_settings settings_;
  trace::event_log& log_;
  capture::synthetic_capture* captures_;
  std::function<void(const trace::event&)> told_;
  stall_watch stalls_;
  bell news_;
  std::map<std::string, std::vector<std::size_t>, std::less<>> by_scenario_;
  std::set<std::string, std::less<>> declared_;
  std::set<player*> playing_;
  std::map<std::string, std::size_t> counts_;
  std::size_t running_ = 0;  ///< without those that wait to be alone
  std::size_t wanting_alone_ = 0;
  const entry* alone_ = nullptr;  ///< what kills the target now, has crashed it
  std::size_t failures_ = 0;
  bool reviving_ = false;
  bool stopping_ = false;
  bool interrupted_ = false;
};

}  // namespace halley::engine
