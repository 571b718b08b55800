#include "scenario/scalars.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/units.hpp"
#include "scenario/decoding.hpp"
#include "scenario/value.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

/// std::regex recurses once per octet: what it is given is bounded.
constexpr std::size_t longest_formed_text = 200;
constexpr std::size_t longest_regex = 1000;

const json any_scalar = {{"type", {"string", "integer", "boolean"}}};
const std::string expression_pattern = R"(\$\{[^}]+\})";

bool is_scalar(const value& one) {
  return one.list() == nullptr && one.map() == nullptr;
}

bool is_expression(const value& one) {
  return one.text() != nullptr && has_expression(*one.text());
}

/// Any text.
class text_decoder final : public decoder<std::string> {
public:
  explicit text_decoder(bool any_scalar_too, std::size_t longest = 0)
      : any_scalar_too_(any_scalar_too), longest_(longest) {}

  bool decode(const value& from, std::string& into, decoding& with) const override {
    const bool fits = any_scalar_too_ ? is_scalar(from) && !from.null() : from.text() != nullptr;
    if (!fits) return wrong_kind(from, "text", with);
    into = to_text(from);
    if (longest_ != 0 && characters(into) > longest_)
      return with.error(from.at,
                        with.key + " has at most " + std::to_string(longest_) + " characters");
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    if (any_scalar_too_) return any_scalar;
    json result = {{"type", "string"}};
    if (longest_ != 0) result["maxLength"] = longest_;
    return result;
  }

private:
  /// Octets that continue a character are not counted.
  static std::size_t characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
      if ((octet_at(text, i) & 0xC0U) != 0x80U) ++count;
    return count;
  }

  bool any_scalar_too_;
  std::size_t longest_;
};

/// A text of one form; what it names may be noted.
class formed_text final : public decoder<std::string> {
public:
  enum class note { nothing, use, definition };

  formed_text(std::string pattern, std::string help)
      : pattern_(std::move(pattern)), help_(std::move(help)), regex_(pattern_) {}
  formed_text(const formed_text& form, note what, name_kind kind)
      : pattern_(form.pattern_), help_(form.help_), regex_(form.regex_), note_(what), kind_(kind) {}

  bool decode(const value& from, std::string& into, decoding& with) const override {
    const auto* text = from.text();
    if (text == nullptr) return wrong_kind(from, "text", with);
    if (text->size() > longest_formed_text || !std::regex_match(*text, regex_))
      return with.error(from.at, help_);
    into = *text;
    if (note_ == note::use) with.uses.push_back({kind_, into, from.at});
    if (note_ == note::definition) with.definitions.push_back({kind_, into, from.at});
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"type", "string"}, {"pattern", pattern_}};
  }

private:
  std::string pattern_;
  std::string help_;
  std::regex regex_;
  note note_ = note::nothing;
  name_kind kind_ = name_kind::requirement;
};

const formed_text& name_form() {
  static const formed_text form("^[a-z][a-z0-9_-]*$",
                                "a name has lower-case letters, digits, '-' and '_', and begins "
                                "with a letter");
  return form;
}

const formed_text& id_form() {
  static const formed_text form("^[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)+$",
                                "an id is family/topic/name, in lower-case letters, digits, '-' "
                                "and '.'");
  return form;
}

formed_text use_of(const formed_text& form, name_kind kind) {
  return {form, formed_text::note::use, kind};
}
formed_text definition_of(const formed_text& form, name_kind kind) {
  return {form, formed_text::note::definition, kind};
}

/// A regular expression that compiles; with an expression inside, that is seen later.
class regex_decoder final : public decoder<std::string> {
public:
  bool decode(const value& from, std::string& into, decoding& with) const override {
    if (from.text() == nullptr) return wrong_kind(from, "text", with);
    into = *from.text();
    if (has_expression(into)) return true;
    if (into.size() > longest_regex)
      return with.error(
          from.at, "a regular expression has at most " + std::to_string(longest_regex) + " octets");
    try {
      static_cast<void>(std::regex(into));
    } catch (const std::regex_error&) {
      return with.error(from.at, "this is no regular expression (ECMAScript)");
    }
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"type", "string"}, {"format", "regex"}};
  }
};

/// A value that is kept as written where `fits` holds.
class kept_value final : public decoder<value> {
public:
  kept_value(bool (*fits)(const value&), std::string help, json schema, std::string part = {})
      : fits_(fits), help_(std::move(help)), schema_(std::move(schema)), part_(std::move(part)) {}

  bool decode(const value& from, value& into, decoding& with) const override {
    if (!fits_(from))
      return with.error(from.at,
                        help_.starts_with("must ") ? "'" + with.key + "' " + help_ : help_);
    into = from;
    return true;
  }
  json describe(schema_parts& parts) const override {
    if (part_.empty()) return schema_;
    return parts.part(part_, [this] { return schema_; });
  }

private:
  bool (*fits_)(const value&);
  std::string help_;
  json schema_;
  std::string part_;
};

json text_like(const std::string& pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

/// "${x}" or "${x}ms": an expression, and nothing or a unit behind it.
bool is_duration_expression(std::string_view text) {
  const auto end = text.find('}');
  if (!text.starts_with("${") || end == std::string_view::npos) return false;
  const auto unit = text.substr(end + 1);
  return unit.empty() || parse_duration("1" + std::string(unit)).has_value();
}

bool is_duration(const value& one) {
  if (one.text() == nullptr) return false;
  return is_duration_expression(*one.text()) || parse_duration(*one.text()).has_value();
}

bool is_size_expression(std::string_view text) {
  const auto end = text.find('}');
  if (!text.starts_with("${") || end == std::string_view::npos) return false;
  return parse_size("1" + std::string(text.substr(end + 1))).has_value();
}

bool is_size(const value& one) {
  if (one.integer() != nullptr) return *one.integer() >= 0;
  if (one.text() == nullptr) return false;
  return is_size_expression(*one.text()) || parse_size(*one.text()).has_value();
}

/// A whole number in a range.
class number_decoder final : public decoder<int> {
public:
  number_decoder(int least, int most) : least_(least), most_(most) {}
  bool decode(const value& from, int& into, decoding& with) const override {
    const auto* number = from.integer();
    if (number == nullptr || *number < least_ || *number > most_)
      return with.error(from.at, with.key + " is a number from " + std::to_string(least_) + " to " +
                                     std::to_string(most_));
    into = static_cast<int>(*number);
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"type", "integer"}, {"minimum", least_}, {"maximum", most_}};
  }

private:
  int least_;
  int most_;
};

class truth_decoder final : public decoder<bool> {
public:
  bool decode(const value& from, bool& into, decoding& with) const override {
    if (from.boolean() == nullptr) return wrong_kind(from, "true or false", with);
    into = *from.boolean();
    return true;
  }
  json describe(schema_parts& /*parts*/) const override { return {{"type", "boolean"}}; }
};

class duration_decoder final : public decoder<std::chrono::nanoseconds> {
public:
  bool decode(const value& from, std::chrono::nanoseconds& into, decoding& with) const override {
    const auto read = from.text() == nullptr ? std::nullopt : parse_duration(*from.text());
    if (!read) return with.error(from.at, std::string(duration_help));
    into = *read;
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return text_like(R"(^[0-9]+(\.[0-9]+)?(us|ms|s|m)$)");
  }
};

/// A number above zero, "1.5". YAML's reals are texts here.
class factor_decoder final : public decoder<double> {
public:
  bool decode(const value& from, double& into, decoding& with) const override {
    const auto text = to_text(from);
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, into, std::chars_format::fixed);
    if (!is_scalar(from) || read.ec != std::errc() || read.ptr != end || !(into > 0) ||
        into > 1'000'000)
      return with.error(from.at, with.key + " is a number above 0, for example 1.5");
    return true;
  }
  json describe(schema_parts& /*parts*/) const override {
    return {{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1'000'000}};
  }
};

// Octets that are described instead of written out.

bool is_hex_text(const value& one) {
  return one.text() != nullptr && (has_expression(*one.text()) || from_hex(*one.text()));
}
bool is_base64_text(const value& one) {
  return one.text() != nullptr && (has_expression(*one.text()) || from_base64(*one.text()));
}

const decoder<value>& hex_value() {
  static const kept_value form(is_hex_text, "hex is pairs of hexadecimal digits",
                               text_like(R"(^([0-9a-fA-F\s]*|.*)" + expression_pattern + ".*)$"));
  return form;
}
const decoder<value>& base64_value() {
  static const kept_value form(is_base64_text, "this is no base64 (RFC 4648 §4, with padding)",
                               {{"type", "string"}});
  return form;
}
const decoder<value>& pattern_word() {
  static const word_value form({"prng", "counter", "ascii", "utf8", "zero"});
  return form;
}
const decoder<std::vector<value>>& octets_parts() {
  static const list_of<value> form(octets_value);
  return form;
}
const decoder<value>& concat_value() {
  static const as_written<std::vector<value>> form(octets_parts);
  return form;
}

/// How octets are made: exactly one of the first six keys.
struct octets_source {
  int ways = 0;
  bool pattern = false;
  bool size = false;
  bool seed = false;
  bool repeat = false;
  bool count = false;
};

bool check_octets(const value& from, octets_source& what, decoding& with) {
  if (what.ways != 1)
    return with.error(from.at,
                      "octets need exactly one of hex, base64, text, pattern, concat, repeat");
  if (what.pattern != what.size)
    return with.error(from.at, what.pattern ? "'pattern' needs 'size'" : "'size' needs 'pattern'");
  if (what.seed && !what.pattern) return with.error(from.at, "'seed' needs 'pattern'");
  if (what.repeat != what.count)
    return with.error(from.at, what.repeat ? "'repeat' needs 'count'" : "'count' needs 'repeat'");
  return true;
}

const decoder<octets_source>& octets_record() {
  using source = octets_source;
  const auto way = [](source& to, const value&) { ++to.ways; };
  static const auto form =
      record<source>("octets", "Octets that are made without writing them out.")
          .key({"hex", {}, "Hexadecimal digits, white space allowed.", {}}, hex_value, way)
          .key({"base64", {}, "Base64 with padding.", {}}, base64_value, way)
          .key({"text", {}, "The text itself, in UTF-8.", {}}, scalar_value, way)
          .key({"pattern", {}, "Made when sent; a GiB costs no memory.", {}}, pattern_word,
               [](source& to, const value&) { ++to.ways, to.pattern = true; })
          .key({"size", {}, "How many octets of the pattern.", {}}, size_value,
               [](source& to, const value&) { to.size = true; })
          .key({"seed", {}, "Of the pattern prng.", {}}, number_value,
               [](source& to, const value&) { to.seed = true; })
          .key({"concat", {}, "These parts, one behind the other.", {}}, concat_value, way)
          .key({"repeat", {}, "This, 'count' times.", {}}, octets_value,
               [](source& to, const value&) { ++to.ways, to.repeat = true; })
          .key({"count", {}, "How often to repeat.", {}}, number_value,
               [](source& to, const value&) { to.count = true; })
          .finish(check_octets);
  return form;
}

/// A scalar, described octets, or a list of such values.
class octets_decoder final : public decoder<value> {
public:
  bool decode(const value& from, value& into, decoding& with) const override {
    into = from;
    value ignored;
    if (from.map() != nullptr) return octets_map().decode(from, ignored, with);
    bool good = true;
    if (from.list() != nullptr)
      for (const auto& item : *from.list())
        good = decode(item, ignored, with) && good;
    return good;
  }
  json describe(schema_parts& parts) const override {
    return parts.part("value", [&parts] {
      return json{{"anyOf",
                   {{{"type", {"string", "integer", "boolean", "null"}}},
                    octets_map().describe(parts),
                    {{"type", "array"}, {"items", {{"$ref", "#/$defs/value"}}}}}}};
    });
  }
};

const decoder<value_map>& scalar_entries() {
  static const map_of<value, named_value> form(plain_text, scalar_value);
  return form;
}

class format_version final : public decoder<int> {
public:
  bool decode(const value& from, int& into, decoding& with) const override {
    into = 1;
    if (from.integer() != nullptr && *from.integer() == 1) return true;
    return with.error(from.at, with.key + " is 1: the version of the format");
  }
  json describe(schema_parts& /*parts*/) const override { return {{"const", 1}}; }
};

}  // namespace

bool has_expression(std::string_view text) {
  return text.find("${") != std::string_view::npos;
}

const decoder<std::string>& plain_text() {
  static const text_decoder form(false);
  return form;
}
const decoder<std::string>& scalar_text() {
  static const text_decoder form(true);
  return form;
}
const decoder<std::string>& title_text() {
  static const text_decoder form(true, 100);
  return form;
}
const decoder<std::string>& name_text() {
  return name_form();
}
const decoder<std::string>& variant_text() {
  static const formed_text form("^[a-z0-9][a-z0-9-]*$",
                                "this has lower-case letters, digits and '-' only");
  return form;
}
const decoder<std::string>& id_text() {
  return id_form();
}
const decoder<std::string>& capability_text() {
  static const formed_text form("^[a-z0-9]+(\\.[a-z0-9-]+)+$",
                                "a capability is family.name, for example ws.server");
  return form;
}
const decoder<std::string>& dotted_text() {
  static const formed_text form("^[a-z0-9][a-z0-9.-]*$",
                                "this has lower-case letters, digits, '-' and '.' only");
  return form;
}
const decoder<std::string>& regex_text() {
  static const regex_decoder form;
  return form;
}

const decoder<std::string>& requirement_use() {
  static const auto form = use_of(name_form(), name_kind::requirement);
  return form;
}
const decoder<std::string>& requirement_definition() {
  static const auto form = definition_of(name_form(), name_kind::requirement);
  return form;
}
const decoder<std::string>& mark_use() {
  static const auto form = use_of(name_form(), name_kind::mark);
  return form;
}
const decoder<std::string>& mark_definition() {
  static const auto form = definition_of(name_form(), name_kind::mark);
  return form;
}
const decoder<std::string>& signal_use() {
  static const auto form = use_of(name_form(), name_kind::signal);
  return form;
}
const decoder<std::string>& signal_definition() {
  static const auto form = definition_of(name_form(), name_kind::signal);
  return form;
}
const decoder<std::string>& actor_use() {
  static const auto form = use_of(name_form(), name_kind::actor);
  return form;
}
const decoder<std::string>& actor_definition() {
  static const auto form = definition_of(name_form(), name_kind::actor);
  return form;
}
const decoder<std::string>& fragment_use() {
  static const auto form = use_of(id_form(), name_kind::fragment);
  return form;
}
const decoder<std::string>& scenario_use() {
  static const auto form = use_of(id_form(), name_kind::scenario);
  return form;
}
const decoder<std::vector<std::string>>& violates_list() {
  static const list_of<std::string> form(requirement_use, 1);
  return form;
}

const decoder<value>& any_value() {
  static const kept_value form([](const value&) { return true; }, "", json::object());
  return form;
}
const decoder<value>& scalar_value() {
  static const kept_value form([](const value& one) { return is_scalar(one) && !one.null(); },
                               "must be text or a number", any_scalar);
  return form;
}
const decoder<value>& number_value() {
  static const kept_value form(
      [](const value& one) { return one.integer() != nullptr || is_expression(one); },
      "must be a number", {{"anyOf", {{{"type", "integer"}}, text_like(expression_pattern)}}},
      "number");
  return form;
}
const decoder<value>& truth_value() {
  static const kept_value form(
      [](const value& one) { return one.boolean() != nullptr || is_expression(one); },
      "must be true or false", {{"anyOf", {{{"type", "boolean"}}, text_like(expression_pattern)}}},
      "truth");
  return form;
}
const decoder<value>& duration_value() {
  static const kept_value form(
      is_duration, std::string(duration_help),
      text_like("^([0-9]+(\\.[0-9]+)?(us|ms|s|m)|" + expression_pattern + "(us|ms|s|m)?)$"),
      "duration");
  return form;
}
const decoder<value>& size_value() {
  static const kept_value form(
      is_size, std::string(size_help),
      {{"anyOf",
        {{{"type", "integer"}, {"minimum", 0}},
         text_like("^([0-9]+|" + expression_pattern + ")(B|KiB|MiB|GiB)?$")}}},
      "size");
  return form;
}
const decoder<value>& octets_value() {
  static const octets_decoder form;
  return form;
}
const decoder<value>& octets_map() {
  static const as_written<octets_source> form(octets_record);
  return form;
}
const decoder<value>& scalar_map() {
  static const as_written<value_map> form(scalar_entries);
  return form;
}
const decoder<value_map>& variables() {
  static const map_of<value, named_value> form(name_text, octets_value);
  return form;
}

const decoder<bool>& truth() {
  static const truth_decoder form;
  return form;
}
const decoder<int>& positive_number() {
  static const number_decoder form(1, std::numeric_limits<int>::max());
  return form;
}
const decoder<int>& version_one() {
  static const format_version form;
  return form;
}

const decoder<int>& status_number() {
  static const number_decoder form(100, 999);
  return form;
}
const decoder<std::chrono::nanoseconds>& duration() {
  static const duration_decoder form;
  return form;
}
const decoder<double>& factor() {
  static const factor_decoder form;
  return form;
}

const decoder<std::vector<std::string>>& texts() {
  static const list_of<std::string> form(scalar_text);
  return form;
}
const decoder<std::vector<std::pair<std::string, std::string>>>& text_map() {
  static const map_of<std::string> form(plain_text, scalar_text);
  return form;
}

bool word_value::decode(const value& from, value& into, decoding& with) const {
  into = from;
  if (is_expression(from)) return true;
  std::string all;
  for (const auto& word : words_) {
    if (from.text() != nullptr && *from.text() == word) return true;
    all += (all.empty() ? "" : ", ") + word;
  }
  return with.error(from.at, with.key + " is one of " + all);
}

json word_value::describe(schema_parts& /*parts*/) const {
  return {{"anyOf", {{{"enum", words_}}, text_like(expression_pattern)}}};
}

}  // namespace halley::scenario
