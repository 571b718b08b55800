#include "cli/subcommand.hpp"

#include <filesystem>
#include <system_error>
#include <vector>

namespace halley::cli {

int run_parsed(const std::vector<subcommand>& commands) {
  for (const auto& one : commands)
    if (one.app->parsed()) return one.run();
  return exit_status::usage;
}

std::filesystem::path find_scenarios(const std::filesystem::path& program) {
  namespace fs = std::filesystem;
  const auto holds_scenarios = [](const fs::path& folder) {
    std::error_code error;
    return fs::is_directory(folder / "scenarios" / "requirements", error);
  };
  if (holds_scenarios(".")) return "scenarios";
  std::error_code error;
  auto folder = fs::canonical(program, error).parent_path();
  while (!error && folder.has_relative_path()) {
    for (const auto& base : {folder, folder / "share" / "halley"})
      if (holds_scenarios(base)) return base / "scenarios";
    folder = folder.parent_path();
  }
  return "scenarios";
}

}  // namespace halley::cli
