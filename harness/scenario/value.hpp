#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace halley::scenario {

/// Where in which file something was written; line and column count from 1.
struct location {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;
};

struct value;
using value_list = std::vector<value>;
struct named_value;
using value_map = std::vector<named_value>;  ///< in the order of the file, keys unique

/// A scalar, list or mapping as written. Text may hold ${…}: it is substituted when the step is
/// played (engine/environment.hpp), a scalar that is only ${x} keeps the type of x. Quoted scalars
/// are always text; plain ones are null, bool (true, false only), integer (YAML 1.2 core: decimal
/// without leading zeros) or text.
struct value {
  std::variant<std::monostate, bool, std::int64_t, octets, value_list, value_map> is;
  location at;
  location key_at{};  ///< where its key stands, for a value in a mapping

  bool null() const { return std::holds_alternative<std::monostate>(is); }
  const octets* text() const { return std::get_if<octets>(&is); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&is); }
  const bool* boolean() const { return std::get_if<bool>(&is); }
  const value_list* list() const { return std::get_if<value_list>(&is); }
  const value_map* map() const { return std::get_if<value_map>(&is); }
  /// The entry of a mapping, or null.
  const value* find(std::string_view key) const;
};

/// An entry of a mapping.
struct named_value {
  std::string first;
  value second;
};

/// The same shape and scalars; where they were written does not count.
bool equal(const value& a, const value& b);
/// One line for people: matrix parameters in instance ids, messages.
std::string to_text(const value& one);

}  // namespace halley::scenario
