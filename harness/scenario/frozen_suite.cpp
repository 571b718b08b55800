#include "scenario/frozen_suite.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "scenario/load.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/yaml_reader.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halley::scenario {
namespace {

std::string hash_of(const frozen_suite& of) {
  std::string text = of.id;
  for (const auto& one : of.scenarios)
    text += "\n" + one.id + " " + std::to_string(one.rev);
  const auto hash = stable_hash(text);
  std::string octets;
  for (unsigned shift = 64; shift > 0; shift -= 8)
    octets += static_cast<char>((hash >> (shift - 8)) & 0xFFU);
  return to_hex(octets);
}

void read_scenarios(const value& from, frozen_suite& into, std::vector<problem>& problems) {
  const auto* const map = from.map();
  if (map == nullptr) {
    problems.push_back({from.at, "'scenarios' is a mapping of ids to revs", {}});
    return;
  }
  for (const auto& [id, rev] : *map) {
    const auto* const number = rev.integer();
    if (number == nullptr || *number < 1)
      problems.push_back({rev.at, "a rev is a number from 1", {}});
    else
      into.scenarios.push_back({id, *number, rev.key_at});
  }
  if (map->empty()) problems.push_back({from.at, "the suite is empty", {}});
}

}  // namespace

frozen_suite load_frozen_suite(const std::filesystem::path& file, std::vector<problem>& problems) {
  frozen_suite result;
  const auto name = std::make_shared<const std::string>(file.string());
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    problems.push_back({{name, 1, 1}, "cannot be read", {}});
    return result;
  }
  const auto tree = read_yaml(text, name, problems);
  if (!tree || !problems.empty()) return result;
  const auto wrong = [&](const value* at, const std::string& what) {
    problems.push_back({at == nullptr ? location{name, 1, 1} : at->at, what, {}});
  };
  if (tree->map() == nullptr) {
    wrong(&*tree, "a suite is a mapping of suite, id and scenarios");
    return result;
  }
  for (const auto& [key, one] : *tree->map())
    if (key != "suite" && key != "id" && key != "scenarios")
      problems.push_back({one.key_at, "unknown key '" + key + "'", {}});
  const auto* const version = tree->find("suite");
  if (version == nullptr || version->integer() == nullptr || *version->integer() != 1)
    wrong(version, "'suite: 1', the version of the format, is missing");
  const auto* const id = tree->find("id");
  if (id == nullptr || id->text() == nullptr || id->text()->empty())
    wrong(id, "'id', a text, is missing");
  else
    result.id = *id->text();
  if (const auto* const list = tree->find("scenarios"); list != nullptr)
    read_scenarios(*list, result, problems);
  else
    wrong(nullptr, "'scenarios' is missing");
  result.hash = hash_of(result);
  return result;
}

void check_frozen_suite(const frozen_suite& of,
                        const std::vector<std::shared_ptr<const scenario>>& all,
                        std::vector<problem>& problems) {
  std::map<std::string_view, std::int64_t> revs;
  for (const auto& one : all)
    revs.emplace(one->id, one->rev);
  for (const auto& one : of.scenarios) {
    const auto found = revs.find(one.id);
    if (found == revs.end())
      problems.push_back({one.at, "there is no scenario '" + one.id + "'", {}});
    else if (found->second != one.rev)
      problems.push_back({one.at,
                          "'" + one.id + "' has rev " + std::to_string(found->second) +
                              " now and means something else; the suite has " +
                              std::to_string(one.rev),
                          {}});
  }
}

std::string frozen_suite_text(const std::string& id,
                              const std::vector<std::shared_ptr<const scenario>>& scenarios) {
  std::string quoted = "\"";
  for (const char c : id)
    quoted += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  auto text = "suite: 1\nid: " + quoted + "\"\nscenarios:\n";
  for (const auto& one : scenarios)
    text += "  " + one->id + ": " + std::to_string(one->rev) + "\n";
  return text;
}

}  // namespace halley::scenario
