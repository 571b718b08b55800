#include "reports/kinds.hpp"

#include "base/printable.hpp"
#include "reports/console.hpp"
#include "reports/ctrf.hpp"
#include "reports/github.hpp"
#include "reports/html.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "reports/tap.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace halley::reports {
namespace {

std::string plain_console(const run_model& model) {
  console_options options;
  options.strict = model.strict;
  options.verbosity = 1;
  return console_text(model, options);
}

std::string markdown_summary(const run_model& model) {
  return markdown_text_of(model);
}

}  // namespace

const std::vector<report_kind>& report_kinds() {
  static const std::vector<report_kind> kinds = {
      {"json", "run.json", "the final report, schema run/1; always written", run_json_text},
      {"junit", "junit.xml", "JUnit XML for CI systems", junit_text},
      {"markdown", "summary.md", "score table and folded failures", markdown_summary},
      {"console", "console.txt", "what a terminal shows, without colours", plain_console},
      {"html", "report.html", "everything, in one file for browsers", html_text},
      {"tap", "results.tap", "TAP 14, one subtest per target", tap_text},
      {"ctrf", "ctrf.json", "CTRF 1.0, JSON for dashboards of tests", ctrf_text},
      {"github", "", "annotations of GitHub Actions, printed unless a path is given", github_text},
  };
  return kinds;
}

const report_kind* find_report_kind(std::string_view name) {
  const auto& kinds = report_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

std::vector<report_request> parse_report_requests(const std::vector<std::string>& words,
                                                  std::string& problem) {
  std::vector<report_request> requests;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const auto* const kind = find_report_kind(word.substr(0, equals));
    if (kind == nullptr) {
      problem = "no report kind '" + printable(word.substr(0, equals)) + "'; there are";
      for (const auto& one : report_kinds())
        problem += " " + std::string(one.name);
      return {};
    }
    const auto path = equals == std::string::npos ? std::string() : word.substr(equals + 1);
    if (equals != std::string::npos && path.empty()) {
      problem = "--report " + printable(word) + ": a path is missing after '='";
      return {};
    }
    requests.push_back({kind, path});
  }
  const auto* const json = find_report_kind("json");
  if (std::none_of(requests.begin(), requests.end(),
                   [&](const auto& one) { return one.kind == json; }))
    requests.insert(requests.begin(), {json, {}});
  return requests;
}

namespace {

bool is_printed(const report_request& one) {
  return one.path.empty() && one.kind->file.empty();
}

}  // namespace

std::string printed_reports(const run_model& model, const std::vector<report_request>& requests) {
  std::string text;
  for (const auto& one : requests)
    if (is_printed(one)) text += one.kind->make(model);
  return text;
}

std::vector<std::string> write_reports(const run_model& model,
                                       const std::filesystem::path& folder,
                                       const std::vector<report_request>& requests,
                                       std::string& problem) {
  std::vector<std::string> written;
  for (const auto& one : requests) {
    if (is_printed(one)) continue;
    const auto path = one.path.empty() ? folder / one.kind->file : one.path;
    const auto failure = write_file(path, one.kind->make(model));
    if (failure.empty()) {
      written.push_back(path.string());
    } else if (problem.empty()) {
      problem = failure;
    }
  }
  return written;
}

std::string write_file(const std::filesystem::path& file, std::string_view text) {
  std::error_code error;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), error);
  if (error) return file.string() + ": " + error.message();
  // Something that is no regular file (a pipe, /dev/stdout) is written to, never replaced.
  const bool special =
      std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error);
  auto part = file;
  if (!special) part += ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return file.string() + ": cannot write";
  if (special) return {};
  std::filesystem::rename(part, file, error);
  return error ? file.string() + ": " + error.message() : std::string();
}

}  // namespace halley::reports
