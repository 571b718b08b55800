#pragma once

#include "cli/run_options.hpp"
#include "cli/run_record.hpp"
#include "cli/run_world.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "clock/clock.hpp"
#include "engine/suite.hpp"
#include "engine/target.hpp"
#include "reports/kinds.hpp"
#include "scenario/baseline.hpp"
#include "scenario/scenario.hpp"

#include <boost/asio/signal_set.hpp>

#include <memory>
#include <string>
#include <vector>

namespace halley::cli {

/// One run: its target and its instances; then its reports. SIGINT and SIGTERM end it early with
/// all reports written, a second one at once.
class run_session {
public:
  run_session(const run_options& options,
              const command_context& context,
              target_choice target,
              std::vector<scenario::instance> instances,
              std::vector<reports::report_request> reports);
  ~run_session();
  run_session(const run_session&) = delete;
  run_session& operator=(const run_session&) = delete;

  /// Before run(): what is known of the target.
  void hold_against(scenario::baseline known);
  /// Returns: the exit code.
  int run();

private:
  awaitable<void> play();
  void watch_signals();

  const command_context& context_;
  std::vector<scenario::instance> instances_;
  target_choice chosen_;
  run_world& world_;
  run_record record_;
  boost::asio::signal_set signals_;
  std::unique_ptr<engine::target> target_;
  std::unique_ptr<engine::suite> suite_;
  std::string failure_;  ///< infrastructure: why nothing could be played
  bool interrupted_ = false;
};

}  // namespace halley::cli
