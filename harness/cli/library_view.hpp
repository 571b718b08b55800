#pragma once

#include "cli/subcommand.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace halley::cli {

/// "MUST", "SHOULD", "MAY".
std::string_view to_word(scenario::level of);
/// "conformance", "survey", "robustness".
std::string_view to_word(scenario::kind of);
/// "server", "client", "proxy".
std::string_view to_word(scenario::role of);

/// Whether the whole of `text` matches `glob`: * stands for any octets, ? for one.
bool glob_matches(std::string_view glob, std::string_view text);
/// Whether no pattern is given or one of them matches.
bool selected(const std::vector<std::string>& patterns, std::string_view id);

/// Prints the problems and a count. Returns: whether there are none.
bool report_problems(const std::vector<scenario::problem>& problems, std::ostream& err);

/// Reads the library below `root`, or what is `wanted` of it. Where it is absent or has problems,
/// says so on `err` and gives nothing: no command works with what was read in part.
std::unique_ptr<scenario::library> read_library(const std::filesystem::path& root,
                                                std::ostream& err,
                                                const scenario::id_choice& wanted = {});

/// The verdict of an answer that violates `names`: the worst level decides; a survey only informs.
std::string verdict_of(const scenario::scenario& of, const std::vector<std::string>& names);

/// `lines` as two aligned columns.
void print_columns(const std::vector<named_line>& lines, std::ostream& out);

}  // namespace halley::cli
