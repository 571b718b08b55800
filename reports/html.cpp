#include "reports/html.hpp"

#include "base/printable.hpp"
#include "reports/html_page.hpp"
#include "reports/run_json.hpp"
#include "reports/run_model.hpp"
#include "reports/scores.hpp"
#include "reports/viewer_files.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::ordered_json;

/// Results whose transcripts are inflated together.
constexpr std::size_t results_per_block = 25;

/// A transcript, and where in run["results"] it came from.
struct taken_transcript {
  std::size_t result = 0;
  ordered_json events;
};

/// Takes the transcripts out of `run`: those of failures first, then what went wrong, and so on.
std::vector<taken_transcript> take_transcripts(ordered_json& run) {
  std::vector<taken_transcript> taken;
  auto& results = run["results"];
  for (const auto* const verdict : {"fail", "error", "warn", "info", "skip"}) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      auto& transcript = results[i]["transcript"];
      if (results[i]["verdict"] != verdict || transcript["inline"].empty()) continue;
      taken.push_back({i, std::move(transcript["inline"])});
    }
  }
  for (auto& result : results)
    result["transcript"].erase("inline");
  return taken;
}

/// Puts the number of the block that has its transcript into each result, as long as the blocks fit
/// into `budget` octets.
std::string write_blocks(std::vector<taken_transcript> taken,
                         std::size_t budget,
                         ordered_json& run) {
  std::string written;
  std::size_t number = 0;
  std::size_t left_out = 0;
  for (std::size_t from = 0; from < taken.size(); from += results_per_block) {
    const auto to = std::min(taken.size(), from + results_per_block);
    ordered_json block = ordered_json::object();
    for (auto i = from; i < to; ++i)
      block[run["results"][taken[i].result]["id"].get<std::string>()] = std::move(taken[i].events);
    const auto element = data_block(number, packed(block));
    if (written.size() + element.size() > budget) {
      left_out += to - from;
      continue;
    }
    written += element;
    for (auto i = from; i < to; ++i)
      run["results"][taken[i].result]["block"] = number;
    ++number;
  }
  if (left_out > 0)
    run["omitted"].push_back(std::to_string(left_out) +
                             " transcripts (trace.pcapng and events.jsonl have them)");
  return written;
}

/// Halves the lists of `run`, results that passed and the last ones first, until it takes at most
/// `hard` octets.
std::size_t cut_lists(ordered_json& run, std::size_t hard) {
  auto& results = run["results"].get_ref<ordered_json::array_t&>();
  const auto all = results.size();
  ordered_json::array_t kept;
  for (const auto* const wanted : {"fail", "error", "warn", "info", "skip"})
    for (auto& one : results)
      if (one.is_object() && one["verdict"] == wanted) kept.push_back(std::move(one));
  results = std::move(kept);
  auto size = packed_size(run);
  while (size > hard) {
    if (results.empty() && run["scenarios"].empty() && run["requirements"].empty()) {
      // What is left is about the run as a whole, and of no honest run.
      run["environment"] = run["baseline"] = nullptr;
      run["targets"] = ordered_json::array();
      run["summary"] = {{"targets", ordered_json::array()}};
      break;
    }
    for (const auto* const name : {"results", "scenarios", "requirements"}) {
      auto& list = run[name].get_ref<ordered_json::array_t&>();
      list.resize(list.size() / 2);
    }
    size = packed_size(run);
  }
  run["omitted"].push_back(std::to_string(all - results.size()) + " of " + std::to_string(all) +
                           " results, those that passed first (run.json has all)");
  return size;
}

/// Removes from `run` until it takes at most `limits.hard` octets. What goes is said.
/// Returns: the octets that are left, about.
std::size_t reduce(ordered_json& run, const html_limits& limits) {
  auto size = packed_size(run);
  if (size <= limits.soft) return size;
  for (auto& result : run["results"]) {
    result["steps"] = ordered_json::array();
    result["reproduce"]["argv"] = ordered_json::array();
  }
  run["omitted"].push_back("steps and commands of each result (run.json has them)");
  size = packed_size(run);
  return size <= limits.hard ? size : cut_lists(run, limits.hard);
}

/// When the targets printed what is kept of their output.
void add_log_times(const run_model& model, ordered_json& run) {
  for (std::size_t i = 0; i < model.targets.size(); ++i)
    run["targets"][i]["log_ms"] = model.targets[i].log_ms;
}

/// Rows of the part that is read without scripts.
constexpr std::size_t static_rows = 100;

std::string more_rows(std::size_t all) {
  return all <= static_rows ? std::string()
                            : "<p>and " + std::to_string(all - static_rows) + " more</p>";
}

/// What a reader without scripts gets: the counts of each target,
std::string score_table(const run_model& model) {
  std::string rows;
  for (std::size_t i = 0; i < std::min(static_rows, model.targets.size()); ++i) {
    const auto& target = model.targets[i];
    const auto counts = count_verdicts(model, target.name);
    rows += "<tr><th scope=\"row\">" + markup_text(target.name) + "</th>";
    for (std::size_t one = 0; one < verdict_count; ++one)
      rows += "<td class=\"number\">" + std::to_string(counts[static_cast<verdict>(one)]) + "</td>";
    rows += "</tr>";
  }
  std::string head = "<tr><th scope=\"col\">target</th>";
  for (std::size_t i = 0; i < verdict_count; ++i)
    head += "<th scope=\"col\">" + std::string(to_word(static_cast<verdict>(i))) + "</th>";
  return "<table><caption>Results by target</caption><thead>" + head + "</tr></thead><tbody>" +
         rows + "</tbody></table>" + more_rows(model.targets.size());
}

/// and what was violated.
std::string findings_table(const run_model& model) {
  std::string rows;
  std::size_t all = 0;
  for (const auto& result : model.results) {
    if (result.superseded) continue;
    for (const auto& check : result.checks) {
      if (++all > static_rows) continue;
      rows += "<tr>";
      for (const auto& text : {result.target, result.instance, check.level + " " + check.ref,
                               check.expected, check.got})
        rows += "<td>" + markup_text(text) + "</td>";
      rows += "</tr>";
    }
  }
  if (rows.empty()) return {};
  return "<table><caption>Findings</caption><thead><tr><th scope=\"col\">target</th><th "
         "scope=\"col\">instance</th><th scope=\"col\">requirement</th><th "
         "scope=\"col\">expected</th><th scope=\"col\">got</th></tr></thead><tbody>" +
         rows + "</tbody></table>" + more_rows(all);
}

std::string title_of(const run_model& model) {
  constexpr std::size_t named = 8;
  std::string names;
  for (std::size_t i = 0; i < std::min(named, model.targets.size()); ++i)
    names += (i == 0 ? "" : ", ") + printable(model.targets[i].name, 60);
  if (model.targets.size() > named)
    names += " and " + std::to_string(model.targets.size() - named) + " more";
  return "Halley: " + (names.empty() ? "no target" : names);
}

}  // namespace

std::string html_text_within(const run_model& model, const html_limits& limits) {
  auto run = to_run_json(model);
  run["omitted"] = ordered_json::array();
  add_log_times(model, run);
  auto taken = take_transcripts(run);
  bound(run);
  const auto results = run["results"].size();
  const auto used = reduce(run, limits);
  if (run["results"].size() != results) taken.clear();  // they say at which place theirs was
  auto blocks = write_blocks(std::move(taken), limits.soft > used ? limits.soft - used : 0, run);
  return page_text({.title = title_of(model),
                    .summary = closing_line(model, model.strict),
                    .tables = score_table(model) + "\n" + findings_table(model),
                    .rest = "run.json",
                    .style = report_style,
                    .script = report_script,
                    .data = packed(run),
                    .blocks = std::move(blocks)});
}

std::string html_text(const run_model& model) {
  return html_text_within(model, {});
}

}  // namespace halley::reports
