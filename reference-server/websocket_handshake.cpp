#include "reference-server/websocket_handshake.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "reference-server/websocket_extensions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::gateway {
namespace {

constexpr std::size_t key_size = 16;

response upgrade_required(octets why, const options& how) {
  response answer = text(426, std::move(why));
  answer.fields.push_back({"Upgrade", "websocket"});
  answer.fields.push_back({"Connection", "Upgrade"});
  if (!how.mutant("no-version-list")) answer.fields.push_back({"Sec-WebSocket-Version", "13"});
  return answer;
}

std::vector<octets> elements_of(const request& head, octet_view name) {
  std::vector<octets> result;
  for (const field& one : head.fields) {
    if (!ascii::iequals(one.name, name)) continue;
    for (octets& element : ascii::list_elements(one.value))
      result.push_back(std::move(element));
  }
  return result;
}

octets joined(const std::vector<octets>& elements) {
  octets list;
  for (const octets& one : elements)
    list += (list.empty() ? "" : ", ") + one;
  return list;
}

constexpr std::array<octet_view, 5> field_names = {"Host", "Upgrade", "Connection",
                                                   "Sec-WebSocket-Key", "Sec-WebSocket-Version"};

bool has_body(const request& head) {
  return head.body != framing::none;
}

bool lacks_upgrade(const request& head) {
  return !head.has_token("Upgrade", "websocket");
}

bool lacks_connection(const request& head) {
  return !head.has_token("Connection", "Upgrade");
}

bool lacks_version_13(const request& head) {
  const octets* const version = head.find("Sec-WebSocket-Version");
  return version == nullptr || *version != "13";
}

bool has_two_versions(const request& head) {
  return head.count("Sec-WebSocket-Version") > 1;
}

bool lacks_key(const request& head) {
  return head.count("Sec-WebSocket-Key") == 0;
}

bool has_two_keys(const request& head) {
  return head.count("Sec-WebSocket-Key") > 1;
}

bool has_bad_key(const request& head) {
  const octets* const key = head.find("Sec-WebSocket-Key");
  if (key == nullptr) return false;
  const auto decoded = from_base64(*key);
  return !decoded || decoded->size() != key_size;
}

bool has_bad_subprotocol(const request& head) {
  return !std::ranges::all_of(elements_of(head, "Sec-WebSocket-Protocol"), ascii::is_token);
}

bool has_bad_extension(const request& head) {
  const auto is_good = [](const octets& offer) { return parse_extension(offer).has_value(); };
  return !std::ranges::all_of(elements_of(head, "Sec-WebSocket-Extensions"), is_good);
}

// What is no rule, but is to some mutant.

bool has_other_connection(const request& head) {
  const octets* const value = head.find("Connection");
  return value == nullptr || !ascii::iequals(*value, "Upgrade");
}

bool has_token_in_other_case(const request& head) {
  const auto lacks = [&head](octet_view name, octet_view token) {
    const auto elements = elements_of(head, name);
    return std::ranges::find(elements, token) == elements.end();
  };
  return lacks("Upgrade", "websocket") || lacks("Connection", "Upgrade");
}

bool has_name_in_other_case(const request& head) {
  return std::ranges::any_of(head.fields, [](const field& one) {
    return std::ranges::any_of(field_names, [&one](octet_view name) {
      return ascii::iequals(one.name, name) && one.name != name;
    });
  });
}

bool has_unknown_field(const request& head) {
  return std::ranges::any_of(head.fields, [](const field& one) {
    const bool listed = one.name == "Sec-WebSocket-Protocol" ||
                        one.name == "Sec-WebSocket-Extensions" ||
                        std::ranges::find(field_names, one.name) != field_names.end();
    return one.name.starts_with("Sec-WebSocket-") && !listed;
  });
}

/// When a handshake is refused, and the mutant that makes the difference.
struct handshake_rule {
  const char* mutant;
  bool (*broken)(const request&);
  const char* why;
  bool upgrade_required = false;  // answered 426, not 400
  bool wrong = false;             // a rule that only the mutant has, not one that it leaves out
};

// An Upgrade that Connection does not name is not for us to see (RFC 9110 §7.8).
constexpr auto rules = std::to_array<handshake_rule>({
    {"upgrade-in-http10", [](const request& head) { return head.minor == 0; },
     "WebSocket wants HTTP/1.1\n"},
    {"any-method-upgrades", has_body, "an opening handshake has no body\n"},
    {"upgrade-unchecked", lacks_upgrade, "this resource speaks WebSocket\n", true},
    {"connection-unchecked", lacks_connection, "this resource speaks WebSocket\n", true},
    {"connection-no-list", has_other_connection, "this resource speaks WebSocket\n", true, true},
    {"token-case-seen", has_token_in_other_case, "this resource speaks WebSocket\n", true, true},
    {"any-version", lacks_version_13, "only version 13 is spoken here\n", true},
    {"two-versions-accepted", has_two_versions, "only version 13 is spoken here\n", true},
    {"no-key-accepted", lacks_key, "no Sec-WebSocket-Key\n"},
    {"two-keys-accepted", has_two_keys, "more than one Sec-WebSocket-Key\n"},
    {"key-unchecked", has_bad_key, "bad Sec-WebSocket-Key\n"},
    {"field-name-case-seen", has_name_in_other_case, "a field is missing\n", false, true},
    {"unknown-field-refused", has_unknown_field, "a field is not known\n", false, true},
    {"subprotocol-syntax-unchecked", has_bad_subprotocol, "bad Sec-WebSocket-Protocol\n"},
    {"extension-syntax-unchecked", has_bad_extension, "bad Sec-WebSocket-Extensions\n"},
});

}  // namespace

std::optional<response> refuse_handshake(const request& head, const options& how) {
  for (const handshake_rule& one : rules) {
    if (how.mutant(one.mutant) != one.wrong || !one.broken(head)) continue;
    return one.upgrade_required ? upgrade_required(one.why, how) : text(400, one.why);
  }
  return std::nullopt;
}

std::string choose_protocol(const request& head,
                            const std::vector<std::string>& ours,
                            const options& how) {
  const auto offered = elements_of(head, "Sec-WebSocket-Protocol");
  const bool any_case = how.mutant("subprotocol-any-case");
  if (how.mutant("subprotocol-unoffered") && !ours.empty()) return ours.front();
  if (how.mutant("subprotocol-echoed")) return joined(offered);
  for (const std::string& one : ours) {
    const auto is_that = [&](const octets& offer) {
      return any_case ? ascii::iequals(offer, one) : offer == one;
    };
    if (std::ranges::any_of(offered, is_that)) return one;
  }
  return "";
}

}  // namespace halley::gateway
