#pragma once

#include "reports/run_model.hpp"
#include "trace/json_lines.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace halley::reports {

/// The log of one run and the folder it was read from.
struct run_log {
  std::filesystem::path folder;
  trace::log_content content;
};

/// Joins the logs of several runs (shards, or one interrupted run alone) to one log that reads like
/// that of a single run: seq is numbered anew, times count from the earliest start (real clock),
/// captures are named by the folder they lie in; what a shard played only because others stand
/// after it is left to the shard that it belongs to. The result has a run.end only when every part
/// has one, so that a cut shard leaves the whole incomplete. Errors: `problem` is set and the
/// result empty where there is no log, or a shard is missing or given twice.
trace::log_content merge_logs(const std::vector<run_log>& runs, std::string& problem);

/// The log as text: one JSON object per line.
std::string log_text(const trace::log_content& log);

}  // namespace halley::reports
