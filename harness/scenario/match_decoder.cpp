#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "scenario/decoding.hpp"
#include "scenario/scalars.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/vocabulary.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::scenario {
namespace {

constexpr std::size_t sha256_octets = 32;

const decoder<value>& opcode_value() {
  static const word_value form({"continuation", "text", "binary", "close", "ping", "pong"});
  return form;
}
const decoder<value>& opcode_or_number() {
  class either final : public decoder<value> {
  public:
    bool decode(const value& from, value& into, decoding& with) const override {
      if (from.integer() == nullptr) return opcode_value().decode(from, into, with);
      into = from;
      if (*from.integer() >= 0 && *from.integer() <= 15) return true;
      return with.error(from.at, "an opcode is a name or a number from 0 to 15");
    }
    json describe(schema_parts& parts) const override {
      const json number = {{"type", "integer"}, {"minimum", 0}, {"maximum", 15}};
      return {{"anyOf", {number, opcode_value().describe(parts)}}};
    }
  };
  static const either form;
  return form;
}

const decoder<value>& digest_value() {
  class digest final : public decoder<value> {
  public:
    bool decode(const value& from, value& into, decoding& with) const override {
      into = from;
      if (from.text() != nullptr && has_expression(*from.text())) return true;
      const auto read = from.text() == nullptr ? std::nullopt : from_hex(*from.text());
      if (read && read->size() == sha256_octets) return true;
      return with.error(from.at, "sha256 is 64 hexadecimal digits");
    }
    json describe(schema_parts& /*parts*/) const override { return {{"type", "string"}}; }
  };
  static const digest form;
  return form;
}

const decoder<value>& regex_value() {
  static const as_written<std::string> form(regex_text);
  return form;
}

/// Texts are compared with texts: a plain 426 in the file means "426".
void make_text(value& one) {
  if (one.integer() != nullptr || one.boolean() != nullptr) one.is = octets(to_text(one));
}

/// A plain value means equality; {op: operand} says otherwise.
class match_decoder final : public decoder<match> {
public:
  struct operation {
    std::string name;
    match::op how;
    decoder_of<value> operand;
    std::string about;
  };

  match_decoder(std::string part, decoder_of<value> plain, bool textual)
      : part_(std::move(part)), plain_(plain), textual_(textual) {
    operations_ = {{"equals", match::op::equals, plain, "The whole value."}};
    if (textual) {
      operations_.push_back({"icase", match::op::icase, scalar_value, "Equal, ASCII case folded."});
      operations_.push_back({"token", match::op::token, scalar_value,
                             "A comma-separated list holds this token, in any case."});
      operations_.push_back({"contains", match::op::contains, octets_value, "Somewhere inside."});
      operations_.push_back(
          {"matches", match::op::matches, regex_value, "A regular expression for the whole."});
      operations_.push_back({"sha256", match::op::sha256, digest_value, "The digest, in hex."});
    }
    operations_.push_back({"any_of", match::op::any_of, nullptr, "One of these."});
    if (!textual || plain == scalar_value)
      operations_.push_back(
          {"between", match::op::between, nullptr, "From the first to the second, both included."});
  }

  bool decode(const value& from, match& into, decoding& with) const override {
    if (const auto* text = from.text();
        text != nullptr && (*text == "absent" || *text == "present")) {
      into.how = *text == "absent" ? match::op::absent : match::op::present;
      return true;
    }
    if (from.map() == nullptr) return decode_plain(from, into.operand, with);
    const auto is_operation = [this](const auto& entry) { return find(entry.first) != nullptr; };
    if (textual_ && std::ranges::none_of(*from.map(), is_operation) && describes_octets(from))
      return octets_map().decode(from, into.operand, with);
    return decode_operation(from, into, with);
  }

  json describe(schema_parts& parts) const override {
    return parts.part(part_, [this, &parts] { return describe_whole(parts); });
  }

private:
  const operation* find(const std::string& name) const {
    const auto found = std::ranges::find(operations_, name, &operation::name);
    return found == operations_.end() ? nullptr : &*found;
  }

  static bool describes_octets(const value& from) {
    static const std::vector<std::string> keys = {"hex",  "base64", "text",  "pattern", "size",
                                                  "seed", "concat", "count", "repeat"};
    return std::ranges::any_of(*from.map(), [](const auto& entry) {
      return std::ranges::find(keys, entry.first) != keys.end();
    });
  }

  bool decode_plain(const value& from, value& into, decoding& with) const {
    if (textual_ && from.list() != nullptr)
      return wrong_kind(from, "one value, or {any_of: …}", with);
    if (!plain_().decode(from, into, with)) return false;
    if (textual_) make_text(into);
    return true;
  }

  bool decode_operation(const value& from, match& into, decoding& with) const {
    std::vector<std::string> names;
    names.reserve(operations_.size());
    for (const auto& one : operations_)
      names.push_back(one.name);
    for (const auto& [name, child] : *from.map())
      if (find(name) == nullptr) return unknown_name(child.key_at, "key", name, names, with);
    if (!check_single_key(from, "comparison", with)) return false;
    const auto& [name, operand] = from.map()->front();
    const auto& one = *find(name);
    into.how = one.how;
    with.key = name;
    if (one.operand != nullptr)
      return one.how == match::op::equals ? decode_plain(operand, into.operand, with)
                                          : one.operand().decode(operand, into.operand, with);
    return decode_list(operand, one.how == match::op::between, into.operand, with);
  }

  bool decode_list(const value& from, bool two_numbers, value& into, decoding& with) const {
    if (from.list() == nullptr || (two_numbers && from.list()->size() != 2))
      return wrong_kind(from, two_numbers ? "a list of two numbers" : "a list", with);
    const auto key = with.key;
    value_list items;
    bool good = true;
    for (const auto& item : *from.list()) {
      with.key = key;
      value read;
      good = (two_numbers ? number_value().decode(item, read, with)
                          : decode_plain(item, read, with)) &&
             good;
      items.push_back(std::move(read));
    }
    into = {.is = std::move(items), .at = from.at};
    return good;
  }

  json describe_whole(schema_parts& parts) const {
    json properties = json::object();
    for (const auto& one : operations_) {
      json inner = {{"type", "array"}};
      if (one.how == match::op::between) {
        inner["items"] = number_value().describe(parts);
        inner["minItems"] = 2;
        inner["maxItems"] = 2;
      } else if (one.how == match::op::any_of) {
        inner["items"] = plain_().describe(parts);
      } else {
        inner = one.operand().describe(parts);
      }
      inner["description"] = one.about;
      properties[one.name] = inner;
    }
    const json operation = {{"type", "object"},
                            {"additionalProperties", false},
                            {"minProperties", 1},
                            {"maxProperties", 1},
                            {"properties", properties}};
    json forms =
        json::array({json{{"enum", {"absent", "present"}}}, plain_().describe(parts), operation});
    if (textual_ && plain_ != octets_value) forms.push_back(octets_map().describe(parts));
    return {{"description", "A plain value means equality."}, {"anyOf", forms}};
  }

  std::string part_;
  decoder_of<value> plain_;
  bool textual_;
  std::vector<operation> operations_;
};

/// A comparison whose kind is known before its operand.
template <match::op How, decoder_of<value> Operand>
class known_comparison final : public decoder<match> {
public:
  bool decode(const value& from, match& into, decoding& with) const override {
    into.how = How;
    return Operand().decode(from, into.operand, with);
  }
  json describe(schema_parts& parts) const override { return Operand().describe(parts); }
};

}  // namespace

const decoder<match>& contains_match() {
  static const known_comparison<match::op::contains, octets_value> form;
  return form;
}
const decoder<match>& regex_match() {
  static const known_comparison<match::op::matches, regex_value> form;
  return form;
}
const decoder<match>& sha256_match() {
  static const known_comparison<match::op::sha256, digest_value> form;
  return form;
}
const decoder<match>& text_match() {
  static const match_decoder form("text-match", scalar_value, true);
  return form;
}
const decoder<match>& number_match() {
  static const match_decoder form("number-match", number_value, false);
  return form;
}
const decoder<match>& size_match() {
  static const match_decoder form("size-match", size_value, false);
  return form;
}
const decoder<match>& truth_match() {
  static const match_decoder form("truth-match", truth_value, false);
  return form;
}
const decoder<match>& opcode_match() {
  static const match_decoder form("opcode-match", opcode_or_number, false);
  return form;
}
const decoder<match>& octets_match() {
  static const match_decoder form("octets-match", octets_value, true);
  return form;
}

}  // namespace halley::scenario
