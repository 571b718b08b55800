#include "cli/schema_command.hpp"

#include "cli/subcommand.hpp"
#include "scenario/load.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace halley::cli {

subcommand add_schema(CLI::App& program, const command_context& context) {
  auto* const app = program.add_subcommand("schema", "Print the JSON Schema of a kind of file");
  auto of = std::make_shared<std::string>();
  app->add_option("KIND", *of, "scenario, profile, baseline, fragment, ledger or compatibility")
      ->required()
      ->check(CLI::IsMember(
          {"scenario", "profile", "baseline", "fragment", "ledger", "compatibility"}));
  return {app, [of, &context] {
            context.out << scenario::json_schema(*of) << '\n';
            return exit_status::ok;
          }};
}

}  // namespace halley::cli
