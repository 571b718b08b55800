#pragma once

#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace halley::gateway {

/// Checks an opening handshake. Returns: the answer that refuses it, or nothing.
/// Source: RFC 6455 §4.2.1, §4.2.2, §4.4; RFC 9110 §7.8, §15.5.22.
std::optional<response> refuse_handshake(const request& head, const options& how);

/// The first of `ours` that the client offered; empty where there is none.
std::string choose_protocol(const request& head,
                            const std::vector<std::string>& ours,
                            const options& how);

}  // namespace halley::gateway
