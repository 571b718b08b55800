#include "wire/websocket_handshake.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "wire/deflate.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_extension.hpp"
#include "wire/wire_error.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

std::vector<octets> elements(const field_section& fields, octet_view name) {
  return ascii::list_elements(fields.combined(name).value_or(""));
}

/// Whether a server may answer the offer `offered` with `answered`. Source: RFC 7692 §7.1.1,
/// §7.1.2.
bool answers(const extension& offered, const extension& answered) {
  const auto offer = parse_deflate_parameters(offered);
  const auto answer = parse_deflate_parameters(answered);
  if (!offer || !answer) return false;
  // A flag or a window that the client asked of the server must be granted; a smaller window will
  // do.
  if (offer->server_no_context_takeover && !answer->server_no_context_takeover) return false;
  if (answer->server_max_window_bits > offer->server_max_window_bits) return false;
  // "the server MUST NOT include" client_max_window_bits unless the client offered it; here it
  // needs a value, not above the one of the offer.
  const auto* bits = answered.find("client_max_window_bits");
  if (bits == nullptr) return true;
  return bits->value && offered.find("client_max_window_bits") != nullptr &&
         answer->client_max_window_bits <= offer->client_max_window_bits;
}

/// Check 5 of RFC 6455 §4.1, with the parameters of RFC 7692.
void judge_extensions(const request_head& request,
                      const response_head& response,
                      handshake_result& result) {
  std::vector<extension> offers;
  for (const octets& element : elements(request.fields, "Sec-WebSocket-Extensions"))
    if (auto offer = parse_extension(element)) offers.push_back(*std::move(offer));

  for (const octets& element : elements(response.fields, "Sec-WebSocket-Extensions")) {
    const auto answer = parse_extension(element);
    const bool deflates = answer && is_deflate(*answer);
    const bool requested =
        answer && std::ranges::any_of(offers, [&](const extension& offer) {
          return ascii::iequals(offer.name, answer->name) && (!deflates || answers(offer, *answer));
        });
    // Accepted twice, both would claim RSV1. RFC 7692 §5.1.
    if (!requested || (deflates && result.deflate))
      result.deviations.push_back(wire_error::unrequested_extension);
    else if (deflates)
      result.deflate = parse_deflate_parameters(*answer);
  }
}

/// Check 6 of RFC 6455 §4.1. The response names one subprotocol at most, §4.2.2 item 5.5.
void judge_subprotocol(const request_head& request,
                       const response_head& response,
                       handshake_result& result) {
  result.subprotocol = response.fields.combined("Sec-WebSocket-Protocol");
  if (!result.subprotocol) return;
  const auto offered = elements(request.fields, "Sec-WebSocket-Protocol");
  if (std::ranges::find(offered, *result.subprotocol) != offered.end()) return;
  result.deviations.push_back(wire_error::unrequested_subprotocol);
}

/// Check 4 of RFC 6455 §4.1. The field "MUST NOT appear more than once", §11.3.3.
bool accepts(const request_head& request, const response_head& response) {
  const auto values = response.fields.all("Sec-WebSocket-Accept");
  const octets key = request.fields.first("Sec-WebSocket-Key").value_or("");
  return values.size() == 1 && ascii::trim_blank(values.front()) == accept_value(key);
}

}  // namespace

octets accept_value(octet_view key) {
  const octets input = octets(ascii::trim_blank(key)) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  [[maybe_unused]] const int done =
      EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr);
  assert(done == 1);
  return to_base64(octet_view(reinterpret_cast<const char*>(digest.data()), size));
}

bool asks_for_websocket(const request_head& head) {
  return head.fields.has_token("Upgrade", "websocket") &&
         head.fields.has_token("Connection", "Upgrade");
}

handshake_result judge_handshake(const request_head& request, const response_head& response) {
  handshake_result result;
  // Check 2 wants the whole value to match, check 3 one token of a list.
  const octets upgrade = response.fields.combined("Upgrade").value_or("");
  if (!ascii::iequals(ascii::trim_blank(upgrade), "websocket"))
    result.deviations.push_back(wire_error::missing_upgrade);
  if (!response.fields.has_token("Connection", "Upgrade"))
    result.deviations.push_back(wire_error::missing_connection_upgrade);
  if (!accepts(request, response)) result.deviations.push_back(wire_error::bad_accept_key);
  judge_extensions(request, response, result);
  judge_subprotocol(request, response, result);
  return result;
}

}  // namespace halley::wire
