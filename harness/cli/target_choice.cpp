#include "cli/target_choice.hpp"

#include "base/printable.hpp"
#include "cli/capture_choice.hpp"
#include "cli/contracts.hpp"
#include "cli/embedded_driver.hpp"
#include "cli/embedded_gateway.hpp"
#include "cli/mutant_names.hpp"
#include "cli/network_choice.hpp"
#include "cli/run_options.hpp"
#include "cli/run_world.hpp"
#include "cli/simulated_world.hpp"
#include "engine/address.hpp"
#include "reference-server/mutants.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"
#include "scenario/units.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;

template <typename Value>
void put(std::vector<std::pair<std::string, Value>>& into, const std::string& name, Value value) {
  for (auto& [known, old] : into) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  into.emplace_back(name, std::move(value));
}

/// The profile file that `name` means: a path, or the name of one below scenarios/profiles.
fs::path profile_file(const run_options& options) {
  std::error_code error;
  if (fs::is_regular_file(options.target, error)) return options.target;
  return fs::path(options.scenarios) / "profiles" / (options.target + ".profile.yaml");
}

std::string set_endpoint(scenario::profile& profile,
                         const std::string& name,
                         const std::string& url) {
  if (find_contract(name) == nullptr)
    return "unknown endpoint '" + printable(name) + "'; see halley list contracts";
  const auto parsed = engine::parse_address(url);
  if (!parsed) return "'" + printable(url) + "' is no address, for example ws://127.0.0.1:9001/";
  if (!engine::to_endpoint(*parsed))
    return "'" + printable(parsed->host) +
           "': give an IP address or localhost; names are not looked up";
  put(profile.endpoints, name, url);
  // A gateway is asked by path: what is about the absolute-form is not about it.
  if (name == "proxy.http" && url.find("${origin.port}") != std::string::npos)
    put(profile.capabilities, "proxy.forward",
        {scenario::capability_state::no, "asked by path, as a gateway is"});
  return {};
}

std::string set_capability(scenario::profile& profile,
                           const std::string& name,
                           const std::string& word) {
  scenario::capability one;
  if (word == "yes") {
    one.state = scenario::capability_state::yes;
  } else if (word == "no") {
    one.state = scenario::capability_state::no;
    one.reason = "said on the command line";
  } else if (word != "probe") {
    return "a capability is yes, no or probe, not '" + printable(word) + "'";
  }
  put(profile.capabilities, name, one);
  return {};
}

std::string set_timing(scenario::profile& profile,
                       const std::string& name,
                       const std::string& text) {
  auto& timing = profile.timing;
  if (name == "scale") {
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, timing.scale);
    if (read.ec != std::errc() || read.ptr != end || timing.scale <= 0)
      return "timing.scale is a number above 0";
    return {};
  }
  const auto parsed = scenario::parse_duration(text);
  if (!parsed) return "timing." + printable(name) + ": " + std::string(scenario::duration_help);
  if (name == "within") {
    timing.within = *parsed;
  } else if (name == "quiet") {
    timing.quiet = *parsed;
  } else if (name == "slack") {
    timing.slack = *parsed;
  } else {
    return "unknown setting 'timing." + printable(name) +
           "'; there are within, quiet, slack, scale";
  }
  return {};
}

/// One --set NAME=VALUE.
std::string apply_setting(scenario::profile& profile, const std::string& setting) {
  const auto equals = setting.find('=');
  const auto dot = setting.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals)
    return "--set wants SECTION.NAME=VALUE, not '" + printable(setting) + "'";
  const auto section = setting.substr(0, dot);
  const auto name = setting.substr(dot + 1, equals - dot - 1);
  const auto value = setting.substr(equals + 1);
  if (section == "endpoints") return set_endpoint(profile, name, value);
  if (section == "capabilities") return set_capability(profile, name, value);
  if (section == "timing") return set_timing(profile, name, value);
  return "unknown setting '" + printable(section) +
         "'; there are endpoints., capabilities. and timing.";
}

/// A profile of nothing but the addresses on the command line.
scenario::profile profile_of_urls() {
  scenario::profile result;
  result.name = "target";
  result.roles = {"server", "proxy"};
  result.file = "command line";
  return result;
}

void start_embedded(target_choice& choice, const std::set<std::string>& mutants) {
  choice.embedded = std::make_unique<embedded_gateway>();
  const auto failed = choice.embedded->start(mutants);
  if (failed.empty()) {
    choice.profile = gateway_profile(choice.embedded->where());
    return;
  }
  choice.problem = "the embedded gateway: " + failed;
  choice.infrastructure = mutants.empty();
  choice.embedded.reset();
}

void start_gateway(target_choice& choice, const run_options& options, std::uint64_t seed) {
  const auto unknown = gateway::unknown_mutants(options.mutants);
  if (!unknown.empty()) {
    choice.problem = "no mutant '" + printable(unknown.front()) + "'; see halley list mutants";
    return;
  }
  const auto mutants = split_mutants(options.mutants);
  choice.capture = choose_capture(options, true);
  if (options.sim) {
    auto simulated =
        std::make_unique<simulated_world>(seed, *choose_network(options.network), mutants.gateway);
    choice.profile = gateway_profile(simulated->where());
    choice.world = std::move(simulated);
  } else {
    start_embedded(choice, mutants.gateway);
    choice.world = make_real_world(seed);
  }
  choice.client = std::make_shared<embedded_driver>(choice.world->client_runtime(), mutants.client);
}

}  // namespace

target_choice choose_target(const run_options& options, std::uint64_t seed) {
  target_choice choice;
  if (options.sim && !(options.target.empty() && options.urls.empty())) {
    choice.problem = "--sim plays against the reference gateway; leave out --target and --url";
    return choice;
  }
  if (!options.target.empty()) {
    const auto file = profile_file(options);
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
      choice.problem = "no profile '" + printable(options.target) + "' (looked for " +
                       printable(file.string(), 4096) + ")";
      return choice;
    }
    choice.profile = scenario::load_profile(file, {}, choice.problems);
    choice.capture = choose_capture(options, starts_all_of(options, choice.profile));
  } else if (!options.urls.empty()) {
    choice.profile = profile_of_urls();
    choice.capture = choose_capture(options, false);
  } else {
    start_gateway(choice, options, seed);
  }
  if (!choice.world) choice.world = make_real_world(seed);
  const bool is_gateway = options.target.empty() && options.urls.empty();
  if (!options.mutants.empty() && !is_gateway && choice.problem.empty())
    choice.problem = "--mutant goes with the embedded gateway and client only";
  for (const auto& url : options.urls) {
    if (!choice.problem.empty()) break;
    const auto equals = url.find('=');
    choice.problem =
        equals == std::string::npos
            ? "--url wants ENDPOINT=ADDRESS, not '" + printable(url) + "'"
            : set_endpoint(choice.profile, url.substr(0, equals), url.substr(equals + 1));
  }
  for (const auto& setting : options.settings) {
    if (!choice.problem.empty()) break;
    choice.problem = apply_setting(choice.profile, setting);
  }
  return choice;
}

}  // namespace halley::cli
