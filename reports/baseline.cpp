#include "reports/baseline.hpp"

#include "base/glob.hpp"
#include "reports/json_field.hpp"
#include "reports/run_model.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

constexpr std::size_t date_size = 10;  // "2026-12-31", as RFC 3339 begins

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::ranges::find(list, one) != list.end();
}

/// Whether `one` violates at most what the entry names, by the scenario's names or the ledger's.
bool violates_only(const known_deviation& entry, const instance_result& one) {
  return std::ranges::all_of(one.violates, [&](const std::string& name) {
    return contains(entry.violates, name) ||
           std::ranges::any_of(one.checks, [&](const check_result& check) {
             return check.requirement == name && contains(entry.violates, check.ledger);
           });
  });
}

bool fails_as_known(const known_deviation& entry, const instance_result& one) {
  if (entry.expect != "flaky" && entry.expect != to_word(one.outcome)) return false;
  if (!entry.variant.empty() && !contains(one.variants, entry.variant)) return false;
  return entry.violates.empty() || violates_only(entry, one);
}

std::string status_of(const known_deviation& entry, const instance_result& one) {
  if (one.outcome == verdict::error || one.outcome == verdict::skip) return one.status;
  const bool failed = one.outcome == verdict::fail || one.outcome == verdict::warn;
  if (failed && !fails_as_known(entry, one)) return "differs";
  if (entry.expect == "flaky") return "flaky";
  return failed ? "xfail" : "xpass";
}

/// How the results of one entry came out.
struct tally {
  std::size_t applied = 0;  ///< played, or blocked: the entry is still needed
  std::size_t played = 0;
  std::size_t failed = 0;
};

std::vector<tally> count(const run_model& model) {
  std::vector<tally> result(model.baseline->entries.size());
  for (const auto& one : model.results) {
    if (!one.known) continue;
    auto& of = result.at(*one.known);
    if (one.superseded) {
      // What may fail now and then is counted each time that it was played.
      const bool failed = one.outcome == verdict::fail || one.outcome == verdict::warn;
      const bool flaky = model.baseline->entries.at(*one.known).expect == "flaky";
      if (flaky && one.outcome != verdict::skip && one.outcome != verdict::error) {
        ++of.played;
        if (failed) ++of.failed;
      }
      continue;
    }
    const auto why = one.skip ? one.skip->reason : std::string();
    if (one.outcome != verdict::skip || why == "blocked" || why == "disabled") ++of.applied;
    if (one.outcome != verdict::skip) ++of.played;
    if (one.outcome == verdict::fail || one.outcome == verdict::warn) ++of.failed;
  }
  return result;
}

std::string percent(double share) {
  return std::to_string(static_cast<int>(100 * share)) + " %";
}

}  // namespace

baseline_record read_baseline(const nlohmann::json& event) {
  baseline_record result;
  result.file = text_field(event, "file");
  result.whole = flag_field(event, "whole");
  const auto list = event.find("entries");
  if (list == event.end() || !list->is_array()) return result;
  for (const auto& one : *list) {
    known_deviation entry;
    entry.match = text_field(one, "match");
    entry.expect = text_field(one, "expect");
    entry.variant = text_field(one, "variant");
    entry.violates = texts_field(one, "violates");
    entry.reason = text_field(one, "reason");
    entry.issue = text_field(one, "issue");
    entry.until = text_field(one, "until");
    if (one.is_object() && one.contains("at_most")) entry.at_most = number_field(one, "at_most");
    entry.line = integer_field(one, "line").value_or(0);
    result.entries.push_back(std::move(entry));
  }
  return result;
}

void take_over(std::optional<baseline_record>& so_far, baseline_record next) {
  if (!so_far) {
    so_far = std::move(next);
    return;
  }
  auto& all = *so_far;
  all.whole = all.whole && next.whole;
  if (std::ranges::equal(std::span(all.entries).subspan(all.from), next.entries)) return;
  all.file = std::move(next.file);
  all.from = all.entries.size();
  std::ranges::move(next.entries, std::back_inserter(all.entries));
}

void hold_against(const baseline_record& baseline, instance_result& one) {
  for (std::size_t i = baseline.from; i < baseline.entries.size(); ++i) {
    if (!instance_matches(baseline.entries[i].match, one.instance)) continue;
    one.known = i;
    one.status = status_of(baseline.entries[i], one);
    return;
  }
}

std::vector<baseline_finding> judge_baseline(const run_model& model) {
  std::vector<baseline_finding> result;
  if (!model.baseline) return result;
  const auto counts = count(model);
  const auto today = model.started.substr(0, date_size);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto& entry = model.baseline->entries[i];
    const auto& of = counts[i];
    const auto say = [&](const char* kind, std::string text) {
      result.push_back({kind, entry.match, std::move(text), entry.line});
    };
    if (!entry.until.empty() && entry.until < today) say("expired", "until " + entry.until);
    // A shard alone meets a part of the suite; the joined run can tell.
    if (of.applied == 0 && model.baseline->whole && !model.shard && !model.interrupted)
      say("stale", "no instance that was played matches: remove the entry");
    const auto allowed = entry.at_most * static_cast<double>(of.played);
    if (entry.expect == "flaky" && static_cast<double>(of.failed) > allowed)
      say("too-flaky", std::to_string(of.failed) + " of " + std::to_string(of.played) +
                           " failed, more than " + percent(entry.at_most));
  }
  return result;
}

verdict shown_as(const instance_result& one) {
  if (one.status == "xfail" || (one.status == "flaky" && one.known)) return verdict::skip;
  if (one.status == "xpass") return verdict::fail;
  return one.outcome;
}

std::string known_text(const run_model& model, const instance_result& one) {
  if (!one.known || !model.baseline) return {};
  const auto& entry = model.baseline->entries.at(*one.known);
  const auto place = model.baseline->file + ":" + std::to_string(entry.line);
  if (one.status == "xpass") return "passes, though " + place + " expects " + entry.expect;
  if (one.status == "differs") return "not in the way that " + place + " knows";
  return "known: " + entry.reason;
}

bool is_finding(const run_model& model, const instance_result& one, bool strict) {
  if (one.superseded) return false;
  if (one.known) {
    if (one.status == "xpass" || one.status == "differs") return true;
    if (one.status == "xfail" || one.status == "flaky") return false;
  }
  if (one.status == "flaky") return !model.flaky_allowed;
  return one.outcome == verdict::fail || (strict && one.outcome == verdict::warn);
}

}  // namespace halley::reports
