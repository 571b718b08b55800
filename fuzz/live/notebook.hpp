#pragma once

#include "fuzz/live/suspicion.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace halley::fuzz {

/// What a campaign learned, in a file that grows by one write(2) a line, so that a killed one can
/// be taken up again and another one can begin with it. JSON lines: {"kept": …} are choices that
/// took a new turn, {"found": …} proven findings, {"played": N} how far it was.
/// Limits: 64 MiB, 100,000 lines, 4,096 choices a line.
class notebook {
public:
  struct kept {
    std::string grammar;
    std::string contract;
    std::vector<std::uint32_t> drawn;
    bool operator==(const kept&) const = default;
  };
  struct found {
    finding_key key;
    kept choices;
    bool operator==(const found&) const = default;
  };
  struct content {
    std::vector<kept> all_kept;
    std::vector<found> all_found;
    std::uint64_t played = 0;
  };

  notebook() = default;
  ~notebook();
  notebook(const notebook&) = delete;
  notebook& operator=(const notebook&) = delete;

  /// Writes behind what `file` holds. Returns: what went wrong, else nothing.
  std::string open(const std::filesystem::path& file);
  void keep(const kept& what);
  void note(const found& what);
  void note_played(std::uint64_t count);

private:
  void add(const std::string& line);

  int file_ = -1;
};

/// Reads what a notebook wrote; a torn last line is left out.
/// Returns: what is wrong with it (FILE:LINE: …), else nothing.
std::string read_notebook(const std::filesystem::path& file, notebook::content& into);

}  // namespace halley::fuzz
