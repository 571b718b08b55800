#pragma once

#include "capture/live.hpp"
#include "capture/pcapng.hpp"
#include "capture/synthetic.hpp"
#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "clock/clock.hpp"
#include "engine/suite.hpp"
#include "reports/console.hpp"
#include "reports/kinds.hpp"
#include "reports/run_builder.hpp"
#include "scenario/baseline.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {

/// How a run came to its end.
struct run_ending {
  std::map<std::string, std::size_t> counts;  ///< results by verdict name
  bool interrupted = false;                   ///< something was cut short because a user said so
  std::string failure;                        ///< infrastructure: why nothing could be played
  std::string bug;                            ///< an exception that nobody expected
};

/// What a run leaves behind: its folder with event log, packets and reports; and what people see of
/// it while it goes on. What a simulated run records follows from its options alone: no date, no
/// machine, no folder.
class run_record {
public:
  /// Lifetime: `options` and `context` outlive the record.
  run_record(const run_options& options,
             const command_context& context,
             std::vector<reports::report_request> requests,
             bool simulated);
  run_record(const run_record&) = delete;
  run_record& operator=(const run_record&) = delete;

  /// Before begin(): what is known of the target.
  void hold_against(scenario::baseline known) { known_ = std::move(known); }

  const std::string& id() const { return id_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Makes the folder of a target. Returns: a message on failure, else empty.
  std::string add_target_folder(const std::string& target) const;

  /// Opens the files; `expected` instances, 0 where that is unknown.
  /// Returns: a message on failure, else empty.
  std::string open(std::size_t expected);
  /// The log's first event; `more` joins its fields.
  void begin(clock::clock& time, const nlohmann::json& more = nlohmann::json::object());
  void note(const std::string& name, nlohmann::json fields);
  engine::suite_outputs outputs();
  /// What a suite of this run goes by.
  engine::suite_settings settings() const;

  /// Writes the reports of what is known so far. Returns: a message on failure, else empty.
  std::string write_interim();
  /// The log's last event, the reports, and what people read. Returns: the exit code.
  int finish(const run_ending& how);

private:
  void note_baseline();
  std::string start_live();
  void end_live();
  std::optional<std::string> disabled(const std::string& instance) const;
  int exit_code(const run_ending& how) const;
  void say_trouble(const run_ending& how, const std::string& problem) const;
  void tell(const trace::event& one);

  const run_options& options_;
  const command_context& context_;
  std::vector<reports::report_request> requests_;
  bool simulated_;
  std::chrono::system_clock::time_point started_;
  std::string id_;  ///< of what is recorded
  std::filesystem::path folder_;
  std::optional<scenario::baseline> known_;
  clock::clock* time_ = nullptr;
  trace::event_log log_;
  capture::pcapng_writer packets_;
  std::unique_ptr<capture::synthetic_capture> captures_;
  std::unique_ptr<capture::live_capture> live_;
  std::unique_ptr<reports::console_reporter> console_;
  nlohmann::json header_;
  std::unique_ptr<reports::run_builder> builder_;
};

}  // namespace halley::cli
