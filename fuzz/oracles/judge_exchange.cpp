#include "checks/all_checks.hpp"
#include "checks/finding.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/reactions.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {

std::vector<reaction> judge_exchange(const record& seen, const std::string& contract) {
  std::vector<reaction> all = judge_websocket(seen, contract);
  std::ranges::move(judge_http(seen, contract), std::back_inserter(all));
  for (checks::finding& one : checks::judge(seen.events, {.target_is_client = false}))
    all.push_back({.what = std::move(one), .variant = std::string(passive_variant)});
  std::vector<reaction> sorted;
  sorted.reserve(all.size());
  for (const auto level : {checks::weight::must, checks::weight::should, checks::weight::may})
    std::ranges::copy_if(all, std::back_inserter(sorted),
                         [&](const reaction& one) { return one.what.broken.level == level; });
  return sorted;
}

}  // namespace halley::fuzz
