#include "engine/json_value.hpp"

#include "base/bytes.hpp"
#include "scenario/value.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace halley::engine {

scenario::value to_value(const nlohmann::json& json) {
  scenario::value result;
  if (json.is_boolean()) {
    result.is = json.get<bool>();
  } else if (json.is_number_integer()) {
    result.is = json.get<std::int64_t>();
  } else if (json.is_string()) {
    result.is = json.get<std::string>();
  } else if (json.is_array()) {
    scenario::value_list list;
    for (const auto& element : json)
      list.push_back(to_value(element));
    result.is = std::move(list);
  } else if (json.is_object()) {
    scenario::value_map map;
    for (const auto& [key, element] : json.items())
      map.push_back({key, to_value(element)});
    result.is = std::move(map);
  } else if (json.is_number()) {
    result.is = json.dump();
  }
  return result;
}

scenario::value parse_json(octet_view text) {
  if (trace::nests_too_deep(text)) return {};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  return json.is_discarded() ? scenario::value{} : to_value(json);
}

}  // namespace halley::engine
