#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace halley::reports {

/// Octets that one run.json may have, levels that it may be nested, results that it may hold.
inline constexpr std::size_t run_json_limit = std::size_t{512} * 1024 * 1024;
inline constexpr int run_json_depth = 40;
inline constexpr std::size_t run_json_results = 2'000'000;

/// How much of a report is wanted: without its evidence (steps, transcripts, output of targets) it
/// takes a tenth of the memory.
enum class report_part { whole, verdicts };

/// A report that was read, or why it was not.
struct run_reading {
  run_model run;
  std::string problem;  ///< not empty where `run` is not to be used
};

/// Reads run.json, which may have come from anywhere: fields that are unknown or of another type
/// read as empty, but each result has to name its instance, its target and a verdict. What
/// to_run_json wrote is read back whole.
/// Errors: no JSON (with line and column), another schema, a result that says nothing.
/// Limits: run_json_depth, run_json_results.
run_reading read_run_json(std::string_view text, report_part part);

/// Reads a file run.json, or that of a run's folder; where a folder has none, its event log.
/// Limits: run_json_limit octets.
run_reading read_run(const std::filesystem::path& given, report_part part);

}  // namespace halley::reports
