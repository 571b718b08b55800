#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/load.hpp"

#include <string>

namespace halley::scenario {
namespace {

template <class T>
std::string schema_of(const std::string& name, const std::string& title, const decoder<T>& root) {
  schema_parts parts;
  const auto body = root.describe(parts);
  json result = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"$id", name + ".v1"},
                 {"title", title}};
  result.update(body);
  result["$defs"] = parts.all();
  return result.dump(2) + "\n";
}

}  // namespace

std::string json_schema(const std::string& of) {
  if (of == "scenario") return schema_of(of, "Scenario file, format 1", scenario_file());
  if (of == "fragment") return schema_of(of, "Fragment of scenarios, format 1", fragment_file());
  if (of == "profile") return schema_of(of, "Target profile, format 1", profile_file());
  if (of == "ledger") return schema_of(of, "Ledger of requirements, format 1", ledger_file());
  if (of == "baseline") return schema_of(of, "Baseline of a target, format 1", baseline_file());
  if (of == "compatibility")
    return schema_of(of, "Compatibility table, format 1", compatibility_file());
  return {};
}

}  // namespace halley::scenario
