#pragma once

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/bell.hpp"
#include "engine/client_driver.hpp"
#include "engine/environment.hpp"
#include "engine/inbox.hpp"
#include "engine/matcher.hpp"
#include "engine/peer.hpp"
#include "engine/stall_watch.hpp"
#include "engine/surroundings.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "trace/event.hpp"
#include "transport/chaos_proxy.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {

/// What an instance is played with.
struct play_settings {
  std::uint64_t seed = 1;
  cutting::kind segmentation = cutting::kind::whole;  ///< ambient: for sends that do not say
  double time_scale = 1;                              ///< multiplies upper bounds
  std::string key;                                    ///< ${key}
  peer_limits limits;                                 ///< of each connection
  surroundings around;
  bool exact_time = false;  ///< virtual time: nothing is ever late by chance
};

/// Plays one instance: its actors, its connections, its steps from top to bottom, and computes how
/// it ended. Limits: one minute in all, or the scenario's own timeout; every wait has a deadline of
/// its own.
class player {
public:
  using recorder = std::function<void(trace::event&)>;

  player(transport::runtime& world,
         target& tested,
         const scenario::instance& what,
         play_settings settings,
         const stall_watch& stalls);
  ~player();
  player(const player&) = delete;
  player& operator=(const player&) = delete;

  /// `record` gets every event in order; it sets instance and seq.
  awaitable<instance_result> play(recorder record);
  /// The instance ends as soon as it can, as error(interrupted).
  void interrupt();

  /// Everything that happened, for passive checks and the capture.
  const std::vector<trace::event>& events() const { return events_; }
  /// Which roles Halley played, per connection.
  std::vector<std::pair<std::string, bool>> connections() const;

private:
  enum class flow { go_on, stop };
  struct caller {
    bool there = true;
    const scenario::alternative* silence = nullptr;  ///< what it means that nobody came
  };
  struct arrival {
    std::unique_ptr<transport::transport> connection;
    instant at{0};
  };
  struct actor {
    std::string name;
    bool plays_server = false;
    scenario::value_list chaos;
    std::map<std::string, std::unique_ptr<transport::chaos_proxy>>
        networks;  ///< by where they lead
    std::unique_ptr<transport::listener> listening;
    std::deque<arrival> waiting;
    std::map<std::string, std::shared_ptr<peer>, std::less<>> peers;
    std::vector<std::unique_ptr<player>> crowd;  ///< its members, where it is one
  };
  /// What a step that waits reads from: a connection, or what the client under test tells.
  struct source {
    inbox* in = nullptr;
    std::string conn;  ///< empty for the client under test
  };
  struct deadline_of {
    instant at{0};
    duration window{0};
    bool cut = false;  ///< the instance's own time ends before the window does
  };

  /// A member of the crowd `of`: it has its own connections and variables, sees those of the
  /// instance, and acts only when the whole crowd does. Lifetime: `leader` outlives it.
  player(player& leader, const actor& of, std::size_t number);

  // Life.
  awaitable<void> play_all();
  awaitable<void> tear_down();
  awaitable<void> accept_all(actor& who);
  void open_listeners();
  void fill_variables();
  void begin_session();
  awaitable<void> end_session();
  void hear(const nlohmann::json& event);

  // Steps: player.cpp dispatches; player_actions.cpp and player_waits.cpp do.
  awaitable<flow> play_steps(const std::vector<scenario::step>& steps);
  awaitable<flow> play_step(const scenario::step& one);
  awaitable<flow> dispatch(const scenario::step& one, int number);
  awaitable<flow> dispatch_action(const scenario::step& one, int number);
  awaitable<flow> dispatch_wait(const scenario::step& one, int number);
  awaitable<void> open(const scenario::step& one, const scenario::open_step& what);
  transport::endpoint through_network(actor& who, const transport::endpoint& target);
  void require_reached_targets() const;
  awaitable<void> send(const scenario::step& one, const scenario::send_step& what);
  awaitable<void> write_out(const peer& to);
  awaitable<void> close(const scenario::step& one, const scenario::close_step& what);
  awaitable<void> drive(const scenario::drive_step& what);
  awaitable<void> call_hook(const scenario::hook_step& what);
  awaitable<flow> repeat(const scenario::repeat_step& what);
  awaitable<flow> use(const scenario::step& one, const scenario::use_step& what);
  awaitable<flow> parallel(const scenario::parallel_step& what);
  awaitable<void> lane(const std::vector<scenario::step>& steps, flow& result);
  // Crowds: player_crowd.cpp.
  actor* crowd_named(const scenario::step& one);
  actor* crowd_of(const scenario::step& one);
  awaitable<flow> crowd_step(actor& who, const scenario::step& one, int number);
  awaitable<void> act(const scenario::step& one, int number, flow& result);
  void merge_crowd(actor& who);
  player& leader() { return leader_ == nullptr ? *this : *leader_; }
  awaitable<void> accept(const scenario::step& one, scenario::value within);
  awaitable<bool> take_connection(const scenario::step& one, deadline_of until);
  awaitable<caller> connected(const scenario::step& one,
                              const scenario::expect_step& what,
                              int number);
  awaitable<flow> expect(const scenario::step& one, const scenario::expect_step& what, int number);
  awaitable<choice> wait_choice(const inbox& in,
                                const std::vector<wanted>& alternatives,
                                matching how,
                                deadline_of until);
  awaitable<flow> collect(const scenario::step& one,
                          const scenario::collect_step& what,
                          int number);
  awaitable<flow> await_notice(const std::string& name);
  void assert_that(const scenario::assert_step& what, const scenario::step& one, int number);
  void capture(const scenario::expect_step& what, const inbox& in, const progress& how);
  void judge_timing(const scenario::step& one,
                    const scenario::expect_step& what,
                    const progress& how,
                    const source& on,
                    int number);

  // Helpers.
  /// The line in the scenario file: of the step, or of the `use` that brought it.
  int line_of(const scenario::step& one) const;
  actor& actor_of(const scenario::step& one);
  peer& peer_of(const scenario::step& one);
  source source_of(const scenario::step& one);
  void require_driver() const;
  peer& add_peer(actor& who,
                 const std::string& name,
                 std::unique_ptr<transport::transport> made,
                 std::string endpoint);
  wanted_event resolve(const scenario::event_pattern& pattern) const;
  std::vector<std::pair<std::string, scenario::match>> resolve(
      const std::vector<std::pair<std::string, scenario::match>>& fields) const;
  duration to_duration(const scenario::value& what, duration otherwise) const;
  deadline_of deadline(const scenario::value& within) const;
  void violate(const std::vector<std::string>& names, const violation& details);
  void require_time(const std::string& waiting_for) const;
  void require_pace() const;
  void inconclusive_if_stalled(const deadline_of& until, instant started) const;
  void note(const std::string& name, nlohmann::json fields);
  void finish_result();

  transport::runtime& world_;
  target& target_;
  const scenario::instance& instance_;
  const scenario::scenario& scenario_;
  play_settings settings_;
  const stall_watch& stalls_;
  player* leader_ = nullptr;  ///< of a member of a crowd
  recorder record_;
  environment variables_;
  random_source random_;
  bell news_;
  std::shared_ptr<clock::tasks> tasks_;
  std::vector<std::unique_ptr<actor>> actors_;
  std::vector<std::shared_ptr<peer>> all_peers_;
  std::shared_ptr<client_driver> driver_;  ///< of the client under test; may be null
  std::string session_;                    ///< empty until it has begun
  std::string driver_gone_;                ///< why nothing more is heard of the client
  inbox told_;                             ///< what the client under test tells
  std::map<std::string, instant, std::less<>> marks_;
  std::set<std::string, std::less<>> notices_;
  std::vector<trace::event> events_;
  instance_result result_;
  instant started_{0};
  instant limit_{0};
  int steps_ = 0;
  int use_line_ = 0;
  bool in_setup_ = false;
  bool interrupted_ = false;
};

}  // namespace halley::engine
