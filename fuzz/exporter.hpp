#pragma once

#include "fuzz/outcome.hpp"
#include "fuzz/scenario_writer.hpp"
#include "scenario/scenario.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace halley::fuzz {

/// A finding as a file.
struct exported {
  std::filesystem::path file;
  std::string problem;   ///< why there is none
  bool is_ours = false;  ///< the file was written and does not show the finding: our own fault
};

/// The last digits of a hash: enough to tell findings of one folder apart.
std::string name_of(std::uint64_t hash);
/// Writes a file and the folders above it. Returns: what went wrong, else nothing.
std::string write_whole(const std::filesystem::path& file, const std::string& text);

/// Plays a scenario on what showed the finding.
using play_again = std::function<outcome(const std::shared_ptr<const scenario::scenario>&)>;

/// Writes `found`, which `shown` was seen with, to `folder`/MODEL-HASH.scenario.yaml, reads it back
/// as any other scenario file is read, and plays it. The hash is that of the choices: the same
/// finding has the same name.
exported export_finding(const scenario_writer& found,
                        const origin& from,
                        const finding& shown,
                        const play_again& play,
                        const std::filesystem::path& folder);

}  // namespace halley::fuzz
