#include "cli/inspect_draft.hpp"

#include "base/ascii.hpp"
#include "base/printable.hpp"
#include "capture/capture_file.hpp"
#include "capture/flow_sink.hpp"
#include "cli/subcommand.hpp"
#include "draft/draft.hpp"
#include "draft/endpoint_names.hpp"
#include "draft/recorded.hpp"
#include "inspect/inspection.hpp"
#include "inspect/verdict.hpp"
#include "reference-server/profile.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/link.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "scenario/yaml_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

constexpr int our_own_fault = 5;
constexpr std::size_t most_connections = 64;

int refuse(const std::string& why, const command_context& context) {
  context.err << "error: " << why << '\n';
  return exit_status::usage;
}

/// "3,5". Returns: nothing where that is no list of numbers.
std::vector<std::uint64_t> numbers_of(const std::string& text) {
  constexpr std::size_t most_digits = 18;
  std::vector<std::uint64_t> result;
  std::string digits;
  for (const char c : text + ",") {
    if (ascii::is_digit(c) && digits.size() < most_digits) {
      digits += c;
      continue;
    }
    const std::uint64_t number = digits.empty() ? 0 : std::stoull(digits);
    if (c != ',' || number == 0 || result.size() == most_connections) return {};
    result.push_back(number);
    digits.clear();
  }
  return result;
}

/// The only connection, else the first of whose server something was found.
std::uint64_t chosen(const inspect::inspection& seen) {
  if (seen.seen.flows == 1) return 1;
  std::uint64_t first = 0;
  for (const inspect::finding_group& one : seen.findings)
    if (one.first.by == capture::side::server && (first == 0 || one.flow < first)) first = one.flow;
  return first;
}

/// The endpoints of the reference gateway: their paths are known.
std::vector<draft::endpoint_name> known_endpoints() {
  std::vector<scenario::problem> problems;
  const auto gateway = scenario::load_profile("", gateway::profile_text({}), problems);
  std::vector<draft::endpoint_name> result;
  std::string authority;
  for (const auto& [name, url] : gateway.endpoints) {
    const std::size_t begin = url.find("://");
    const std::size_t path = begin == std::string::npos ? begin : url.find('/', begin + 3);
    if (path == std::string::npos) continue;
    // Those beside it are other servers.
    const auto where = url.substr(begin, path - begin);
    if (authority.empty()) authority = where;
    if (where == authority) result.push_back({name, url.substr(path)});
  }
  return result;
}

/// What the reader of scenarios says of a draft; empty where it is good.
std::string read_back(const std::string& text) {
  std::vector<scenario::problem> problems;
  const auto tree =
      scenario::read_yaml(text, std::make_shared<const std::string>("the draft"), problems);
  scenario::scenario content;
  scenario::decoding names;
  if (tree && scenario::scenario_file().decode(*tree, content, names)) {
    scenario::check_names(content, {}, {}, names);
    scenario::check_used(content, names);
  }
  problems.insert(problems.end(), names.problems.begin(), names.problems.end());
  return problems.empty() ? std::string() : to_text(problems.front());
}

}  // namespace

int draft_scenario(const std::string& file,
                   const std::string& which,
                   const command_context& context) {
  auto numbers = which.empty() ? std::vector<std::uint64_t>() : numbers_of(which);
  if (numbers.empty() && !which.empty())
    return refuse("--to-scenario: numbers of connections, such as 3 or 3,5", context);
  capture::capture_file capture;
  const auto unreadable = [&] {
    return refuse(printable(to_string(*capture.problem()), 4096), context);
  };
  if (!capture.open(file)) return unreadable();
  if (numbers.empty()) {
    const auto seen = inspect::inspect_file(capture, {});
    if (capture.problem()) return unreadable();
    const auto only = chosen(seen);
    if (only == 0)
      return refuse("no server of the " + std::to_string(seen.seen.flows) +
                        " connections broke a rule: say which one, --to-scenario 3",
                    context);
    numbers.push_back(only);
    capture.rewind();
  }
  const auto recorded = draft::record_connections(capture, numbers);
  if (capture.problem()) return unreadable();
  for (const auto number : numbers)
    if (std::ranges::none_of(recorded.connections, [&](const draft::recorded_connection& one) {
          return one.opening.number == number;
        }))
      return refuse("there is no connection " + std::to_string(number), context);
  const auto name = std::filesystem::path(file).filename().string();
  const auto made = draft::draft_scenario(recorded, known_endpoints(), name);
  if (!made.refusal.empty()) return refuse("no scenario of it: " + made.refusal, context);
  if (const auto wrong = read_back(made.text); !wrong.empty()) {
    context.err << "error: the draft cannot be read back: " << wrong << '\n';
    return our_own_fault;
  }
  context.out << made.text;
  for (const auto& one : made.notes)
    context.err << "note: " << one << '\n';
  return exit_status::ok;
}

}  // namespace halley::cli
