#pragma once

#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

namespace halley::gateway {

/// The head of a response.
struct answer_head {
  int minor = 1;
  int status = 0;
  octets reason;
  std::vector<field> fields;

  std::size_t count(octet_view name) const;
  /// All values of `name`, joined as RFC 9110 §5.3 has it; nothing where there is none.
  std::optional<octets> value(octet_view name) const;
  /// The elements of a list field, over all its lines.
  std::vector<octets> elements(octet_view name) const;
};

/// Decodes one head with its empty line, as find_head() found it. `how` says which mutants of the
/// gateway's reading of fields to show.
/// Returns: the head, or why it is none.
/// Source: RFC 9112 §4, §5.
std::variant<answer_head, octets> parse_answer(octet_view head, const options& how = {});

/// `head` with each folded line joined to the one before it by a space.
/// Source: RFC 9112 §5.2.
octets unfolded(octet_view head);

}  // namespace halley::gateway
