#pragma once

#include "fuzz/choices.hpp"
#include "fuzz/grammars/request_draft.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace halley::fuzz {

/// Something that a request must not be, or that a server must refuse.
struct http_deviation {
  std::string_view name;    ///< "bare-lf"
  std::string_view ledger;  ///< the row that it breaks, "rfc9112/2.2-bare-lf"
  /// Whether a server that goes by the rules may wait for more octets.
  bool waits;
  /// Breaks the row in any draft.
  void (*apply)(choices& from, request_draft& draft);
};

/// In the request line and in front of the fields.
std::span<const http_deviation> start_line_deviations();
/// In field lines, Host, and the size of heads.
std::span<const http_deviation> field_deviations();
/// In what says how long the body is, and in the body.
std::span<const http_deviation> framing_deviations();
/// All of them, in this order.
const std::vector<http_deviation>& http_deviations();

}  // namespace halley::fuzz
