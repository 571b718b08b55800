#pragma once

#include "reports/run_model.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace halley::reports {

/// The schema that run.json names; readers ignore unknown keys, and only a new major breaks them.
inline constexpr const char* run_schema = "run/1";

/// The final report, run/1: reports/schemas/run.1.schema.json.
nlohmann::ordered_json to_run_json(const run_model& model);

/// The same as text, one indented document; octets that are not UTF-8 are replaced.
std::string run_json_text(const run_model& model);

}  // namespace halley::reports
