#pragma once

#include "scenario/decoding.hpp"
#include "scenario/value.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The decoders of single values: texts of a form, numbers, durations, octets.
namespace halley::scenario {

/// Whether `text` holds an expression, `${…}`.
bool has_expression(std::string_view text);

// Texts that are used as they stand.
const decoder<std::string>& plain_text();       ///< any text
const decoder<std::string>& scalar_text();      ///< any text, number or truth value, as text
const decoder<std::string>& title_text();       ///< at most 100 characters
const decoder<std::string>& name_text();        ///< of an actor, mark, variable: [a-z][a-z0-9_-]*
const decoder<std::string>& variant_text();     ///< of an alternative: [a-z0-9][a-z0-9-]*
const decoder<std::string>& id_text();          ///< family/topic/name
const decoder<std::string>& capability_text();  ///< ws.server
const decoder<std::string>& dotted_text();      ///< a name with dots and dashes
const decoder<std::string>& regex_text();       ///< an ECMAScript regular expression

// Names that are looked up after decoding.
const decoder<std::string>& requirement_use();
const decoder<std::string>& requirement_definition();
const decoder<std::string>& mark_use();
const decoder<std::string>& mark_definition();
const decoder<std::string>& signal_use();
const decoder<std::string>& signal_definition();
const decoder<std::string>& actor_use();
const decoder<std::string>& actor_definition();
const decoder<std::string>& fragment_use();
const decoder<std::string>& scenario_use();
const decoder<std::vector<std::string>>& violates_list();

// Values that may hold expressions, kept as written.
const decoder<value>& any_value();
const decoder<value>& scalar_value();
const decoder<value>& number_value();
const decoder<value>& truth_value();
const decoder<value>& duration_value();
const decoder<value>& size_value();
const decoder<value>& octets_value();   ///< a scalar, a description of octets, or a list of them
const decoder<value>& octets_map();     ///< {hex: …}, {pattern: …, size: …}, …
const decoder<value>& scalar_map();     ///< text → scalar
const decoder<value_map>& variables();  ///< name → value

// Values without expressions.
const decoder<bool>& truth();
const decoder<int>& positive_number();
const decoder<int>& status_number();
const decoder<int>& version_one();  ///< of a format: 1, and nothing else yet
const decoder<std::chrono::nanoseconds>& duration();
const decoder<double>& factor();

const decoder<std::vector<std::string>>& texts();
const decoder<std::vector<std::pair<std::string, std::string>>>& text_map();

/// One of `words`, or an expression.
class word_value final : public decoder<value> {
public:
  explicit word_value(std::vector<std::string> words) : words_(std::move(words)) {}
  bool decode(const value& from, value& into, decoding& with) const override;
  json describe(schema_parts& parts) const override;

private:
  std::vector<std::string> words_;
};

}  // namespace halley::scenario
