// Property: whatever comes, and however it is cut, a decoder of the wire ends with the same items.
// The first octet chooses the decoder, the second where the input is cut.
#include "base/bytes.hpp"
#include "fuzz/targets/require.hpp"
#include "wire/event_stream.hpp"
#include "wire/every_cut.hpp"
#include "wire/http_decoder.hpp"
#include "wire/websocket_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace halley;

/// Only the borders of body pieces depend on the cut: those that touch are one.
std::vector<wire::http_item> joined(std::vector<wire::http_item> items) {
  std::vector<wire::http_item> result;
  for (wire::http_item& one : items) {
    const auto* const piece = std::get_if<wire::body_piece>(&one.what);
    auto* const last =
        result.empty() ? nullptr : std::get_if<wire::body_piece>(&result.back().what);
    if (piece != nullptr && last != nullptr && result.back().at + result.back().size == one.at) {
      last->data += piece->data;
      result.back().size += one.size;
    } else {
      result.push_back(std::move(one));
    }
  }
  return result;
}

std::vector<std::size_t> ends_every(std::size_t step, std::size_t size) {
  std::vector<std::size_t> ends;
  for (std::size_t at = step; step != 0 && at < size; at += step)
    ends.push_back(at);
  return ends;
}

void try_http(wire::http_role role, octet_view input, const std::vector<std::size_t>& ends) {
  const auto make = [role] { return wire::http_decoder(role); };
  const auto whole = wire::every_cut::decode<wire::http_item>(make(), input, {});
  const auto cut = wire::every_cut::decode<wire::http_item>(make(), input, ends);
  fuzz::require(joined(whole) == joined(cut), "HTTP does not depend on the cut");
}

void try_websocket(bool deflate, octet_view input, const std::vector<std::size_t>& ends) {
  wire::websocket_settings settings;
  if (deflate) settings.deflate.emplace();
  const auto make = [&settings] { return wire::websocket_decoder(settings); };
  const auto whole = wire::every_cut::decode<wire::websocket_item>(make(), input, {});
  const auto cut = wire::every_cut::decode<wire::websocket_item>(make(), input, ends);
  fuzz::require(whole == cut, "frames do not depend on the cut");
}

void try_events(octet_view input, const std::vector<std::size_t>& ends) {
  const auto whole =
      wire::every_cut::decode<wire::sse_item>(wire::event_stream_decoder(), input, {});
  const auto cut =
      wire::every_cut::decode<wire::sse_item>(wire::event_stream_decoder(), input, ends);
  fuzz::require(whole == cut, "event streams do not depend on the cut");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const octet_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto ends = ends_every(data[1] % 32U, input.size());
  switch (data[0] % 5U) {
    case 0:
      try_http(wire::http_role::request, input, ends);
      break;
    case 1:
      try_http(wire::http_role::response, input, ends);
      break;
    case 2:
      try_websocket(false, input, ends);
      break;
    case 3:
      try_websocket(true, input, ends);
      break;
    default:
      try_events(input, ends);
  }
  return 0;
}
