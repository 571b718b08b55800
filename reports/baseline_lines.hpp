#pragma once

#include "reports/run_model.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace halley::reports {

/// The lines of a baseline's file, edited entry by entry. Edits are collected and made at once, so
/// that line numbers stay what they were while somebody decides.
class baseline_lines {
public:
  /// `starts`: the line, from 1, at which each entry begins.
  baseline_lines(const std::string& text, std::vector<std::size_t> starts);

  /// Whether entry `index` begins its own line with "- ".
  bool editable(std::size_t index) const;
  void remove(std::size_t index);
  /// Puts `entry` in the place of entry `index`, as it is written there: other keys, and comments
  /// between them, stay.
  void change(std::size_t index, const known_deviation& entry);
  /// Puts `entry` behind entry `index`.
  void add_behind(std::size_t index, const known_deviation& entry);
  /// Puts `entry` behind the last one.
  void append(const known_deviation& entry);
  /// The text with all edits.
  std::string text() const;

private:
  struct piece {
    std::size_t begin = 0;  ///< the entry's lines: [begin, end)
    std::size_t end = 0;
    bool removed = false;
    std::vector<std::string> changed = {};  ///< in their place, where not empty
    std::vector<std::string> behind = {};
  };

  std::vector<std::string> changed_lines(const piece& of, const known_deviation& entry) const;

  std::vector<std::string> lines_;
  std::vector<piece> pieces_;
  std::vector<std::string> appended_;
  std::size_t indent_ = 2;  ///< of the dashes
};

/// `text` as a double-quoted YAML scalar.
std::string yaml_quoted(const std::string& text);

/// What a baseline begins with.
std::string empty_baseline(const std::string& profile);

}  // namespace halley::reports
