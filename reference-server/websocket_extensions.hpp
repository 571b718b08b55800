#pragma once

#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <optional>
#include <vector>

namespace halley::gateway {

/// One extension with its parameters, as it is offered or agreed on. Source: RFC 6455 §9.1.
struct extension {
  struct parameter {
    octets name;
    std::optional<octets> value;  // without quotes
  };
  octets name;
  std::vector<parameter> parameters;

  /// The first parameter of that name, or nothing.
  const parameter* find(octet_view parameter_name) const;
};

/// extension = token *( ";" token [ "=" ( token / quoted token ) ] ). Source: RFC 6455 §9.1.
/// Returns: nothing where the text breaks that grammar.
std::optional<extension> parse_extension(octet_view text);

/// The offers of permessage-deflate that Beast is to see, of those in an opening handshake.
std::vector<octets> offers_for_beast(const request& asked, const options& how);

/// What mutants make of the answer to the opening handshake `asked`: `answer` is its whole head.
void spoil_extensions(octets& answer, const request& asked, const options& how);

}  // namespace halley::gateway
