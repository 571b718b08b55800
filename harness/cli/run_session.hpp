#pragma once

#include "capture/pcapng.hpp"
#include "capture/synthetic.hpp"
#include "cli/run_options.hpp"
#include "cli/run_world.hpp"
#include "cli/subcommand.hpp"
#include "cli/target_choice.hpp"
#include "engine/suite.hpp"
#include "engine/target.hpp"
#include "reports/console.hpp"
#include "reports/kinds.hpp"
#include "reports/run_builder.hpp"
#include "scenario/baseline.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <boost/asio/signal_set.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {

/// One run: its folder, its event log, its target and its instances; then its reports. SIGINT and
/// SIGTERM end it early with all reports written, a second one at once. What a simulated run
/// records follows from its options alone: no date, no machine, no folder.
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
  void hold_against(scenario::baseline known) { known_ = std::move(known); }
  /// Returns: the exit code.
  int run();

private:
  std::string open_files();
  awaitable<void> play();
  void begin();
  void note_baseline();
  std::optional<std::string> disabled(const std::string& instance) const;
  void watch_signals();
  int report(const std::string& bug);
  void record(trace::event& one);
  void note(const std::string& name, nlohmann::json fields);
  void tell(const trace::event& one);

  const run_options& options_;
  const command_context& context_;
  std::vector<scenario::instance> instances_;
  std::vector<reports::report_request> requests_;
  std::string id_;  ///< of what is recorded
  std::filesystem::path folder_;
  target_choice chosen_;
  run_world& world_;
  std::chrono::system_clock::time_point started_;
  boost::asio::signal_set signals_;
  std::unique_ptr<engine::target> target_;
  trace::event_log log_;
  capture::pcapng_writer packets_;
  std::unique_ptr<capture::synthetic_capture> captures_;
  std::unique_ptr<reports::console_reporter> console_;
  std::unique_ptr<engine::suite> suite_;
  nlohmann::json header_;
  std::unique_ptr<reports::run_builder> builder_;
  std::optional<scenario::baseline> known_;
  std::string failure_;  ///< infrastructure: why nothing could be played
  bool interrupted_ = false;
};

}  // namespace halley::cli
