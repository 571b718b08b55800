#pragma once

#include "cli/run_options.hpp"
#include "cli/run_record.hpp"
#include "cli/run_world.hpp"
#include "cli/script_connection.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/bell.hpp"
#include "engine/handover_driver.hpp"
#include "engine/suite.hpp"
#include "engine/target.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "scenario/scenario.hpp"
#include "transport/transport.hpp"

#include <boost/asio/signal_set.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace halley::cli {

/// Where a listener listens, and for how long.
struct listen_place {
  transport::endpoint where;
  std::size_t agents = 0;  ///< it ends once so many have asked for the reports; 0: when it is told
};

/// A run that clients come to: test scripts in the form that Autobahn|Testsuite's fuzzingserver
/// made common ask how many cases there are, play them one by one, and ask for the reports. Each
/// agent is a target of the run. SIGINT and SIGTERM end it with all reports written, a second one
/// at once. Limits: 64 connections at once, 256 agents.
class listen_session {
public:
  listen_session(const run_options& options,
                 const command_context& context,
                 std::vector<scenario::instance> cases,
                 std::vector<reports::report_request> reports,
                 listen_place place);
  ~listen_session();
  listen_session(const listen_session&) = delete;
  listen_session& operator=(const listen_session&) = delete;

  /// Before run(): what is known of the clients.
  void hold_against(scenario::baseline known);
  /// Returns: the exit code.
  int run();

private:
  struct agent {
    std::string name;
    std::multiset<std::size_t> asked_for;           ///< cases that it waits for or plays
    std::map<std::size_t, std::string> behaviours;  ///< by case
  };

  std::string open();
  void watch_signals();
  void stop();
  awaitable<void> play();
  awaitable<void> accept_all();
  awaitable<void> take(std::unique_ptr<transport::transport> came);
  awaitable<void> serve(script_connection& on);
  awaitable<void> answer(script_connection& on, const script_request& request);
  awaitable<void> run_case(script_connection& on, const script_request& request);
  awaitable<void> play_case(engine::target& tested, agent& who, std::size_t number);
  awaitable<void> wait_for(std::string name, std::size_t number);
  awaitable<void> tell_info(script_connection& on, const script_request& request);
  awaitable<void> tell_status(script_connection& on, const script_request& request);
  awaitable<void> update_reports(script_connection& on, const script_request& request);
  std::optional<std::size_t> case_of(const script_request& request) const;
  agent* agent_of(const script_request& request);
  std::unique_ptr<engine::target> make_target(const agent& who);

  const command_context& context_;
  std::vector<scenario::instance> cases_;
  listen_place place_;
  bool json_;  ///< stdout is for run.json
  std::unique_ptr<run_world> world_;
  run_record record_;
  boost::asio::signal_set signals_;
  std::unique_ptr<transport::listener> listener_;
  std::shared_ptr<clock::tasks> work_;
  engine::bell news_;
  std::map<std::string, agent, std::less<>> agents_;
  std::set<std::string, std::less<>> reported_;  ///< agents that have asked for the reports
  std::set<script_connection*> open_;
  std::set<std::size_t> under_way_;  ///< cases; a log knows an instance by its name alone
  std::set<engine::suite*> playing_;
  std::set<engine::handover_driver*> leaving_;  ///< of cases that have ended
  std::set<std::string, std::less<>> declared_;
  std::map<std::string, std::size_t> counts_;
  bool stopping_ = false;
  bool cut_short_ = false;
};

}  // namespace halley::cli
