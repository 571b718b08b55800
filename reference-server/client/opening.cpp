#include "reference-server/client/opening.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "reference-server/client/answer_head.hpp"
#include "reference-server/client/client_options.hpp"
#include "reference-server/client/deflate_answer.hpp"
#include "reference-server/request.hpp"
#include "reference-server/websocket_extensions.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

constexpr std::size_t key_size = 16;
constexpr int switching_protocols = 101;

void add_line(octets& head, octet_view name, octet_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

octets host_of(const opening& asked, const client_options& how) {
  if (!how.mutant("client-host-no-port")) return asked.to.host;
  const octets port = ":" + std::to_string(asked.to.where.port);
  const bool ends = asked.to.host.ends_with(port);
  return asked.to.host.substr(0, asked.to.host.size() - (ends ? port.size() : 0));
}

octets joined(const std::vector<std::string>& elements) {
  octets list;
  for (const std::string& one : elements)
    list += (list.empty() ? "" : ", ") + one;
  return list;
}

octets request_line(const opening& asked, const client_options& how) {
  octets target = asked.to.target;
  if (how.mutant("client-query-lost")) target.resize(std::min(target.find('?'), target.size()));
  const char* const method = how.mutant("client-method-post") ? "POST " : "GET ";
  const char* const version = how.mutant("client-http10") ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  return method + target + version;
}

/// One condition on an answer. Source: RFC 6455 §4.1, the numbered list behind step 5.
struct answer_rule {
  const char* mutant;
  bool (*broken)(const answer_head&, const opening&);
  const char* why;
  bool wrong = false;  // a rule that only the mutant has, not one that it leaves out
};

bool has_other_status(const answer_head& answer, const opening&) {
  return answer.status != switching_protocols;
}

/// A switch of protocols is of HTTP/1.1 (RFC 9110 §7.8, §15.2).
bool is_too_old(const answer_head& answer, const opening&) {
  return answer.minor == 0;
}

/// Item 2: the value, not one of a list.
bool lacks_upgrade(const answer_head& answer, const opening&) {
  const auto value = answer.value("Upgrade");
  return !value || !ascii::iequals(*value, "websocket");
}

/// Item 3.
bool lacks_connection(const answer_head& answer, const opening&) {
  const auto value = answer.value("Connection");
  return !value || !ascii::list_has_token(*value, "Upgrade");
}

/// Item 4. Not more than once: RFC 6455 §11.3.3.
bool lacks_accept(const answer_head& answer, const opening& asked) {
  return answer.count("Sec-WebSocket-Accept") != 1 ||
         answer.value("Sec-WebSocket-Accept") != accept_for(asked.key);
}

/// In an answer there is one at most (RFC 6455 §11.3.4).
bool names_two_protocols(const answer_head& answer, const opening&) {
  const auto value = answer.value("Sec-WebSocket-Protocol");
  return value &&
         (answer.count("Sec-WebSocket-Protocol") > 1 || ascii::list_elements(*value).size() > 1);
}

/// Item 6. Subprotocols are compared octet by octet.
bool names_other_protocol(const answer_head& answer, const opening& asked) {
  const auto one = answer.value("Sec-WebSocket-Protocol");
  if (!one || names_two_protocols(answer, asked)) return false;
  return std::ranges::find(asked.protocols, *one) == asked.protocols.end();
}

// What is no rule, but is to some mutant.

bool has_upgrade_in_other_case(const answer_head& answer, const opening&) {
  return answer.value("Upgrade") != "websocket";
}

bool has_connection_list(const answer_head& answer, const opening&) {
  const auto value = answer.value("Connection");
  return !value || !ascii::iequals(*value, "Upgrade");
}

bool has_name_in_other_case(const answer_head& answer, const opening&) {
  return std::ranges::none_of(answer.fields,
                              [](const field& one) { return one.name == "Sec-WebSocket-Accept"; });
}

bool has_unknown_field(const answer_head& answer, const opening&) {
  return std::ranges::any_of(answer.fields, [](const field& one) {
    return !ascii::iequals(one.name, "Upgrade") && !ascii::iequals(one.name, "Connection") &&
           !ascii::iequals(one.name.substr(0, 14), "Sec-WebSocket-");
  });
}

constexpr auto rules = std::to_array<answer_rule>({
    {"client-status-unchecked", has_other_status, "the status is not 101"},
    {"", is_too_old, "HTTP/1.0 knows no switch of protocols"},
    {"client-upgrade-unchecked", lacks_upgrade, "Upgrade is not websocket"},
    {"client-connection-unchecked", lacks_connection, "Connection lacks Upgrade"},
    {"client-accept-unchecked", lacks_accept, "Sec-WebSocket-Accept does not follow from the key"},
    {"client-two-protocols-accepted", names_two_protocols, "more than one subprotocol"},
    {"client-protocol-unrequested-accepted", names_other_protocol, "a subprotocol nobody asked"},
    {"client-token-case-seen", has_upgrade_in_other_case, "Upgrade is not websocket", true},
    {"client-connection-no-list", has_connection_list, "Connection is not Upgrade", true},
    {"client-field-name-case-seen", has_name_in_other_case, "no Sec-WebSocket-Accept", true},
    {"client-unknown-field-refused", has_unknown_field, "a field of unknown meaning", true},
});

}  // namespace

octets key_from(octet_view chance, const client_options& how) {
  octets raw(chance.substr(0, key_size));
  if (how.mutant("client-key-fixed")) raw = "the sample nonce";
  if (how.mutant("client-key-short")) raw.resize(key_size - 1);
  return to_base64(raw);
}

octets request_text(const opening& asked, const client_options& how) {
  octets head = request_line(asked, how);
  if (!how.mutant("client-no-host")) add_line(head, "Host", host_of(asked, how));
  if (!how.mutant("client-no-upgrade")) add_line(head, "Upgrade", "websocket");
  if (!how.mutant("client-no-connection")) add_line(head, "Connection", "Upgrade");
  add_line(head, "Sec-WebSocket-Key", asked.key);
  if (how.mutant("client-key-twice")) add_line(head, "Sec-WebSocket-Key", asked.key);
  const bool eight = how.mutant("client-version-8");
  if (!how.mutant("client-no-version")) add_line(head, "Sec-WebSocket-Version", eight ? "8" : "13");
  if (!asked.protocols.empty() && !how.mutant("client-protocol-unsaid"))
    add_line(head, "Sec-WebSocket-Protocol", joined(asked.protocols));
  if (asked.deflate) {
    octets offer = "permessage-deflate";
    // Without it no server may limit the client's window (RFC 7692 §7.1.2.2).
    if (asked.window) offer += "; client_max_window_bits";
    if (how.mutant("client-deflate-offer-invalid")) offer += "; server_max_window_bits=16";
    add_line(head, "Sec-WebSocket-Extensions", offer);
  }
  for (const field& one : asked.fields)
    add_line(head, one.name, one.value);
  head += "\r\n";
  if (how.mutant("client-frame-before-answer")) head += octets("\x89\x80\0\0\0\0", 6);
  return head;
}

octets accept_for(octet_view key) {
  const octets text = octets(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  assert(done == 1);
  static_cast<void>(done);
  return to_base64(octets(digest.begin(), digest.begin() + size));
}

std::variant<agreement, octets> check_answer(const answer_head& answer,
                                             const opening& asked,
                                             const client_options& how) {
  for (const answer_rule& one : rules) {
    if (how.mutant(one.mutant) != one.wrong || !one.broken(answer, asked)) continue;
    if (one.broken == has_other_status) return "HTTP status " + std::to_string(answer.status);
    return octets(one.why);
  }
  agreement result;
  if (const auto protocol = answer.value("Sec-WebSocket-Protocol")) result.protocol = *protocol;
  result.extensions = answer.value("Sec-WebSocket-Extensions").value_or("");
  // Item 5, and RFC 6455 §9.1: what does not follow its grammar fails.
  for (const octets& element : answer.elements("Sec-WebSocket-Extensions")) {
    const auto one = parse_extension(element);
    if (!one && how.mutant("client-extension-syntax-unchecked")) continue;
    if (!one) return octets("malformed Sec-WebSocket-Extensions");
    const bool deflate = asked.deflate && ascii::iequals(one->name, "permessage-deflate");
    if (!deflate) {
      if (how.mutant("client-extension-unrequested-accepted")) continue;
      return "an extension nobody asked for: " + one->name;
    }
    if (!result.deflate.empty()) {
      if (how.mutant("client-deflate-twice-accepted")) continue;
      return octets("permessage-deflate twice");
    }
    auto terms = check_deflate(*one, asked.window, how);
    if (!terms) return octets("bad parameters of permessage-deflate");
    result.deflate = *terms;
  }
  return result;
}

}  // namespace halley::gateway
