#include "cli/explain_command.hpp"

#include "base/printable.hpp"
#include "cli/capabilities.hpp"
#include "cli/compatibility_table.hpp"
#include "cli/contracts.hpp"
#include "cli/coverage.hpp"
#include "cli/library_view.hpp"
#include "cli/subcommand.hpp"
#include "cli/words.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace halley::cli {
namespace {

struct explain_options {
  std::string what;
  std::string coverage;
  std::string scenarios;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + printable(word);
  return text;
}

void print_alternatives(const scenario::scenario& of,
                        const scenario::expect_step& expect,
                        std::ostream& out) {
  std::vector<named_line> lines;
  for (const auto& one : expect.one_of) {
    auto about = verdict_of(of, one.violates);
    if (!one.violates.empty()) about += "  violates " + joined(one.violates);
    if (!one.note.empty()) about += "  (" + printable(one.note) + ")";
    lines.push_back({"    " + printable(one.is), about});
  }
  if (!expect.single)
    lines.push_back({"    otherwise",
                     verdict_of(of, expect.otherwise) + "  violates " + joined(expect.otherwise)});
  print_columns(lines, out);
}

void print_steps(const scenario::scenario& of,
                 const std::vector<scenario::step>& steps,
                 std::ostream& out) {
  for (const auto& one : steps) {
    if (const auto* const expect = std::get_if<scenario::expect_step>(&one.verb)) {
      out << "  line " << one.at.line << ", expect\n";
      print_alternatives(of, *expect, out);
      for (const auto& each : expect->one_of)
        print_steps(of, each.then, out);
    } else if (const auto* const repeat = std::get_if<scenario::repeat_step>(&one.verb)) {
      print_steps(of, repeat->steps, out);
    } else if (const auto* const use = std::get_if<scenario::use_step>(&one.verb)) {
      print_steps(of, use->steps, out);
    } else if (const auto* const parallel = std::get_if<scenario::parallel_step>(&one.verb)) {
      for (const auto& [lane, inside] : parallel->lanes)
        print_steps(of, inside, out);
    }
  }
}

void explain_scenario(const scenario::scenario& one, std::ostream& out) {
  out << one.id << "  (rev " << one.rev << ")\n" << printable(one.title, 1000) << "\n";
  if (!one.about.empty()) out << printable(one.about, 4000) << '\n';
  out << '\n';
  std::vector<named_line> facts = {
      {"file", printable(one.file ? *one.file : "", 4096) + ":" + std::to_string(one.at.line)},
      {"kind", std::string(to_word(one.purpose)) + ", tests a " + std::string(to_word(one.sut))}};
  if (!one.needs.empty()) facts.push_back({"needs", joined(one.needs)});
  if (!one.after.empty()) facts.push_back({"after", joined(one.after)});
  if (!one.tags.empty()) facts.push_back({"tags", joined(one.tags)});
  if (!one.mutants.empty()) facts.push_back({"mutants", joined(one.mutants)});
  for (const auto& [name, values] : one.matrix) {
    std::string text;
    for (const auto& value : values)
      text += (text.empty() ? "" : ", ") + printable(scenario::to_text(value));
    facts.push_back({"matrix " + printable(name), text});
  }
  print_columns(facts, out);
  out << "\nrequirements\n";
  for (const auto& each : one.requirements) {
    out << "  " << to_word(each.weight) << ' ' << printable(each.name) << ", "
        << printable(each.ref);
    if (!each.ledger.empty()) out << "  [" << printable(each.ledger) << "]";
    if (each.basis != "explicit") out << "  (" << printable(each.basis) << ")";
    out << "\n    " << printable(each.says, 1000) << '\n';
  }
  out << "\nanswers and their verdicts\n";
  print_steps(one, one.steps, out);
}

void explain_ledger(const scenario::ledger_entry& one,
                    const scenario::library& library,
                    std::ostream& out) {
  out << one.id << "\n"
      << to_word(one.weight) << ", " << printable(one.ref) << '\n'
      << printable(one.says, 2000) << "\n\n";
  std::vector<named_line> facts = {{"roles", joined(one.roles)},
                                   {"basis", printable(one.basis)},
                                   {"status", printable(one.status)}};
  if (!one.why.empty()) facts.push_back({"why", printable(one.why, 1000)});
  print_columns(facts, out);
  const auto users = scenarios_of(library, one.id);
  out << (users.empty() ? "no scenario tests it\n" : "tested by\n");
  for (const auto& id : users)
    out << "  " << id << '\n';
}

/// What the tables of this program know under `name`.
bool explain_table(std::string_view name, std::ostream& out) {
  const auto after = [&](std::string_view prefix) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  };
  const bool capability_only = name.starts_with("capability:");
  const auto* const contract = capability_only ? nullptr : find_contract(after("contract:"));
  if (contract != nullptr) {
    out << "contract " << contract->name << ": " << contract->about << "\n\n"
        << contract->duty << "\n\nsmallest server\n  " << contract->smallest << '\n';
  }
  const auto* const capability =
      name.starts_with("contract:") ? nullptr : find_capability(after("capability:"));
  if (capability != nullptr) {
    out << "capability " << capability->name << ": " << capability->about << "\nrests on "
        << capability->rests_on << '\n';
  }
  const auto* const word = find_word(name);
  if (word != nullptr) out << word->word << " (" << word->sort << ")\n" << word->about << '\n';
  return contract != nullptr || capability != nullptr || word != nullptr;
}

int explain_from_library(const explain_options& options, const command_context& context) {
  if (options.coverage.empty()) {
    // An instance is explained by its scenario, and for one scenario no other is read.
    const auto id = options.what.substr(0, options.what.find('['));
    const auto alone = read_library(options.scenarios, context.err,
                                    [&id](const std::string& other) { return other == id; });
    if (!alone) return exit_status::usage;
    for (const auto& one : alone->scenarios)
      if (one->id == id) {
        explain_scenario(*one, context.out);
        return exit_status::ok;
      }
  }
  const auto library = read_library(options.scenarios, context.err);
  if (!library) return exit_status::usage;
  if (!options.coverage.empty()) {
    if (print_coverage(*library, options.coverage, context.out)) return exit_status::ok;
    context.err << "error: the ledger has nothing of " << printable(options.coverage) << '\n';
    return exit_status::usage;
  }
  for (const auto& one : library->ledger)
    if (one.id == options.what) {
      explain_ledger(one, *library, context.out);
      return exit_status::ok;
    }
  for (const auto& one : library->compatibilities)
    if (one.name == options.what) {
      print_compatibility(one, context.out);
      return exit_status::ok;
    }
  context.err << "error: nothing is named '" << printable(options.what)
              << "'; see halley list scenarios, requirements, capabilities, contracts\n";
  return exit_status::usage;
}

int run_explain(const explain_options& options, const command_context& context) {
  if (options.what.empty() == options.coverage.empty()) {
    context.err << "error: explain takes a name, or --coverage\n";
    return exit_status::usage;
  }
  if (!options.what.empty() && explain_table(options.what, context.out)) return exit_status::ok;
  return explain_from_library(options, context);
}

}  // namespace

subcommand add_explain(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("explain", "Say what a name or a word means");
  auto options = std::make_shared<explain_options>();
  options->scenarios = context.scenarios.string();
  app->add_option("NAME", options->what,
                  "scenario or instance, requirement, contract:NAME, capability, compatibility "
                  "table, or a word: verdict, skip reason, error cause, exit code");
  app->add_option("--coverage", options->coverage, "what is tested of an RFC, 'rfc6455'");
  app->add_option("--scenarios", options->scenarios, "folder of the scenarios")
      ->envname("HALLEY_SCENARIOS")
      ->capture_default_str();
  return {app, [options, &context] { return run_explain(*options, context); }};
}

}  // namespace halley::cli
