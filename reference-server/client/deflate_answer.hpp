#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/websocket_extensions.hpp"

#include <optional>

namespace halley::gateway {

/// Checks what a server answers to an offer of permessage-deflate without parameters.
/// Returns: the extension with the parameters that the frame stream has to know; nothing where the
/// client must fail.
/// Source: RFC 7692 §7.1.
std::optional<octets> check_deflate(const extension& answer, const client_options& how);

}  // namespace halley::gateway
