#pragma once

#include "reports/kinds.hpp"
#include "reports/run_model.hpp"

#include <string>
#include <vector>

namespace halley::cli {

/// `requests`, and in GitHub Actions (GITHUB_ACTIONS=true) annotations as well.
std::vector<reports::report_request> with_service_reports(
    std::vector<reports::report_request> requests);

/// Appends the Markdown summary to the file that GITHUB_STEP_SUMMARY names, if it names one; what
/// earlier commands of the step left there stays, and counts for the limit of 1 MiB a step.
/// Returns: a message on failure, else empty.
std::string append_step_summary(const reports::run_model& model);

}  // namespace halley::cli
