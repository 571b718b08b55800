#include "reference-server/client/request_faults.hpp"

#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"

#include <array>
#include <cstddef>

namespace halley::gateway {
namespace {

/// Where a mutant puts one text in the place of another.
struct fault {
  const char* mutant;
  octet_view what;
  octet_view with;
};

constexpr octet_view host = "\r\nHost:";
constexpr octet_view version = " HTTP/1.1\r\n";
constexpr octet_view length = "\r\nContent-Length: ";
constexpr octet_view chunked = "\r\nTransfer-Encoding: chunked\r\n";

constexpr auto head_faults = std::to_array<fault>({
    {"client-http-method-odd", "GET ", "GE(T "},
    {"client-http-target-control", version, "\x01 HTTP/1.1\r\n"},
    {"client-http-version-odd", version, " HTTP/1.01\r\n"},
    {"client-http-two-spaces", version, "  HTTP/1.1\r\n"},
    {"client-http-space-after-start-line", version, " HTTP/1.1\r\n X-A: 1\r\n"},
    {"client-http-fold-sent", version, " HTTP/1.1\r\nX-A: 1\r\n 2\r\n"},
    {"client-http-lone-lf-sent", host, "\nHost:"},
    {"client-http-lone-cr-sent", version, " HTTP/1.1\r\nX-A: 1\r2\r\n"},
    {"client-http-field-name-odd", version, " HTTP/1.1\r\nX(A): 1\r\n"},
    {"client-http-space-before-colon-sent", version, " HTTP/1.1\r\nX-A : 1\r\n"},
    {"client-http-no-colon", version, " HTTP/1.1\r\nX-A\r\n"},
    {"client-http-field-value-control", version, " HTTP/1.1\r\nX-A: 1\x01\r\n"},
    {"client-http-upgrade-alone", version, " HTTP/1.1\r\nUpgrade: x\r\n"},
    {"client-http-no-host", host, "\r\nX-Host:"},
    {"client-http-two-hosts", host, "\r\nHost: a\r\nHost:"},
    {"client-http-length-odd", length, "\r\nContent-Length: +"},
    {"client-http-lengths-differ", length, "\r\nContent-Length: 1\r\nContent-Length: "},
    {"client-http-length-lost", length, "\r\nX-Length: "},
    {"client-http-length-beside-coding", chunked,
     "\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
    {"client-http-chunked-twice", chunked, "\r\nTransfer-Encoding: chunked, chunked\r\n"},
    {"client-http-chunked-not-last", chunked, "\r\nTransfer-Encoding: chunked, x-other\r\n"},
});

constexpr auto body_faults = std::to_array<fault>({
    {"client-http-chunk-size-odd", "\r\n", "h\r\n"},
    {"client-http-chunk-extension-odd", "\r\n", ";;\r\n"},
    {"client-http-chunk-end-lost", "\r\n0\r\n", "xx0\r\n"},
    {"client-http-host-in-trailer", "0\r\n\r\n", "0\r\nHost: a\r\n\r\n"},
});

template <typename Table>
void apply(octets& to, const Table& table, const client_options& how) {
  for (const fault& one : table) {
    const std::size_t at = how.mutant(one.mutant) ? to.find(one.what) : octets::npos;
    if (at != octets::npos) to.replace(at, one.what.size(), one.with);
  }
}

}  // namespace

void damage_request_head(octets& head, const client_options& how) {
  if (how.mutants.empty()) return;
  apply(head, head_faults, how);
  if (how.mutant("client-http-length-twice")) {
    const std::size_t at = head.find(length);
    const std::size_t end = at == octets::npos ? at : head.find("\r\n", at + 2);
    if (end != octets::npos) head.insert(at, head.substr(at, end - at));
  }
  if (how.mutant("client-http-host-no-port")) {
    const std::size_t at = head.find(host);
    const std::size_t colon = at == octets::npos ? at : head.find(':', at + host.size());
    if (colon != octets::npos) head.erase(colon, head.find('\r', colon) - colon);
  }
  if (how.mutant("client-http-query-lost")) {
    const std::size_t at = head.find('?');
    if (at < head.find('\r')) head.erase(at, head.find(' ', at) - at);
  }
  if (how.mutant("client-http-empty-line-first")) head.insert(0, "\r\n");
}

void damage_request_body(octets& body, const client_options& how) {
  if (how.mutants.empty() || body.empty()) return;
  apply(body, body_faults, how);
  if (how.mutant("client-http-empty-line-behind")) body += "\r\n";
  if (how.mutant("client-http-body-one-short")) body.pop_back();
}

}  // namespace halley::gateway
