#pragma once

#include "reports/run_model.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace halley::reports {

/// The event "baseline" of a log.
baseline_record read_baseline(const nlohmann::json& event);

/// What is in force once `next` has come: joined runs bring several, shards the same again. Entries
/// keep their places, because results name them.
void take_over(std::optional<baseline_record>& so_far, baseline_record next);

/// Sets `one.known` and `one.status` by the first entry that speaks of it: xfail where it failed as
/// the entry says, differs where it failed otherwise, xpass where it passed, flaky where it may do
/// both. Errors are never excused.
void hold_against(const baseline_record& baseline, instance_result& one);

/// Entries that no result needs any more, that have expired, or that fail too often.
std::vector<baseline_finding> judge_baseline(const run_model& model);

/// The verdict for people who ask only good or bad: xfail is a skip, xpass a fail.
verdict shown_as(const instance_result& one);
/// "known (line 7): reason", or why it counts although the verdict would not say so.
std::string known_text(const run_model& model, const instance_result& one);

/// Whether a result is a finding for the exit code and the closing line.
bool is_finding(const run_model& model, const instance_result& one, bool strict);

}  // namespace halley::reports
