#pragma once

#include "reports/run_model.hpp"
#include "scenario/baseline.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace halley::reports {

/// One entry that an update touched.
struct baseline_edit {
  std::string what;  ///< added, removed, changed
  std::string match;
  std::string text;  ///< "fail, variant ignored", or why
};

/// A baseline as a run leaves it.
struct baseline_update {
  std::string text;  ///< the file's new content
  std::vector<baseline_edit> edits;
  std::vector<std::string> left;  ///< what somebody has to decide: expired, too flaky, errors
  std::string problem;            ///< not empty where the file cannot be edited
};

/// `text`, the content of the baseline `file` (empty: there is none yet), so that the same run
/// against it has no finding but errors, and what is in `left`. Comments, reasons, issues, days and
/// the order of what stays are kept. Entries that nothing needs are removed, where all was played;
/// entries that fail in another way are changed; what fails without one is added with the reason
/// scenario::unargued_reason. What ended with an error changes nothing.
/// Errors: `problem` where the file cannot be read, or is written in a form that cannot be edited
/// line by line; nothing is half done.
baseline_update update_baseline(const std::filesystem::path& file,
                                const std::string& text,
                                const run_model& run);

}  // namespace halley::reports
