#pragma once

#include "base/bytes.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

namespace halley::wire {

/// One field line as it came. Source: RFC 9112 §5.
struct field_line {
  octets name = {};   ///< as written, case kept
  octets value = {};  ///< without the optional white space around it
  octets raw = {};    ///< every octet of the line, its end and any folded lines included

  bool operator==(const field_line&) const = default;
};

/// Field lines in the order of the wire; names compare case-insensitively.
struct field_section {
  std::vector<field_line> lines = {};

  bool operator==(const field_section&) const = default;

  bool has(octet_view name) const;
  /// The first value under `name`.
  std::optional<octets> first(octet_view name) const;
  /// Every value under `name`, in order.
  std::vector<octets> all(octet_view name) const;
  /// All values under `name` joined with ", ". Source: RFC 9110 §5.3.
  std::optional<octets> combined(octet_view name) const;
  /// Whether the comma-separated list under `name` holds `token`, case-insensitively, over all
  /// lines.
  bool has_token(octet_view name, octet_view token) const;
};

/// Source: RFC 9112 §2.3. HTTP/1.1 where the version was unreadable.
struct http_version {
  int major = 1;
  int minor = 1;

  auto operator<=>(const http_version&) const = default;
};

/// Source: RFC 9112 §3.
struct request_head {
  octets method = {};
  octets target = {};
  http_version version = {};
  field_section fields = {};
  octets raw = {};  ///< every octet, from the first of the start line to the end of the empty line

  bool operator==(const request_head&) const = default;
};

/// Source: RFC 9112 §4.
struct response_head {
  http_version version = {};
  int status = 0;  ///< 0 where it was unreadable
  octets reason = {};
  field_section fields = {};
  octets raw = {};

  bool operator==(const response_head&) const = default;
};

}  // namespace halley::wire
