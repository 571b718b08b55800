#pragma once

#include "base/fifo.hpp"
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/event_queue.hpp"
#include "simulation/task.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace halley::simulation {

class world;

/// The executor of a world: what it is given runs later, in order, on the thread that runs the
/// world.
class world_executor {
public:
  explicit world_executor(world& of) : world_(&of) {}

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept;
  static constexpr boost::asio::execution::blocking_t query(
      boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking_t::never_t();
  }
  template <typename Function>
  void execute(Function&& function) const;

  bool operator==(const world_executor&) const noexcept = default;

private:
  world* world_;
};

/// Something that holds handlers of others: a timer, a socket. When a world ends they are dropped,
/// because they own the coroutines that own what holds them.
class holder {
public:
  explicit holder(world& of);
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  virtual ~holder();

  /// Moves the handlers it holds out and destroys them, uncalled.
  virtual void drop_handlers() = 0;

private:
  friend class world;
  world* world_;
  holder* before_ = nullptr;
  holder* after_ = nullptr;
};

/// Time, work and chance of one simulation. All that is ready runs; when nothing is left, the clock
/// jumps to the earliest event. Events of the same instant happen in the order in which they were
/// begun, or in a seeded random order. Nothing here asks the machine for time or entropy.
/// Thread safety: one thread.
class world {
public:
  struct settings {
    std::uint64_t seed = 1;
    bool shuffle = false;  ///< events of the same instant happen in random order
  };
  /// Why a run came to its end.
  enum class outcome {
    done,  ///< the condition holds
    idle,  ///< neither work nor an event is left: whoever waits still waits for ever
    late,  ///< the next event lies behind the limit
    busy,  ///< more tasks and events than allowed
  };
  struct limits {
    instant until = instant::max();
    std::uint64_t steps = std::uint64_t(-1);  ///< tasks and events
  };
  /// What has happened so far.
  struct figures {
    std::uint64_t tasks = 0;
    std::uint64_t events = 0;
  };

  explicit world(settings how);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  executor get_executor() { return world_executor(*this); }
  boost::asio::io_context& context() { return context_; }
  clock::clock& time();
  instant now() const { return now_; }
  /// Of what is drawn from now on: the world's own, or its chapter's.
  std::uint64_t seed() const { return seed_; }
  /// What is drawn from here on follows from the world's seed and `name` alone, not from what was
  /// drawn before.
  void begin_chapter(std::string_view name);
  std::uint64_t chapter() const { return chapter_; }
  const figures& so_far() const { return figures_; }

  /// Runs after all that is ready now.
  void post(task one) { ready_.push_back(std::move(one)); }
  /// `one` happens at `when`, or now where that is past.
  void at(instant when, event& one);
  void cancel(event& one) { events_.remove(one); }

  /// Runs until `done` holds, looked at between steps.
  outcome run(const std::function<bool()>& done, const limits& bounds);
  /// Runs until nothing is left.
  outcome run() {
    return run([] { return false; }, limits{});
  }

  /// Drops everything that still waits; frames of coroutines end here. After this nothing runs.
  void end();

private:
  friend class holder;
  class world_clock;

  outcome run_here(const std::function<bool()>& done, const limits& bounds);

  settings how_;
  // Nothing but `run` is run in it. Beast's own timers, which are never armed, hang off it.
  boost::asio::io_context context_{1};
  std::unique_ptr<world_clock> clock_;
  std::uint64_t seed_;
  std::uint64_t chapter_ = 0;
  random_source ties_;
  instant now_{0};
  fifo<task> ready_;
  event_queue events_;
  figures figures_;
  holder* holders_ = nullptr;
  holder* next_dropped_ = nullptr;
};

template <typename Function>
void world_executor::execute(Function&& function) const {
  world_->post(task(std::forward<Function>(function)));
}

}  // namespace halley::simulation
