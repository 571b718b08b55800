#pragma once

#include "reports/run_builder.hpp"
#include "reports/run_model.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace halley::reports {

enum class colour_choice { automatic, always, never };
enum class progress_choice { automatic, bar, lines, none };

/// What the surroundings say about the terminal; read once, by main.
struct terminal_facts {
  bool is_terminal = false;
  bool no_color = false;     ///< NO_COLOR is set and not empty
  bool force_color = false;  ///< FORCE_COLOR is set and not empty
  std::size_t width = 80;    ///< columns
};

/// Whether to send colours. --color wins over the environment; NO_COLOR wins over FORCE_COLOR.
bool use_colour(colour_choice choice, const terminal_facts& facts);
/// The display that `choice` means here: a bar only on a terminal.
progress_choice resolve_progress(progress_choice choice, const terminal_facts& facts);

struct console_options {
  bool colour = false;
  progress_choice progress = progress_choice::none;  ///< already resolved
  std::size_t width = 80;
  int verbosity = 0;  ///< -1 quiet: the closing line only; 1: warnings too; 2: every verdict
  bool strict = false;
  std::vector<std::string> written;  ///< paths of the reports, for the "reports:" line
};

/// The whole human report of a finished run: grouped failures, errors, warnings, skips, a score
/// line per target, the paths of the reports, and the closing line, which is always the last.
std::string console_text(const run_model& model, const console_options& options);

/// Shows a run while it goes on. Passing instances print nothing; the first of each kind of failure
/// prints its block at once.
class console_reporter {
public:
  using clock = std::function<std::chrono::steady_clock::time_point()>;

  /// `now` drives the ten-second lines and is handed in for tests. Lifetime: `out` outlives it.
  console_reporter(std::ostream& out, console_options options, clock now);

  /// How many instances will be played, for the bar; unknown (0) shows a counter only.
  void expect_instances(std::size_t count) { expected_ = count; }
  /// The log's header line.
  void on_header(const nlohmann::json& header);
  /// One event of the log, in order.
  void on_event(const nlohmann::json& event);
  /// Recap, scores, the paths of `written` reports, closing line.
  void finish(const run_model& model, const std::vector<std::string>& written = {});

private:
  void show_result(const nlohmann::json& event);
  void show_progress(bool ended_one);
  void clear_bar();
  std::string counter() const;

  std::ostream& out_;
  console_options options_;
  clock now_;
  run_builder builder_;
  std::size_t expected_ = 0;
  std::size_t ended_ = 0;
  std::size_t failed_ = 0;
  std::size_t errors_ = 0;
  bool bar_shown_ = false;
  std::set<std::string> shown_;  ///< target and fingerprint of blocks already printed
  std::chrono::steady_clock::time_point last_progress_;
};

}  // namespace halley::reports
