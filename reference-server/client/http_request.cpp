#include "reference-server/client/http_request.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/request_faults.hpp"
#include "reference-server/client/web_address.hpp"
#include "reference-server/request.hpp"
#include "transport/transport.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ios>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

constexpr octet_view line_end = "\r\n";
constexpr octet_view scheme = "http://";
constexpr std::size_t chunk_size = 4096;
constexpr int moved_permanently = 301;
constexpr int found = 302;
constexpr int see_other = 303;
constexpr int temporary_redirect = 307;
constexpr int permanent_redirect = 308;

octets line(octet_view name, octet_view value) {
  return octets(name) + ": " + octets(value) + octets(line_end);
}

/// Host and port; a CONNECT target names its port always. Source: RFC 9112 §3.2.3.
octets authority_with_port(const web_address& of) {
  const octets port = ":" + std::to_string(of.where.port);
  return of.host.ends_with(port) ? of.host : of.host + port;
}

/// Source: RFC 9110 §8.6: a method that usually has content says so when it has none.
octets framing_lines(const http_request& asked) {
  if (asked.chunked) return line("Transfer-Encoding", "chunked");
  if (asked.body) return line("Content-Length", std::to_string(asked.body->size()));
  constexpr std::array usual = {"POST", "PUT", "PATCH"};
  const bool expected = std::ranges::find(usual, asked.method) != usual.end();
  return expected ? line("Content-Length", "0") : octets();
}

bool is_expectation(const field& one) {
  return ascii::iequals(one.name, "Expect") && ascii::iequals(one.value, "100-continue");
}

/// Source: RFC 3986 §5.2.4.
octets without_dots(octet_view path) {
  std::vector<octet_view> kept;
  bool folder = true;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const octet_view segment = path.substr(0, end);
    path.remove_prefix(end);
    folder = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (segment != "." && segment != ".." && (!segment.empty() || !path.empty()))
      kept.push_back(segment);
  }
  octets result;
  for (const octet_view one : kept)
    result += "/" + octets(one);
  return folder ? result + "/" : result;
}

/// The URI that `reference` means at `base`. Source: RFC 3986 §5.2.
octets resolved(octet_view reference, const web_address& base) {
  reference = reference.substr(0, reference.find('#'));
  const std::size_t special = reference.find_first_of(":/?");
  if (special != octet_view::npos && reference[special] == ':') return octets(reference);
  if (reference.starts_with("//")) return octets(scheme.substr(0, 5)) + octets(reference);
  const octets start = octets(scheme) + base.host;
  const octets path = base.target.substr(0, base.target.find('?'));
  if (reference.empty()) return start + base.target;
  if (reference.starts_with('?')) return start + path + octets(reference);
  const std::size_t query = std::min(reference.find('?'), reference.size());
  octets full(reference.substr(0, query));
  if (!full.starts_with('/')) full = path.substr(0, path.rfind('/') + 1) + full;
  return start + without_dots(full) + octets(reference.substr(query));
}

bool is_redirect(int status) {
  constexpr std::array all = {moved_permanently, found, see_other, temporary_redirect,
                              permanent_redirect};
  return std::ranges::find(all, status) != all.end();
}

bool becomes_get(const octets& method, int status, const client_options& how) {
  if (method == "HEAD") return false;
  switch (status) {
    case see_other:
      return !how.mutant("client-http-303-keeps-method");
    case moved_permanently:
    case found:
      return method == "POST";
    default:
      return how.mutant("client-http-307-is-get");
  }
}

}  // namespace

octets http_request::connection_key() const {
  const octets hop = transport::to_string(first_hop().where);
  return tunnel ? hop + " to " + to.host : hop;
}

bool http_request::expects_continue() const {
  return has_content() && std::ranges::any_of(fields, is_expectation);
}

octets head_text(const http_request& asked, const client_options& how) {
  // A proxy that forwards gets the whole URI (RFC 9112 §3.2.2).
  const bool absolute =
      asked.proxy && !asked.tunnel && !how.mutant("client-http-proxy-origin-form");
  octets result = asked.method + " ";
  result += absolute ? octets(scheme) + asked.to.host + asked.to.target : asked.to.target;
  result += " HTTP/1.1" + octets(line_end) + line("Host", asked.to.host);
  for (const field& one : asked.fields) {
    // Without content there is nothing to go on with (RFC 9110 §10.1.1).
    if (is_expectation(one) && !asked.has_content()) continue;
    result += line(one.name, one.value);
  }
  result += framing_lines(asked) + octets(line_end);
  damage_request_head(result, how);
  return result;
}

octets body_text(const http_request& asked, const client_options& how) {
  octets result;
  const octets all = asked.body.value_or("");
  if (!asked.chunked) {
    result = all;
  } else {
    std::ostringstream out;
    for (std::size_t at = 0; at < all.size(); at += chunk_size) {
      const octets piece = all.substr(at, chunk_size);
      out << std::hex << piece.size() << line_end << piece << line_end;
    }
    out << "0" << line_end << line_end;
    result = out.str();
  }
  damage_request_body(result, how);
  return result;
}

octets connect_text(const http_request& asked, const client_options& how) {
  octets target = authority_with_port(asked.to);
  if (how.mutant("client-http-connect-no-port")) target = target.substr(0, target.rfind(':'));
  if (how.mutant("client-http-connect-absolute")) target = octets(scheme) + target + "/";
  const octets host = how.mutant("client-http-connect-host-proxy") ? asked.proxy->host : target;
  octets result = "CONNECT " + target + " HTTP/1.1" + octets(line_end) + line("Host", host);
  return result + octets(line_end);
}

bool is_idempotent(octet_view method) {
  constexpr std::array<octet_view, 6> all = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  return std::ranges::find(all, method) != all.end();
}

std::optional<http_request> redirected(const http_request& asked,
                                       const answer_head& head,
                                       const client_options& how) {
  if (!is_redirect(head.status) || head.count("Location") != 1) return std::nullopt;
  const octets location = *head.value("Location");
  const octets where =
      how.mutant("client-http-location-by-path") && location.find(':') == octets::npos
          ? octets(scheme) + asked.to.host + "/" + location
          : resolved(location, asked.to);
  auto to = parse_http_address(where);
  if (std::holds_alternative<std::string>(to)) return std::nullopt;
  http_request next = asked;
  next.to = std::get<web_address>(std::move(to));
  if (becomes_get(asked.method, head.status, how)) {
    next.method = "GET";
    next.body.reset();
    next.chunked = false;
  }
  if (next.to.host != asked.to.host)
    std::erase_if(next.fields, [](const field& one) {
      return ascii::iequals(one.name, "Authorization") || ascii::iequals(one.name, "Cookie");
    });
  return next;
}

}  // namespace halley::gateway
