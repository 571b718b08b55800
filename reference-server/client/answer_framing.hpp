#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/options.hpp"

#include <cstdint>
#include <variant>

namespace halley::gateway {

/// How long an answer's body is.
struct answer_framing {
  enum class kind {
    none,
    length,
    chunked,
    until_close,
    tunnel,  // a 2xx to CONNECT: HTTP ends behind the head
  };
  kind is = kind::none;
  std::uint64_t length = 0;
};

/// The framing of the answer `head` to a request with `method`.
/// Returns: it, or why the answer is discarded and its connection closed. What the RFC allows to be
/// refused is refused: an answer that may have been smuggled is nobody's.
/// Source: RFC 9112 §6.1, §6.3; RFC 9110 §8.6.
std::variant<answer_framing, octets> framing_of(const answer_head& head,
                                                octet_view method,
                                                const client_options& how);

/// Whether a further request may follow on the connection. Source: RFC 9112 §9.3, §9.6.
bool persists(const answer_head& head, const answer_framing& framing, const client_options& how);

/// Options under which the gateway's reading of lines and bodies shows the mutants of the client:
/// "client-http-NAME" is NAME there.
options reading_options(const client_options& how);

}  // namespace halley::gateway
