#pragma once

#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// How the name of a file with exchanges ends.
inline constexpr std::string_view exchange_suffix = ".exchange.json";

/// What is wrong with a file of a corpus.
struct corpus_problem {
  std::string file;
  std::size_t line = 0;  ///< from 1; 0 where it is about the whole file
  std::string text;
  std::string hint;  ///< what the user can do; may be empty

  bool operator==(const corpus_problem&) const = default;
};

/// "FILE:LINE: TEXT (HINT)".
std::string to_string(const corpus_problem& one);

struct corpus_limits {
  std::size_t file_octets = std::size_t{4} << 20U;
  std::size_t all_octets = std::size_t{64} << 20U;
  std::size_t files = 10'000;
  std::size_t seeds = 100'000;
};

/// What was read. What is without a problem is there even where something else has one.
struct corpus_reading {
  corpus known;
  std::vector<corpus_problem> problems;
};

/// An exchange as one line of JSON, without a line end:
/// {"contract", "authority", "path", "acts": […], ["deviations"]}. An act is {"write": text} where
/// the octets are visible US-ASCII, blanks and line ends, {"hex": digits} where they are others,
/// {"pause": milliseconds}, or one of the words "answer", "finish", "reset", "close".
std::string to_line(const exchange& what);
/// Returns: nothing, and what is wrong in `problem`, where the line is no exchange.
/// Limits: most_acts, most_octets; lists in each other no deeper than a line of ours has them.
std::optional<exchange> from_line(std::string_view line, std::string& problem);

/// Writes a file that holds `what`; one that is there is replaced.
/// Returns: a message on failure, else empty.
std::string write_exchanges(const std::filesystem::path& file, const std::vector<exchange>& what);

/// Reads one file of exchanges, one a line; empty lines are passed over.
corpus_reading read_exchanges(const std::filesystem::path& file, const corpus_limits& limits = {});
/// Reads all files below `folder` whose names end with exchange_suffix, in the order of their
/// paths.
corpus_reading read_corpus(const std::filesystem::path& folder, const corpus_limits& limits = {});

}  // namespace halley::fuzz
