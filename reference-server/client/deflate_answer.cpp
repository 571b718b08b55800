#include "reference-server/client/deflate_answer.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/websocket_extensions.hpp"

#include <cstddef>
#include <optional>

namespace halley::gateway {
namespace {

constexpr octet_view server_takeover = "server_no_context_takeover";
constexpr octet_view client_takeover = "client_no_context_takeover";
constexpr octet_view server_window = "server_max_window_bits";
constexpr octet_view client_window = "client_max_window_bits";

/// A decimal number from 8 to 15 without leading zeros. Source: RFC 7692 §7.1.2.
bool is_window(const std::optional<octets>& value) {
  if (!value) return false;
  return *value == "8" || *value == "9" ||
         (value->size() == 2 && *value >= "10" && *value <= "15" && ascii::is_digit(value->back()));
}

/// Whether one parameter may stand in an answer. Source: RFC 7692 §7.1.
bool is_allowed(const extension::parameter& one, bool window, const client_options& how) {
  const auto named = [&one](octet_view name) { return ascii::iequals(one.name, name); };
  if (named(server_takeover) || named(client_takeover))
    return !one.value || how.mutant("client-deflate-invalid-value");
  if (named(server_window))
    return is_window(one.value) || how.mutant("client-deflate-invalid-value");
  // Where the offer had none, the answer has none (RFC 7692 §7.1.2.2).
  if (named(client_window))
    return window ? is_window(one.value) : how.mutant("client-deflate-window-unasked");
  return how.mutant("client-deflate-unknown-parameter");
}

}  // namespace

std::optional<octets> check_deflate(const extension& answer,
                                    bool window,
                                    const client_options& how) {
  octets terms = "permessage-deflate";
  for (std::size_t i = 0; i < answer.parameters.size(); ++i) {
    const extension::parameter& one = answer.parameters[i];
    if (!is_allowed(one, window, how)) return std::nullopt;
    const bool repeated = answer.find(one.name) != &one;
    if (repeated && !how.mutant("client-deflate-repeated-parameter")) return std::nullopt;
    // A window of 8 bits is none that zlib deflates with: the client does not support it (§7).
    if (window && ascii::iequals(one.name, client_window)) {
      if (*one.value == "8") return std::nullopt;
      if (!how.mutant("client-deflate-window-ignored"))
        terms += "; client_max_window_bits=" + *one.value;
      continue;
    }
    // Of the server's window nothing is said: one of 15 bits inflates what any smaller has
    // deflated.
    const bool takeover =
        ascii::iequals(one.name, client_takeover) && !how.mutant("client-deflate-takeover-kept");
    if (!repeated && (takeover || ascii::iequals(one.name, server_takeover)))
      terms += "; " + ascii::to_lower(one.name);
  }
  return terms;
}

}  // namespace halley::gateway
