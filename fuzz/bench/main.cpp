// How fast the models are, and how soon and how small each finds the bug that was planted for it:
// fuzz_bench [--seeds N] [--runs N] [MODEL…].
#include "fuzz/model.hpp"
#include "fuzz/models/all_models.hpp"
#include "fuzz/search.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace halley::fuzz;

struct asked_for {
  std::size_t seeds = 50;
  std::size_t runs = 2000;
  std::vector<const model_entry*> models;
};

/// Of the processor, not of the clock on the wall: others use this machine too.
double seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::size_t median(std::vector<std::size_t> of) {
  if (of.empty()) return 0;
  std::ranges::sort(of);
  return of[of.size() / 2];
}

/// Returns: whether the gateway as it is passed.
bool measure_speed(const model_entry& with, const asked_for& what) {
  search_settings how;
  how.runs = what.runs;
  const double start = seconds();
  const auto ended = search(with, how);
  const double taken = seconds() - start;
  std::cout << with.name << ": " << ended.runs << " sequences in " << taken << " s, "
            << static_cast<std::size_t>(static_cast<double>(ended.runs) / taken) << "/s\n";
  if (ended.found)
    std::cout << "  the gateway fails " << ended.found->requirement << " (" << ended.found->variant
              << "): " << ended.found->got << " instead of " << ended.found->expected << '\n'
              << ended.smallest->written.yaml();
  if (!ended.broken.empty()) std::cout << "  broken: " << ended.broken << '\n';
  return !ended.found && ended.broken.empty();
}

void measure_finding(const model_entry& with, const asked_for& what) {
  std::vector<std::size_t> runs;
  std::vector<std::size_t> shrinking;
  std::vector<std::size_t> commands;
  const double start = seconds();
  for (std::uint64_t seed = 1; seed <= what.seeds; ++seed) {
    search_settings how;
    how.seed = seed;
    how.runs = what.runs;
    how.mutants = {std::string(with.planted)};
    const auto ended = search(with, how);
    if (!ended.found) continue;
    runs.push_back(ended.runs);
    shrinking.push_back(ended.shrink_runs);
    commands.push_back(ended.smallest->written.commands());
  }
  const auto largest = commands.empty() ? 0 : *std::ranges::max_element(commands);
  std::cout << "  " << with.planted << ": found with " << runs.size() << " of " << what.seeds
            << " seeds; median " << median(runs) << " sequences, then " << median(shrinking)
            << " to shrink; median " << median(commands) << " commands, at most " << largest << "; "
            << seconds() - start << " s\n";
}

std::size_t number(std::string_view text) {
  std::size_t result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

asked_for read(const std::vector<std::string_view>& arguments) {
  asked_for result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool more = i + 1 < arguments.size();
    if (arguments[i] == "--seeds" && more) {
      result.seeds = number(arguments[++i]);
    } else if (arguments[i] == "--runs" && more) {
      result.runs = number(arguments[++i]);
    } else if (const auto* one = find_model(arguments[i])) {
      result.models.push_back(one);
    } else {
      std::cerr << "fuzz_bench [--seeds N] [--runs N] [MODEL…]; no model '" << arguments[i]
                << "'\n";
    }
  }
  if (result.models.empty())
    for (const auto& one : all_models())
      result.models.push_back(&one);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto what = read({argv + 1, argv + argc});
    bool good = true;
    for (const auto* one : what.models) {
      good = measure_speed(*one, what) && good;
      if (what.seeds > 0) measure_finding(*one, what);
    }
    return good ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 5;
  }
}
