#pragma once

#include "fuzz/scenario_writer.hpp"
#include "fuzz/sim_runner.hpp"

#include <filesystem>
#include <string>

namespace halley::fuzz {

/// A finding as a file.
struct exported {
  std::filesystem::path file;
  std::string problem;   ///< why there is none
  bool is_ours = false;  ///< the file was written and does not show the finding: our own fault
};

/// Writes `found`, which `shown` was seen with, to `folder`/MODEL-HASH.scenario.yaml, reads it back
/// as any other scenario file is read, and plays it. The hash is that of the choices: the same
/// finding has the same name.
exported export_finding(const scenario_writer& found,
                        const origin& from,
                        const finding& shown,
                        sim_runner& runner,
                        const std::filesystem::path& folder);

}  // namespace halley::fuzz
