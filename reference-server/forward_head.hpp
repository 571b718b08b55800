#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "transport/transport.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace halley::gateway {

/// Where a request is forwarded to, and what it asks for there.
struct onward {
  transport::endpoint where;
  octets authority;  // as it goes into Host
  octets target;
};

/// Whether a request is to be forwarded: a target in absolute-form that names another port of this
/// machine (forward proxy), or /to/PORT/PATH (gateway). `here` is where the request came in.
/// Returns: nothing where the gateway serves it itself; a refusal where it may not go there.
std::optional<std::variant<onward, refusal>> onward_of(const request& head,
                                                       const transport::endpoint& here,
                                                       const options& how);

/// Whether an Upgrade is passed on: it was asked for, and no body stands in its way.
bool asks_upgrade(const request& head);

/// Whether `pseudonym` forwarded this request before. Source: RFC 9110 §7.6.3.
bool went_through(const request& head, octet_view pseudonym);

/// Max-Forwards, where it is for us. Source: RFC 9110 §7.6.2.
std::optional<std::uint64_t> forwards_left(const request& head);

/// The head that goes on to the origin, with its empty line.
/// Source: RFC 9110 §7.6, RFC 9112 §3.2, §6.1.
octets onward_head(const request& head, const onward& to, octet_view pseudonym, const options& how);

/// An origin's answer as it is passed on.
struct passed_answer {
  answer_head head;
  framing body = framing::none;
  std::uint64_t length = 0;
  bool to_the_end = false;  // the body ends where the connection does
};

/// Reads one head with its empty line, and how its body ends.
/// Returns: the answer, or why no proxy may pass it on.
/// Source: RFC 9112 §5.1, §5.2, §6.1, §6.3.
std::variant<passed_answer, octets> read_answer(octet_view head,
                                                octet_view method,
                                                const options& how);

/// How an answer is framed for the client.
struct answer_framing {
  bool chunked = false;
  bool close = false;
};

/// The head that goes on to the client, with its empty line.
octets backward_head(const passed_answer& of,
                     answer_framing framed,
                     octet_view pseudonym,
                     const options& how);

/// The trailer section as it goes on, without its empty line: fields that frame, route or belong to
/// one connection are left out. Source: RFC 9110 §6.5.1.
octets forwarded_trailers(const std::vector<field>& trailers);

}  // namespace halley::gateway
