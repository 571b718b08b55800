#include "cli/ci_service.hpp"

#include "reports/kinds.hpp"
#include "reports/markdown.hpp"
#include "reports/run_model.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace halley::cli {
namespace {

/// GitHub takes 1 MiB a step and shows nothing of a summary that is longer.
constexpr std::uintmax_t summary_limit = std::uintmax_t{1024} * 1024;
constexpr std::uintmax_t kept_free = std::uintmax_t{120} * 1024;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

}  // namespace

std::vector<reports::report_request> with_service_reports(
    std::vector<reports::report_request> requests) {
  if (variable("GITHUB_ACTIONS") != "true") return requests;
  const auto* const kind = reports::find_report_kind("github");
  if (std::ranges::find(requests, kind, &reports::report_request::kind) == requests.end())
    requests.push_back({kind, {}});
  return requests;
}

std::string append_step_summary(const reports::run_model& model) {
  const auto file = variable("GITHUB_STEP_SUMMARY");
  if (file.empty()) return {};
  std::error_code error;
  const auto found = std::filesystem::file_size(file, error);
  const auto taken = error ? 0 : found;
  if (taken + kept_free >= summary_limit) return {};
  const auto left = static_cast<std::size_t>(summary_limit - kept_free - taken);
  const auto text = reports::markdown_text_of(model, left);
  if (text.size() > summary_limit - taken) return {};
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << text << '\n';
  out.close();
  return out ? std::string() : file + ": cannot write";
}

}  // namespace halley::cli
