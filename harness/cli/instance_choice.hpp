#pragma once

#include "cli/run_options.hpp"
#include "cli/subcommand.hpp"
#include "scenario/baseline.hpp"
#include "scenario/scenario.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halley::cli {

/// Puts a number where --seed says 'random'.
void draw_seed(run_options& options);
/// Whether `text` is a number, as --seed wants it.
bool is_seed(const std::string& text);

/// Reads the library and chooses the instances that `options` names; `options.seed` is a number.
/// What takes an instance by its name sets `options.strength`: the whole matrix is looked at.
/// Returns: nothing where something is wrong, which was said then.
std::optional<std::vector<scenario::instance>> choose_instances(run_options& options,
                                                                const command_context& context);

/// Reads what --baseline names, if anything. Returns: false where something is wrong, which was
/// said then.
bool choose_baseline(const run_options& options,
                     const command_context& context,
                     std::optional<scenario::baseline>& known);

}  // namespace halley::cli
