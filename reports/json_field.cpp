#include "reports/json_field.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

constexpr double most_exact = 9'007'199'254'740'991;  // 2^53 - 1

const json* find(const json& of, const char* name) {
  if (!of.is_object()) return nullptr;
  const auto found = of.find(name);
  return found == of.end() ? nullptr : &*found;
}

}  // namespace

std::string scalar_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return {};
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string text_field(const json& of, const char* name) {
  const auto* const found = find(of, name);
  return found == nullptr ? std::string() : scalar_text(*found);
}

std::optional<std::int64_t> integer_field(const json& of, const char* name) {
  const auto* const found = find(of, name);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::uint64_t count_field(const json& of, const char* name) {
  const auto found = integer_field(of, name);
  return found && *found > 0 ? static_cast<std::uint64_t>(*found) : 0;
}

double number_field(const json& of, const char* name) {
  const auto* const found = find(of, name);
  if (found == nullptr || !found->is_number()) return 0;
  return std::clamp(found->get<double>(), -most_exact, most_exact);
}

bool flag_field(const json& of, const char* name) {
  const auto* const found = find(of, name);
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> texts_field(const json& of, const char* name) {
  std::vector<std::string> result;
  const auto* const found = find(of, name);
  if (found == nullptr || !found->is_array()) return result;
  for (const auto& one : *found)
    result.push_back(scalar_text(one));
  return result;
}

json object_field(const json& of, const char* name) {
  const auto* const found = find(of, name);
  return found != nullptr && found->is_object() ? *found : json::object();
}

}  // namespace halley::reports
