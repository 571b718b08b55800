#include "reference-server/websocket_handshake.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "reference-server/exchange.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
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

/// extension = token *( ";" token [ "=" ( token / quoted token ) ] ). Source: RFC 6455 §9.1.
bool is_extension(octet_view text) {
  for (bool first = true; first || !text.empty(); first = false) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const octet_view part = ascii::trim_blank(text.substr(0, end));
    const bool last = end == text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equal = first ? octet_view::npos : part.find('=');
    if (!ascii::is_token(ascii::trim_blank(part.substr(0, equal)))) return false;
    if (!last && text.empty()) return false;
    if (equal == octet_view::npos) continue;
    octet_view value = ascii::trim_blank(part.substr(equal + 1));
    if (value.size() > 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    if (!ascii::is_token(value)) return false;
  }
  return true;
}

bool is_key(const request& head) {
  if (head.count("Sec-WebSocket-Key") != 1) return false;
  const auto decoded = from_base64(*head.find("Sec-WebSocket-Key"));
  return decoded && decoded->size() == key_size;
}

}  // namespace

std::optional<response> refuse_handshake(const request& head, const options& how) {
  if (head.minor == 0) return text(400, "WebSocket wants HTTP/1.1\n");
  if (head.body != framing::none) return text(400, "an opening handshake has no body\n");
  // An Upgrade that Connection does not name is not for us to see (RFC 9110 §7.8).
  const bool one_token =
      head.find("Connection") != nullptr && ascii::iequals(*head.find("Connection"), "Upgrade");
  const bool named =
      how.mutant("connection-no-list") ? one_token : head.has_token("Connection", "Upgrade");
  if (!head.has_token("Upgrade", "websocket") || !named)
    return upgrade_required("this resource speaks WebSocket\n", how);
  const bool version =
      head.count("Sec-WebSocket-Version") == 1 && *head.find("Sec-WebSocket-Version") == "13";
  if (!version && !how.mutant("any-version"))
    return upgrade_required("only version 13 is spoken here\n", how);
  if (!is_key(head)) return text(400, "bad Sec-WebSocket-Key\n");
  if (!std::ranges::all_of(elements_of(head, "Sec-WebSocket-Protocol"), ascii::is_token))
    return text(400, "bad Sec-WebSocket-Protocol\n");
  if (!std::ranges::all_of(elements_of(head, "Sec-WebSocket-Extensions"), is_extension))
    return text(400, "bad Sec-WebSocket-Extensions\n");
  return std::nullopt;
}

std::string choose_protocol(const request& head, const std::vector<std::string>& ours) {
  const auto offered = elements_of(head, "Sec-WebSocket-Protocol");
  for (const std::string& one : ours)
    if (std::ranges::find(offered, one) != offered.end()) return one;
  return "";
}

}  // namespace halley::gateway
