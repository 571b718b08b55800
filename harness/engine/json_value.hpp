#pragma once

#include "base/bytes.hpp"
#include "scenario/value.hpp"

#include <nlohmann/json_fwd.hpp>

namespace halley::engine {

/// JSON as a value of the scenario language: numbers that are no integers become text.
scenario::value to_value(const nlohmann::json& json);

/// Parses `text`. Returns: null where it is no JSON, or nests deeper than trace::log_depth.
scenario::value parse_json(octet_view text);

}  // namespace halley::engine
