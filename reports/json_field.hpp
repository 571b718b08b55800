#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halley::reports {

// Fields of events, read without trust: a missing field or one of another type reads as empty.

/// Text; numbers and booleans are spelled out (a seed may be written either way).
std::string text_field(const nlohmann::json& of, const char* name);
std::optional<std::int64_t> integer_field(const nlohmann::json& of, const char* name);
std::uint64_t count_field(const nlohmann::json& of, const char* name);
/// Within ±(2^53 - 1), where numbers of JSON mean the same to everybody (RFC 8259 §6): what lies
/// beyond reads as the nearer end, so that it may be counted with and written down.
double number_field(const nlohmann::json& of, const char* name);
bool flag_field(const nlohmann::json& of, const char* name);
std::vector<std::string> texts_field(const nlohmann::json& of, const char* name);
nlohmann::json object_field(const nlohmann::json& of, const char* name);
/// One scalar, list or object as people write it: text as it is, everything else as JSON.
std::string scalar_text(const nlohmann::json& value);

}  // namespace halley::reports
