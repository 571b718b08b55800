#include "cli/capture_choice.hpp"

#include "capture/own_network.hpp"
#include "cli/run_options.hpp"
#include "scenario/profile.hpp"

#include <algorithm>
#include <ranges>
#include <string>

namespace halley::cli {

bool starts_all_of(const run_options& options, const scenario::profile& target) {
  const auto is_address = [](const std::string& setting) {
    return setting.starts_with("endpoints.");
  };
  // A port that Halley did not draw is one of somebody else.
  const auto is_launched = [](const std::string& address) {
    return address.find("${port") != std::string::npos;
  };
  return target.start.has_value() && options.urls.empty() &&
         std::ranges::none_of(options.settings, is_address) &&
         std::ranges::all_of(target.endpoints | std::views::values, is_launched) &&
         std::ranges::all_of(target.hooks | std::views::values, is_launched, &scenario::hook::url);
}

capture_choice choose_capture(const run_options& options, bool self_contained) {
  if (options.sim || options.capture == "synthetic" || capture::may_capture()) return {};
  if (!self_contained)
    return {.denied =
                "capturing needs CAP_NET_RAW; Halley makes a network of its own only where "
                "it starts all of the target"};
  const auto problem = capture::enter_own_network();
  if (problem.empty()) return {.own_network = true, .denied = {}};
  return {.denied =
              "capturing needs CAP_NET_RAW, or user and network namespaces, which cannot be "
              "made here (" +
              problem + ")"};
}

}  // namespace halley::cli
