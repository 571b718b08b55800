#include "cli/rerun_choice.hpp"

#include "base/printable.hpp"
#include "reports/baseline.hpp"
#include "reports/run_model.hpp"
#include "reports/run_reader.hpp"
#include "scenario/scenario.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halley::cli {
namespace {

/// Returns: the first word that is none; empty where all are.
std::string read_words(std::string_view text, rerun_choice& into) {
  for (;;) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    if (word == "failed")
      into.wants_failed = true;
    else if (word == "missed")
      into.wants_missed = true;
    else if (word == "new")
      into.wants_new = true;
    else
      return "'" + std::string(word) + "'";
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

std::string name_of(const std::string& scenario, std::int64_t rev) {
  return scenario + " " + std::to_string(rev);
}

}  // namespace

rerun_choice read_rerun(const std::vector<std::string>& words, std::string& problem) {
  rerun_choice result;
  if (const auto wrong = read_words(words.at(0), result); !wrong.empty()) {
    problem = "--rerun takes failed, missed, new, or several with commas; not " + printable(wrong);
    return result;
  }
  const auto read = reports::read_run(words.at(1), reports::report_part::verdicts);
  if (!read.problem.empty()) {
    problem = read.problem;
    return result;
  }
  result.parent = read.run.id;
  for (const auto& one : read.run.scenarios)
    result.known.insert(name_of(one.id, one.rev));
  for (const auto& one : read.run.results) {
    if (one.superseded) continue;
    const bool error = one.outcome == reports::verdict::error;
    if (error || reports::is_finding(read.run, one, read.run.strict))
      result.failed.insert(one.instance);
    const bool interrupted = one.error && one.error->cause == "interrupted";
    if (!interrupted) result.ended.insert(one.instance);
  }
  return result;
}

bool is_rerun(const rerun_choice& choice, const scenario::instance& one) {
  if (choice.wants_failed && choice.failed.contains(one.id)) return true;
  if (choice.wants_missed && !choice.ended.contains(one.id)) return true;
  return choice.wants_new && !choice.known.contains(name_of(one.of->id, one.of->rev));
}

}  // namespace halley::cli
