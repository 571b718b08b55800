#pragma once

#include "inspect/inspection.hpp"
#include "inspect/measures.hpp"
#include "inspect/verdict.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>

namespace halley::inspect {

/// The schema that documents name: reports/schemas/inspect.1.schema.json.
inline constexpr const char* inspect_schema = "inspect/1";

/// The document of `halley inspect --format json`. Octets are lower-case hex; always valid UTF-8.
std::string json_text(const inspection& of);

/// The same on one line, without the connections.
std::string sums_line(const inspection& of);

/// The document, not yet as text.
nlohmann::ordered_json document_json(const inspection& of);

/// What was measured: counts and percentiles, in milliseconds.
nlohmann::ordered_json metrics_json(const latencies& of);

/// One connection of it. `since`: the time of the capture's first packet.
nlohmann::ordered_json flow_json(const flow_verdict& one, std::chrono::nanoseconds since);

/// `value` on one line, whatever octets its strings hold.
std::string to_line(const nlohmann::ordered_json& value);

}  // namespace halley::inspect
