#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/websocket_extensions.hpp"

#include <optional>

namespace halley::gateway {

/// Checks what a server answers to an offer of permessage-deflate, with client_max_window_bits
/// where `window` says so.
/// Returns: the extension with the parameters that the frame stream has to know; nothing where the
/// client must fail.
/// Source: RFC 7692 §7.1.
std::optional<octets> check_deflate(const extension& answer,
                                    bool window,
                                    const client_options& how);

}  // namespace halley::gateway
