#include "engine/outgoing.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "engine/environment.hpp"
#include "engine/payload.hpp"
#include "scenario/value.hpp"
#include "wire/deflate.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_encode.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using scenario::value;

constexpr int largest_window_bits = 15;

octets octets_or_empty(const value& what, std::string_view key) {
  const auto* found = what.find(key);
  return found == nullptr ? octets() : to_octets(*found);
}

std::optional<octets> optional_text(const value& what, std::string_view key) {
  const auto* found = what.find(key);
  return found == nullptr ? std::nullopt : std::optional<octets>(as_text(*found));
}

/// Between the CR and the LF of every line end, and behind it: where careless parsers break.
std::vector<std::size_t> line_cuts(octet_view data) {
  std::vector<std::size_t> cuts;
  for (auto at = data.find("\r\n"); at != octet_view::npos; at = data.find("\r\n", at + 2)) {
    cuts.push_back(at + 1);
    cuts.push_back(at + 2);
  }
  return cuts;
}

outgoing lines(octets data) {
  auto cuts = line_cuts(data);
  return {std::move(data), std::move(cuts)};
}

wire::opcode opcode_of(const value& what) {
  if (const auto* number = what.integer()) return static_cast<wire::opcode>(*number & 0x0F);
  const auto text = as_text(what);
  for (unsigned code = 0; code <= 0x0F; ++code)
    if (wire::name(static_cast<wire::opcode>(code)) == text) return static_cast<wire::opcode>(code);
  return static_cast<wire::opcode>(as_integer(what) & 0x0F);
}

std::optional<std::array<std::uint8_t, 4>> mask_of(const value* what,
                                                   bool as_client,
                                                   random_source& random) {
  std::string form = as_client ? "random" : "none";
  if (what != nullptr) form = what->map() == nullptr ? as_text(*what) : to_hex(to_octets(*what));
  if (form == "none") return std::nullopt;
  std::array<std::uint8_t, 4> key{};
  if (form == "zero") return key;
  octets drawn = random.bytes(key.size());
  if (form != "random") {
    const auto given = from_hex(form);
    if (!given || given->size() != key.size())
      throw bad_expression("mask is random, none, zero or eight hexadecimal digits, not '" +
                           printable(form) + "'");
    drawn = *given;
  }
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = octet_at(drawn, i);
  return key;
}

std::size_t header_size(const outgoing& frame, std::size_t payload) {
  return frame.data.size() - payload;
}

outgoing encode_frame(const wire::websocket_frame& frame, const wire::frame_nonsense& nonsense) {
  outgoing result;
  result.data = wire::encode(frame, nonsense);
  const auto header = header_size(result, frame.payload.size());
  result.cuts = {1, 2, header, header + frame.payload.size() / 2};
  return result;
}

/// 2^63 and more have no place in a signed number: they are written as 0x….
std::uint64_t declared_length(const value& says) {
  const auto text = as_text(says);
  if (!text.starts_with("0x")) return static_cast<std::uint64_t>(as_integer(says));
  std::uint64_t length = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + 2, end, length, 16);
  if (read.ec != std::errc() || read.ptr != end)
    throw bad_expression("'" + printable(text) + "' is no length of 64 bits");
  return length;
}

outgoing ws_frame(const value& what, bool as_client, random_source& random) {
  wire::websocket_frame frame;
  if (const auto* fin = what.find("fin")) frame.fin = as_boolean(*fin);
  if (const auto* rsv = what.find("rsv"))
    frame.rsv = static_cast<std::uint8_t>(as_integer(*rsv) & 0x07);
  if (const auto* code = what.find("opcode")) frame.code = opcode_of(*code);
  frame.mask = mask_of(what.find("mask"), as_client, random);
  frame.payload = octets_or_empty(what, "payload");
  wire::frame_nonsense nonsense;
  if (const auto* says = what.find("length-says")) {
    nonsense.length_says = declared_length(*says);
  }
  if (const auto* form = what.find("length-form")) {
    const auto text = as_text(*form);
    if (text == "16bit") nonsense.form = wire::length_form::sixteen_bit;
    if (text == "64bit") nonsense.form = wire::length_form::sixty_four_bit;
  }
  return encode_frame(frame, nonsense);
}

/// A whole message: compressed if asked, cut into fragments if asked. A fresh deflater per message:
/// not using the context of earlier messages is always legal (RFC 7692 §7.2.1).
outgoing ws_message(const value& what, bool as_client, random_source& random) {
  const auto* type = what.find("type");
  const auto first = type == nullptr ? wire::opcode::text : opcode_of(*type);
  octets data = octets_or_empty(what, "payload");
  const auto* compress = what.find("compress");
  const bool deflated = compress != nullptr && as_boolean(*compress);
  if (deflated) data = wire::deflater(largest_window_bits, true).deflate(data);
  const auto* fragment = what.find("fragment");
  const auto size = fragment == nullptr
                        ? data.size()
                        : static_cast<std::size_t>(std::max<std::uint64_t>(1, to_size(*fragment)));
  outgoing result;
  std::size_t sent = 0;
  do {
    wire::websocket_frame frame;
    frame.payload = data.substr(sent, size);
    frame.code = sent == 0 ? first : wire::opcode::continuation;
    if (deflated && sent == 0) frame.rsv = 4;
    frame.mask = mask_of(what.find("mask"), as_client, random);
    sent += frame.payload.size();
    frame.fin = sent >= data.size();
    const auto one = encode_frame(frame, {});
    for (const auto cut : one.cuts)
      result.cuts.push_back(result.data.size() + cut);
    result.data += one.data;
  } while (sent < data.size());
  return result;
}

outgoing ws_close(const value& what, bool as_client, random_source& random) {
  wire::websocket_frame frame;
  frame.code = wire::opcode::close;
  frame.mask = mask_of(what.find("mask"), as_client, random);
  if (const auto* code = what.find("code"))
    frame.payload = wire::close_body(static_cast<std::uint16_t>(as_integer(*code)),
                                     octets_or_empty(what, "reason"));
  return encode_frame(frame, {});
}

outgoing http_chunk(const value& what) {
  wire::chunk_form form;
  if (const auto* hex = what.find("hex")) form.upper_hex = as_text(*hex) == "upper";
  form.extension = octets_or_empty(what, "extension");
  form.size_says = optional_text(what, "size-says");
  const auto data = octets_or_empty(what, "data");
  auto result = lines(wire::encode_chunk(data, form));
  // Cuts inside the data would be found by chance only.
  std::erase_if(result.cuts, [&](std::size_t cut) {
    const auto start = result.data.find("\r\n") + 2;
    return cut > start && cut < start + data.size();
  });
  return result;
}

outgoing http_end(const value& what) {
  std::vector<std::pair<octets, octets>> trailers;
  if (const auto* given = what.find("trailers"); given != nullptr && given->map() != nullptr)
    for (const auto& [name, content] : *given->map())
      trailers.emplace_back(name, as_text(content));
  return lines(wire::encode_last_chunk(trailers));
}

outgoing sse_event(const value& what) {
  wire::sse_fields fields;
  fields.id = optional_text(what, "id");
  fields.event = optional_text(what, "event");
  fields.retry = optional_text(what, "retry");
  fields.data = optional_text(what, "data");
  return {wire::encode(fields), {}};
}

}  // namespace

outgoing encode_send(const std::string& form,
                     const value& what,
                     bool as_client,
                     random_source& random) {
  outgoing result;
  if (form == "http.head") {
    result = lines(wire::encode_head(to_octets(what)));
  } else if (form == "http.chunk") {
    result = http_chunk(what);
  } else if (form == "http.end") {
    result = http_end(what);
  } else if (form == "ws.frame") {
    result = ws_frame(what, as_client, random);
  } else if (form == "ws.message") {
    result = ws_message(what, as_client, random);
  } else if (form == "ws.close") {
    result = ws_close(what, as_client, random);
  } else if (form == "sse.event") {
    result = sse_event(what);
  } else if (form == "bytes") {
    result.data = to_octets(what);
    result.cuts = line_cuts(result.data);
  } else {
    throw bad_expression("unknown send form '" + printable(form) + "'");
  }
  std::erase_if(result.cuts,
                [&](std::size_t cut) { return cut == 0 || cut >= result.data.size(); });
  std::ranges::sort(result.cuts);
  const auto rest = std::ranges::unique(result.cuts);
  result.cuts.erase(rest.begin(), rest.end());
  return result;
}

}  // namespace halley::engine
