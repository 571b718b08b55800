#pragma once

#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/web_address.hpp"
#include "reference-server/request.hpp"

#include <optional>
#include <vector>

namespace halley::gateway {

/// What an application asks for over HTTP.
struct http_request {
  web_address to;
  octets method = "GET";
  std::vector<field> fields;   // of the application
  std::optional<octets> body;  // empty is not the same as none
  bool chunked = false;        // the body goes out in chunks
  std::optional<web_address> proxy;
  bool tunnel = false;  // through the proxy with CONNECT, not in absolute-form

  /// Where the connection leads.
  const web_address& first_hop() const { return proxy ? *proxy : to; }
  /// Connections with the same key are as good for the request.
  octets connection_key() const;
  bool has_content() const { return body && !body->empty(); }
  /// Whether the body waits for 100. Source: RFC 9110 §10.1.1.
  bool expects_continue() const;
};

/// The head of the request, with its empty line. Source: RFC 9112 §3, §6.2; RFC 9110 §8.6.
octets head_text(const http_request& asked, const client_options& how);
/// The body as it goes out. Source: RFC 9112 §7.1.
octets body_text(const http_request& asked, const client_options& how);
/// The head that asks a proxy for a tunnel. Source: RFC 9110 §9.3.6.
octets connect_text(const http_request& asked, const client_options& how);

/// Whether `method` may be repeated without being asked. Source: RFC 9110 §9.2.2.
bool is_idempotent(octet_view method);

/// The request that the answer `head` leads to, if it redirects to another http URI. 303 makes a
/// GET of everything but HEAD, 301 and 302 of POST; 307 and 308 change nothing. Credentials stay
/// with their host.
/// Source: RFC 9110 §15.4, §10.2.2.
std::optional<http_request> redirected(const http_request& asked,
                                       const answer_head& head,
                                       const client_options& how);

}  // namespace halley::gateway
