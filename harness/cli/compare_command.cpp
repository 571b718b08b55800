#include "cli/compare_command.hpp"

#include "base/printable.hpp"
#include "cli/subcommand.hpp"
#include "reports/comparison.hpp"
#include "reports/comparison_formats.hpp"
#include "reports/comparison_query.hpp"
#include "reports/comparison_rollup.hpp"
#include "reports/html.hpp"
#include "reports/kinds.hpp"
#include "reports/run_reader.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

constexpr int finding = 1;

struct compare_options {
  std::vector<std::string> runs;
  std::string base;
  std::vector<std::string> only;
  std::string query;
  std::string format = "text";
  std::string out;
  std::size_t limit = 100;
  bool strict = false;
};

int usage(const command_context& context, const std::string& text) {
  context.err << "error: " << printable(text, 4096) << '\n';
  return exit_status::usage;
}

/// "nginx" of out/targets/nginx and of out/targets/nginx/run.json.
std::string short_name(const std::string& given) {
  auto path = fs::path(given).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const bool plain = path.filename() == "run.json" || path.filename() == "report.json";
  if (plain && path.has_parent_path()) path = path.parent_path();
  const auto name = path.extension() == ".json" ? path.stem() : path.filename();
  return name.empty() || name == "." ? given : name.string();
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b || fs::equivalent(a, b, error);
}

/// What is given, each under a name of its own. The base stands among it, or is put before it;
/// `base` becomes its name.
std::vector<std::pair<std::string, std::string>> name_runs(std::vector<std::string> given,
                                                           std::string& base) {
  auto at = given.end();
  if (!base.empty()) {
    at = std::ranges::find_if(given, [&](const auto& one) { return same_file(one, base); });
    if (at == given.end()) at = given.insert(given.begin(), base);
  }
  std::map<std::string, std::size_t> uses;
  for (const auto& one : given)
    ++uses[short_name(one)];
  std::vector<std::pair<std::string, std::string>> named;
  std::map<std::string, std::size_t> taken;
  for (auto one = given.begin(); one != given.end(); ++one) {
    auto name = short_name(*one);
    if (uses[name] > 1) name = *one;
    if (const auto number = ++taken[name]; number > 1) name += "#" + std::to_string(number);
    if (one == at) base = name;
    named.emplace_back(name, *one);
  }
  return named;
}

/// The words that rows have to fit.
std::string query_of(const compare_options& options) {
  auto words = options.query;
  for (const auto& one : options.only)
    words += " is:" + one;
  return words;
}

/// What people read where they ask for nothing in particular: against a base what changed, else
/// what is different.
bool has_news(const reports::comparison& all, const reports::comparison_row& row, bool against) {
  if (!against) return row.different;
  for (std::size_t i = 0; i < all.columns.size(); ++i)
    if (all.columns[i].base && row.cells[i].is != reports::change::same &&
        row.cells[i].is != reports::change::absent)
      return true;
  return false;
}

std::string formatted(const reports::comparison_view& view, const compare_options& options) {
  if (options.format == "markdown") return reports::comparison_markdown(view);
  if (options.format == "scores") return reports::score_table_markdown(view);
  if (options.format == "csv") return reports::comparison_csv(view);
  if (options.format == "json") return reports::comparison_json(view);
  if (options.format == "html") return reports::html_text(reports::joined_run(view));
  return reports::comparison_text(view, options.limit);
}

int ending_of(const reports::comparison& all, bool against_base) {
  if (!against_base) return exit_status::ok;
  if (all.regressions() != 0) return finding;
  // What was judged and is not any more hides what it would have shown.
  const bool hidden =
      all.count(reports::change::new_error) != 0 ||
      std::ranges::any_of(all.runs, [](const auto& one) { return !one.run.complete; });
  return hidden ? exit_status::infrastructure : exit_status::ok;
}

int run_compare(compare_options options, const command_context& context) {
  const bool against_base = !options.base.empty();
  const auto named = name_runs(options.runs, options.base);
  const auto part =
      options.format == "html" ? reports::report_part::whole : reports::report_part::verdicts;
  std::vector<reports::named_run> runs;
  for (const auto& [name, path] : named) {
    auto read = reports::read_run(path, part);
    if (!read.problem.empty()) return usage(context, read.problem);
    runs.push_back({name, std::move(read.run)});
  }
  std::string problem;
  const auto all = reports::compare_runs(std::move(runs), {options.base, options.strict}, problem);
  if (!problem.empty()) return usage(context, problem);
  const auto query = query_of(options);
  const auto wanted = reports::parse_query(all, query, problem);
  if (!problem.empty()) return usage(context, problem);
  const auto sums = reports::roll_up(all);
  reports::comparison_view view{all, sums, {}, against_base};
  const bool people = options.format == "text" || options.format == "markdown";
  for (const auto& row : all.rows)
    if (query.empty() ? !people || has_news(all, row, against_base) : wanted(all, row))
      view.rows.push_back(&row);
  if (people && against_base) reports::worst_first(view);
  const auto text = formatted(view, options);
  if (options.out.empty()) {
    context.out << text;
  } else if (problem = reports::write_file(options.out, text); !problem.empty()) {
    context.err << "error: " << printable(problem, 4096) << '\n';
    return exit_status::infrastructure;
  }
  return ending_of(all, against_base);
}

}  // namespace

subcommand add_compare(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand(
      "compare", "Put runs side by side: implementations, versions, a branch against main");
  auto options = std::make_shared<compare_options>();
  app->add_option("RUN", options->runs,
                  "folders of runs, or files run.json; each target is a column")
      ->required();
  app->add_option("--base", options->base,
                  "the run that others are held against (default: the first); when given, the exit "
                  "code is 1 where something regressed");
  app->add_option("--only", options->only,
                  "different, regressed, new-fail, new-warn, fixed, changed-variant, flaky, "
                  "new-error, not-judged, judged, other-rev, only-here, only-in-base; repeatable: "
                  "all have to hold")
      ->allow_extra_args(false);
  app->add_option("--query", options->query,
                  "words as in the box of report.html: 'level:MUST target(ws):fail "
                  "is:different variant:~close req:rfc6455/5.*'");
  app->add_option("--format", options->format,
                  "text, markdown, scores (the table alone), csv, json, html")
      ->check(CLI::IsMember({"text", "markdown", "scores", "csv", "json", "html"}))
      ->capture_default_str();
  app->add_option("-o,--out", options->out, "file to write; stdout without it");
  app->add_option("--limit", options->limit, "blocks that text shows")->capture_default_str();
  app->add_flag("--strict", options->strict, "a new warn is a regression");
  return {app, [options, &context] { return run_compare(*options, context); }};
}

}  // namespace halley::cli
