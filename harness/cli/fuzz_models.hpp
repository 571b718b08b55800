#pragma once

#include "cli/fuzz_options.hpp"
#include "cli/subcommand.hpp"
#include "fuzz/model.hpp"
#include "fuzz/search.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace halley::cli {

/// Sequences of several models in turn, in simulation. What is found is shown and kept as a
/// scenario.
class model_round {
public:
  model_round(const std::vector<const fuzz::model_entry*>& models,
              const fuzz_options& options,
              const command_context& context);

  /// Plays `runs` of each model that nothing was found with yet.
  /// Returns: the exit code so far.
  int play(std::size_t runs, const std::function<bool()>& is_late);
  /// Whether nothing is left to be found.
  bool is_done() const;
  void summarize() const;
  std::size_t findings() const { return findings_; }

private:
  struct line {
    const fuzz::model_entry* model;
    std::size_t runs = 0;
    bool found = false;
  };

  std::vector<line> all_;
  const fuzz_options& options_;
  const command_context& context_;
  std::uint64_t rounds_ = 0;
  std::size_t findings_ = 0;
  int worst_ = 0;
};

/// Shows what was found with sequences of `model`.
void show_finding(const fuzz::model_entry& model,
                  const fuzz::search_result& ended,
                  const command_context& context);

/// Says that Halley itself is at fault. Returns: the exit code.
int fuzz_bug(const command_context& context, const std::string& text);

}  // namespace halley::cli
