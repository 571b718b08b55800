#pragma once

#include "scenario/load.hpp"
#include "scenario/value.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {

using json = nlohmann::ordered_json;

/// What a name in a file speaks of, beyond the file's own grammar.
enum class name_kind { requirement, ledger, mark, signal, actor, fragment, scenario };

struct reference {
  name_kind kind = name_kind::requirement;
  std::string name;
  location at;
};

/// What the decoding of one file gathers: its problems, and the names to be looked up afterwards.
struct decoding {
  std::vector<problem> problems;
  std::vector<reference> uses;
  std::vector<reference> definitions;
  std::string key;  ///< the key whose value is read, for messages

  /// Notes a problem.
  /// Returns: false, for `return with.error(…)`.
  bool error(const location& at, std::string text);
};

/// The named parts of a schema, "$defs".
class schema_parts {
public:
  /// A reference to the part `name`, which `describe` makes when it is asked for first. A part may
  /// refer to itself.
  json part(const std::string& name, const std::function<json()>& describe);
  const json& all() const { return parts_; }

private:
  json parts_ = json::object();
};

/// Reads one kind of value, and describes it as JSON Schema. All decoders are immutable, made once,
/// and reached through functions, so that they can contain each other.
template <class T>
class decoder {
public:
  decoder() = default;
  decoder(const decoder&) = default;
  decoder(decoder&&) = default;
  decoder& operator=(const decoder&) = default;
  decoder& operator=(decoder&&) = default;
  virtual ~decoder() = default;

  /// Returns: false where problems were noted; `into` then has what could be read, so that one
  /// mistake in an entry of the ledger does not make all of its entries unknown.
  virtual bool decode(const value& from, T& into, decoding& with) const = 0;
  virtual json describe(schema_parts& parts) const = 0;
};

template <class T>
using decoder_of = const decoder<T>& (*)();

enum class presence { optional, required };

/// One key of a mapping: the row of the tables that decoding, messages and schema come from.
struct key_rule {
  std::string name;
  presence needed = presence::optional;
  std::string about;
  std::function<json(schema_parts&)> describe;
};

/// Notes that `from` is not `what` ("a mapping").
bool wrong_kind(const value& from, const std::string& what, decoding& with);
/// Whether `from` is a mapping that has all required keys of `rules` and, unless `open`, no others.
bool check_keys(const value& from, const std::vector<key_rule>& rules, bool open, decoding& with);
/// The schema of a mapping with these keys.
json describe_keys(const std::vector<key_rule>& rules, bool open, schema_parts& parts);

/// A mapping with a closed set of keys, read into a struct.
template <class T>
class record final : public decoder<T> {
public:
  /// `part` names the record in "$defs"; an empty one is written where it is used.
  explicit record(std::string part = {}, std::string about = {})
      : part_(std::move(part)), about_(std::move(about)) {}

  template <class M, class Put>
  record& key(key_rule rule, decoder_of<M> how, const Put& put) {
    rule.describe = [how](schema_parts& parts) { return how().describe(parts); };
    rules_.push_back(std::move(rule));
    readers_.push_back([how, put](const value& from, T& into, decoding& with) {
      M read{};
      const bool good = how().decode(from, read, with);
      put(into, std::move(read));
      return good;
    });
    return *this;
  }
  template <class M, class To>
  record& required(std::string name, To T::* member, decoder_of<M> how, std::string about = {}) {
    return key({std::move(name), presence::required, std::move(about), {}}, how, to_member(member));
  }
  template <class M, class To>
  record& optional(std::string name, To T::* member, decoder_of<M> how, std::string about = {}) {
    return key({std::move(name), presence::optional, std::move(about), {}}, how, to_member(member));
  }
  /// A key that is checked and not kept.
  template <class M>
  record& checked(std::string name, presence needed, decoder_of<M> how, std::string about = {}) {
    return key({std::move(name), needed, std::move(about), {}}, how, [](T&, const M&) {});
  }
  /// All other keys go here, and are not checked.
  record& rest(value_map T::* member) {
    rest_ = member;
    return *this;
  }
  /// What the keys cannot say alone. Called where they are right.
  record& finish(bool (*check)(const value&, T&, decoding&)) {
    finish_ = check;
    return *this;
  }
  /// What a schema can say of `finish`: merged into the description.
  record& schema_too(json more) {
    more_ = std::move(more);
    return *this;
  }

  const std::vector<key_rule>& rules() const { return rules_; }

  bool decode(const value& from, T& into, decoding& with) const override;
  json describe(schema_parts& parts) const override;

private:
  template <class To>
  static auto to_member(To T::* member) {
    return [member](T& into, auto read) { into.*member = std::move(read); };
  }

  std::string part_;
  std::string about_;
  std::vector<key_rule> rules_;
  std::vector<std::function<bool(const value&, T&, decoding&)>> readers_;
  value_map T::* rest_ = nullptr;
  bool (*finish_)(const value&, T&, decoding&) = nullptr;
  json more_ = json::object();
};

template <class T>
bool record<T>::decode(const value& from, T& into, decoding& with) const {
  bool good = check_keys(from, rules_, rest_ != nullptr, with);
  if (from.map() == nullptr) return false;
  for (const auto& [name, child] : *from.map()) {
    bool known = false;
    for (std::size_t i = 0; i < rules_.size() && !known; ++i) {
      if (rules_[i].name != name) continue;
      known = true;
      with.key = name;
      good = readers_[i](child, into, with) && good;
    }
    if (!known && rest_ != nullptr) (into.*rest_).push_back({name, child});
  }
  if (good && finish_ != nullptr) good = finish_(from, into, with);
  return good;
}

template <class T>
json record<T>::describe(schema_parts& parts) const {
  const auto whole = [this, &parts] {
    json result = describe_keys(rules_, rest_ != nullptr, parts);
    if (!about_.empty()) result["description"] = about_;
    result.update(more_);
    return result;
  };
  return part_.empty() ? whole() : parts.part(part_, whole);
}

/// A list of one kind.
template <class T>
class list_of final : public decoder<std::vector<T>> {
public:
  explicit list_of(decoder_of<T> item, std::size_t fewest = 0) : item_(item), fewest_(fewest) {}

  bool decode(const value& from, std::vector<T>& into, decoding& with) const override {
    if (from.list() == nullptr) return wrong_kind(from, "a list", with);
    const auto key = with.key;
    if (from.list()->size() < fewest_)
      return with.error(from.at, "'" + key + "' needs at least " + std::to_string(fewest_) +
                                     (fewest_ == 1 ? " entry" : " entries"));
    bool good = true;
    for (const auto& child : *from.list()) {
      T read{};
      with.key = key;
      good = item_().decode(child, read, with) && good;
      into.push_back(std::move(read));
    }
    return good;
  }
  json describe(schema_parts& parts) const override {
    json result = {{"type", "array"}, {"items", item_().describe(parts)}};
    if (fewest_ > 0) result["minItems"] = fewest_;
    return result;
  }

private:
  decoder_of<T> item_;
  std::size_t fewest_;
};

/// A mapping whose keys the author names; their form is that of the decoder `name`.
template <class T, class Entry = std::pair<std::string, T>>
class map_of final : public decoder<std::vector<Entry>> {
public:
  map_of(decoder_of<std::string> name, decoder_of<T> entry, std::size_t fewest = 0)
      : name_(name), entry_(entry), fewest_(fewest) {}

  bool decode(const value& from, std::vector<Entry>& into, decoding& with) const override {
    if (from.map() == nullptr) return wrong_kind(from, "a mapping", with);
    if (from.map()->size() < fewest_)
      return with.error(from.at, "'" + with.key + "' needs at least " + std::to_string(fewest_) +
                                     (fewest_ == 1 ? " entry" : " entries"));
    const auto key = with.key;
    bool good = true;
    for (const auto& [name, child] : *from.map()) {
      Entry read;
      with.key = key;
      const value written{.is = name, .at = child.key_at};
      good = name_().decode(written, read.first, with) && good;
      with.key = name;
      if (entry_().decode(child, read.second, with)) {
        into.push_back(std::move(read));
      } else {
        good = false;
      }
    }
    return good;
  }
  json describe(schema_parts& parts) const override {
    json result = {{"type", "object"},
                   {"propertyNames", name_().describe(parts)},
                   {"additionalProperties", entry_().describe(parts)}};
    if (fewest_ > 0) result["minProperties"] = fewest_;
    return result;
  }

private:
  decoder_of<std::string> name_;
  decoder_of<T> entry_;
  std::size_t fewest_;
};

/// One of a closed list of words.
template <class T>
class choice final : public decoder<T> {
public:
  using words = std::vector<std::pair<std::string, T>>;
  explicit choice(words known) : words_(std::move(known)) {}

  bool decode(const value& from, T& into, decoding& with) const override {
    const auto* text = from.text();
    std::string all;
    for (const auto& [word, meaning] : words_) {
      if (text != nullptr && *text == word) {
        into = meaning;
        return true;
      }
      all += (all.empty() ? "" : ", ") + word;
    }
    return with.error(from.at, with.key + " is one of " + all);
  }
  json describe(schema_parts& /*parts*/) const override {
    json words = json::array();
    for (const auto& word : words_)
      words.push_back(word.first);
    return {{"enum", words}};
  }

private:
  std::vector<std::pair<std::string, T>> words_;
};

/// A mapping with exactly one key out of a closed list, which says what its value is.
template <class T>
class tagged final : public decoder<T> {
public:
  struct tag {
    std::string name;
    std::string about;
    decoder_of<T> what;
  };

  /// `noun` ("event") is for messages, `part` for "$defs"; `keep` stores the key.
  tagged(std::string part,
         std::string noun,
         std::vector<tag> tags,
         void (*keep)(T&, const std::string&))
      : part_(std::move(part)), noun_(std::move(noun)), tags_(std::move(tags)), keep_(keep) {}

  const std::vector<tag>& tags() const { return tags_; }

  bool decode(const value& from, T& into, decoding& with) const override;
  json describe(schema_parts& parts) const override;

private:
  std::string part_;
  std::string noun_;
  std::vector<tag> tags_;
  void (*keep_)(T&, const std::string&);
};

/// Whether `from` is a mapping with exactly one key.
bool check_single_key(const value& from, const std::string& noun, decoding& with);
/// Notes that `name` is none of `known`.
bool unknown_name(const location& at,
                  const std::string& noun,
                  const std::string& name,
                  const std::vector<std::string>& known,
                  decoding& with);

template <class T>
bool tagged<T>::decode(const value& from, T& into, decoding& with) const {
  if (from.map() == nullptr) return wrong_kind(from, "a mapping", with);
  std::vector<std::string> names;
  const tag* chosen = nullptr;
  for (const auto& one : tags_) {
    names.push_back(one.name);
    if (!from.map()->empty() && from.map()->front().first == one.name) chosen = &one;
  }
  for (const auto& [name, child] : *from.map())
    if (std::find(names.begin(), names.end(), name) == names.end())
      return unknown_name(child.key_at, noun_, name, names, with);
  if (!check_single_key(from, noun_, with)) return false;
  with.key = chosen->name;
  if (!chosen->what().decode(from.map()->front().second, into, with)) return false;
  keep_(into, chosen->name);
  return true;
}

template <class T>
json tagged<T>::describe(schema_parts& parts) const {
  const auto whole = [this, &parts] {
    json properties = json::object();
    for (const auto& one : tags_) {
      auto inner = one.what().describe(parts);
      if (!one.about.empty()) inner["description"] = one.about;
      properties[one.name] = inner;
    }
    return json{{"type", "object"},
                {"additionalProperties", false},
                {"minProperties", 1},
                {"maxProperties", 1},
                {"properties", properties}};
  };
  return part_.empty() ? whole() : parts.part(part_, whole);
}

/// Reads what another decoder reads into a member.
template <class T, class M>
class into_member final : public decoder<T> {
public:
  into_member(M T::* member, decoder_of<M> how) : member_(member), how_(how) {}

  bool decode(const value& from, T& into, decoding& with) const override {
    return how_().decode(from, into.*member_, with);
  }
  json describe(schema_parts& parts) const override { return how_().describe(parts); }

private:
  M T::* member_;
  decoder_of<M> how_;
};

/// Notes in `at` where it stands, and reads with another decoder.
template <class T>
class placed final : public decoder<T> {
public:
  explicit placed(decoder_of<T> how) : how_(how) {}

  bool decode(const value& from, T& into, decoding& with) const override {
    into.at = from.at;
    return how_().decode(from, into, with);
  }
  json describe(schema_parts& parts) const override { return how_().describe(parts); }

private:
  decoder_of<T> how_;
};

/// Checks with another decoder, and keeps the value as it was written.
template <class T>
class as_written final : public decoder<value> {
public:
  explicit as_written(decoder_of<T> how) : how_(how) {}

  bool decode(const value& from, value& into, decoding& with) const override {
    T ignored{};
    into = from;
    return how_().decode(from, ignored, with);
  }
  json describe(schema_parts& parts) const override { return how_().describe(parts); }

private:
  decoder_of<T> how_;
};

}  // namespace halley::scenario
