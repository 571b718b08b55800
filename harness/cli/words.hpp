#pragma once

#include <string_view>
#include <vector>

namespace halley::cli {

/// A word that reports, logs or exit codes use.
struct explained_word {
  std::string_view word;
  std::string_view sort;  ///< verdict, skip reason, error cause, status, exit code
  std::string_view about;
};

/// Every such word; names are unique.
const std::vector<explained_word>& words();
/// Returns: null where no such word exists.
const explained_word* find_word(std::string_view word);

}  // namespace halley::cli
