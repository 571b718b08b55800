#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <vector>

namespace halley::wire {

/// Source: RFC 6455 §9.1 (extension-param).
struct extension_parameter {
  octets name;
  std::optional<octets> value;  ///< unquoted
  bool operator==(const extension_parameter&) const = default;
};

/// One element of Sec-WebSocket-Extensions. Source: RFC 6455 §9.1 (extension).
struct extension {
  octets name;
  std::vector<extension_parameter> parameters;
  bool operator==(const extension&) const = default;

  /// The first parameter under `parameter_name`, or null.
  const extension_parameter* find(octet_view parameter_name) const;
};

/// Reads one element of the list.
/// Returns: nothing where it does not follow the grammar.
/// Source: RFC 6455 §9.1.
std::optional<extension> parse_extension(octet_view element);

}  // namespace halley::wire
