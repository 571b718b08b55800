#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

// What nlohmann::json is made of is compiled once, in instances.cpp, and not in every file that
// touches JSON: a fifth of their object code. Part of the precompiled header; no file relies on it.
extern template class nlohmann::basic_json<>;
extern template class nlohmann::detail::serializer<nlohmann::json>;
extern template class std::map<std::string, nlohmann::json, std::less<>>;
extern template class std::vector<nlohmann::json>;
