#include "cli/list_command.hpp"

#include "base/printable.hpp"
#include "cli/capabilities.hpp"
#include "cli/contracts.hpp"
#include "cli/library_view.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/scenes/scene.hpp"
#include "reports/kinds.hpp"
#include "scenario/load.hpp"
#include "scenario/matrix.hpp"
#include "scenario/scenario.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

using json = nlohmann::ordered_json;

struct list_options {
  std::string what = "scenarios";
  std::vector<std::string> patterns;
  std::string scenarios;
  std::string strength = "normal";
  std::uint64_t seed = 1;
  bool instances = false;
  bool as_json = false;
};

/// One thing of a list: what people see, and the whole as JSON.
struct entry {
  named_line line;
  json whole;
};

json scenario_json(const scenario::scenario& one) {
  return {{"id", one.id},
          {"rev", one.rev},
          {"title", one.title},
          {"kind", to_word(one.purpose)},
          {"sut", to_word(one.sut)},
          {"needs", one.needs},
          {"tags", one.tags},
          {"mutants", one.mutants},
          {"file", one.file ? *one.file : std::string()}};
}

std::vector<entry> scenario_entries(const scenario::library& library, const list_options& options) {
  std::vector<entry> result;
  for (const auto& one : library.scenarios) {
    if (!selected(options.patterns, one->id)) continue;
    if (!options.instances) {
      result.push_back({{one->id, printable(one->title)}, scenario_json(*one)});
      continue;
    }
    const auto strength = scenario::strength_of(*one, options.strength);
    for (const auto& instance : scenario::expand(one, strength, options.seed))
      result.push_back({{instance.id, ""}, {{"id", instance.id}, {"scenario", one->id}}});
  }
  return result;
}

std::vector<entry> requirement_entries(const scenario::library& library,
                                       const list_options& options) {
  std::vector<entry> result;
  for (const auto& one : library.ledger) {
    if (!selected(options.patterns, one.id)) continue;
    result.push_back({{one.id, std::string(to_word(one.weight)) + "  " + printable(one.says)},
                      {{"id", one.id},
                       {"ref", one.ref},
                       {"level", to_word(one.weight)},
                       {"roles", one.roles},
                       {"says", one.says},
                       {"basis", one.basis},
                       {"status", one.status},
                       {"why", one.why}}});
  }
  return result;
}

/// The lists that are tables of this program.
std::vector<entry> table_entries(const list_options& options, const command_context& context) {
  std::vector<entry> all;
  if (options.what == "capabilities") {
    for (const auto& one : capabilities())
      all.push_back({{std::string(one.name), std::string(one.about)},
                     {{"name", one.name}, {"about", one.about}, {"rests_on", one.rests_on}}});
  } else if (options.what == "contracts") {
    for (const auto& one : contracts())
      all.push_back({{std::string(one.name), std::string(one.about)},
                     {{"name", one.name}, {"about", one.about}, {"duty", one.duty}}});
  } else if (options.what == "reports") {
    for (const auto& one : reports::report_kinds())
      all.push_back({{std::string(one.name), std::string(one.about)},
                     {{"name", one.name}, {"file", one.file}, {"about", one.about}}});
  } else if (options.what == "models") {
    for (const auto& one : fuzz::all_models())
      all.push_back({{std::string(one.name), std::string(one.about)},
                     {{"name", one.name}, {"about", one.about}, {"planted", one.planted}}});
  } else if (options.what == "grammars") {
    for (const auto& one : fuzz::all_grammars())
      all.push_back({{std::string(one.name), std::string(one.about)},
                     {{"name", one.name}, {"about", one.about}}});
  } else if (options.what == "scenes") {
    for (const auto& one : fuzz::all_scenes())
      all.push_back({{std::string(one.name), std::string(one.about)},
                     {{"name", one.name}, {"about", one.about}}});
  } else {
    for (const auto& one : context.mutants)
      all.push_back({one, {{"name", one.name}, {"about", one.about}}});
  }
  std::erase_if(all, [&](const entry& one) { return !selected(options.patterns, one.line.name); });
  return all;
}

int run_list(const list_options& options, const command_context& context) {
  std::vector<entry> entries;
  if (options.what == "scenarios" || options.what == "requirements") {
    const auto library = read_library(options.scenarios, context.err);
    if (!library) return exit_status::usage;
    entries = options.what == "scenarios" ? scenario_entries(*library, options)
                                          : requirement_entries(*library, options);
  } else {
    entries = table_entries(options, context);
  }
  if (options.as_json) {
    auto document = json::array();
    for (auto& one : entries)
      document.push_back(std::move(one.whole));
    context.out << document.dump(1, ' ', false, json::error_handler_t::replace) << '\n';
    return exit_status::ok;
  }
  std::vector<named_line> lines;
  lines.reserve(entries.size());
  for (auto& one : entries)
    lines.push_back(std::move(one.line));
  print_columns(lines, context.out);
  return exit_status::ok;
}

}  // namespace

subcommand add_list(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("list", "Show what there is");
  auto options = std::make_shared<list_options>();
  options->scenarios = context.scenarios.string();
  app->add_option("WHAT", options->what,
                  "scenarios, requirements, capabilities, mutants, models, grammars, scenes, "
                  "contracts or reports")
      ->check(CLI::IsMember({"scenarios", "requirements", "capabilities", "mutants", "models",
                             "grammars", "scenes", "contracts", "reports"}))
      ->capture_default_str();
  app->add_option("PATTERN", options->patterns, "only names that match one of these, 'ws/*'");
  app->add_flag("--instances", options->instances, "every instance of the scenarios' matrices");
  app->add_option("--strength", options->strength, "of the matrices, with --instances")
      ->check(CLI::IsMember({"quick", "normal", "full"}))
      ->capture_default_str();
  app->add_option("--seed", options->seed, "of the matrices' covers")->capture_default_str();
  app->add_flag("--json", options->as_json, "one JSON array instead of text");
  app->add_option("--scenarios", options->scenarios, "folder of the scenarios")
      ->envname("HALLEY_SCENARIOS")
      ->capture_default_str();
  return {app, [options, &context] { return run_list(*options, context); }};
}

}  // namespace halley::cli
