#pragma once

#include "reports/run_model.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace halley::reports {

/// One form of report that `--report KIND` can ask for.
struct report_kind {
  std::string_view name;
  std::string_view file;  ///< default name below the run's folder; empty: it is printed
  std::string_view about;
  std::string (*make)(const run_model&);
};

/// Every kind there is. A new one is a line in this table.
const std::vector<report_kind>& report_kinds();
/// Returns: null where no kind has that name.
const report_kind* find_report_kind(std::string_view name);

/// One report to write.
struct report_request {
  const report_kind* kind = nullptr;
  std::filesystem::path path;  ///< empty: the kind's own name below the run's folder
};

/// The requests that the words "KIND" or "KIND=PATH" make; json is always first, asked for or not.
/// On failure `problem` says which word is wrong and which kinds there are.
std::vector<report_request> parse_report_requests(const std::vector<std::string>& words,
                                                  std::string& problem);

/// The reports of `requests` that are printed and have no path.
std::string printed_reports(const run_model& model, const std::vector<report_request>& requests);

/// Writes the other reports of `model` and gives their paths; the folders on the way are created.
/// On failure `problem` says which file and why, and the other reports are still written.
std::vector<std::string> write_reports(const run_model& model,
                                       const std::filesystem::path& folder,
                                       const std::vector<report_request>& requests,
                                       std::string& problem);

/// Replaces `file` by `text` in one step: a reader sees the old or the new content, never half.
/// Returns: a message on failure, else empty.
std::string write_file(const std::filesystem::path& file, std::string_view text);

}  // namespace halley::reports
