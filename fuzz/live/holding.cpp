#include "fuzz/live/holding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <sys/types.h>
#include <system_error>
#include <vector>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_processes = 4096;
constexpr std::uint64_t kibibyte = 1024;

fs::path folder_of(pid_t who) {
  return fs::path("/proc") / std::to_string(who);
}

/// "RssAnon:      1234 kB"
std::uint64_t own_memory(pid_t who) {
  std::ifstream in(folder_of(who) / "status");
  const std::string name = "RssAnon:";
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * kibibyte;
  return 0;
}

std::size_t entries_of(const fs::path& folder) {
  std::error_code failed;
  std::size_t count = 0;
  for (fs::directory_iterator one(folder, failed), end; !failed && one != end;
       one.increment(failed))
    ++count;
  return count;
}

/// Each thread tells whom it has started.
void add_children(pid_t who, std::vector<pid_t>& to) {
  std::error_code failed;
  for (fs::directory_iterator one(folder_of(who) / "task", failed), end; !failed && one != end;
       one.increment(failed)) {
    std::ifstream in(one->path() / "children");
    for (pid_t child = 0; in >> child && to.size() < most_processes;)
      to.push_back(child);
  }
}

}  // namespace

std::optional<holding> held_by(pid_t who) {
  std::error_code failed;
  if (who <= 0 || !fs::is_directory(folder_of(who), failed)) return std::nullopt;
  holding result;
  result.who = who;
  std::vector<pid_t> all = {who};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const pid_t one = all[i];
    result.memory += own_memory(one);
    result.descriptors = std::max(result.descriptors, entries_of(folder_of(one) / "fd"));
    add_children(one, all);
  }
  return result;
}

}  // namespace halley::fuzz
