#include "draft/client_side.hpp"

#include "base/bytes.hpp"
#include "draft/client_head.hpp"
#include "draft/octet_text.hpp"
#include "draft/step_list.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"
#include "trace/event.hpp"
#include "wire/deflate.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_encode.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::draft {
namespace {

namespace written = scenario::written;

constexpr std::uint8_t compressed_bit = 4;  // RSV1, RFC 7692 §6
constexpr int largest_window_bits = 15;

/// The masking key of a frame with a payload of at most 125 octets, where it has one.
std::optional<std::array<std::uint8_t, 4>> mask_in(octet_view frame) {
  if (frame.size() < 6 || (octet_at(frame, 1) & 0x80U) == 0) return std::nullopt;
  return std::array{octet_at(frame, 2), octet_at(frame, 3), octet_at(frame, 4), octet_at(frame, 5)};
}

using entries = std::vector<std::pair<std::string, scenario::value>>;

void say_mask(entries& what, bool masked) {
  if (!masked) what.emplace_back("mask", written::text("none"));
}

}  // namespace

client_side::client_side(std::string conn,
                         octet_view data,
                         const trace::event* first_request,
                         draft_words& words,
                         step_list& to)
    : conn_(std::move(conn)), data_(data), words_(words), to_(to) {
  const auto* head =
      first_request == nullptr ? nullptr : std::get_if<wire::request_head>(&first_request->what);
  endpoint_ = words.endpoints.find(words.family, head == nullptr ? "" : head->target).endpoint;
}

octet_view client_side::at(std::uint64_t begin, std::uint64_t size) const {
  if (begin >= data_.size()) return {};
  return data_.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(size));
}

bool client_side::begins_step(const trace::event& one) {
  return std::holds_alternative<wire::request_head>(one.what) ||
         std::holds_alternative<wire::chunk_header>(one.what) ||
         std::holds_alternative<wire::websocket_frame>(one.what) ||
         std::holds_alternative<wire::websocket_close>(one.what);
}

void client_side::send_rest(std::uint64_t end) {
  if (end <= sent_) return;
  to_.add(conn_, "send", written::map({{"bytes", octets_value(at(sent_, end - sent_))}}));
  sent_ = end;
}

void client_side::step(std::uint64_t begin,
                       std::uint64_t end,
                       const std::string& form,
                       scenario::value what) {
  if (begin < sent_) return;
  send_rest(begin);
  to_.add(conn_, "send", written::map({{form, std::move(what)}}));
  sent_ = end;
}

void client_side::take(const trace::event& one) {
  if (begins_step(one) && one.off < sent_) return;  // as octets, or ahead of an answer to it
  if (const auto* head = std::get_if<wire::request_head>(&one.what)) {
    take_head(one, *head);
  } else if (const auto* chunk = std::get_if<wire::chunk_header>(&one.what)) {
    take_chunk(one, chunk->extension, chunk->size);
  } else if (const auto* trailer = std::get_if<wire::trailer_section>(&one.what)) {
    for (const wire::field_line& line : trailer->fields.lines)
      trailers_.emplace_back(line.name, line.value);
  } else if (std::holds_alternative<wire::message_end>(one.what)) {
    take_end_of_chunks();
  } else if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what)) {
    take_frame(one, *frame);
  } else if (const auto* close = std::get_if<wire::websocket_close>(&one.what)) {
    take_close(one, *close);
  } else if (const auto* message = std::get_if<wire::websocket_message>(&one.what)) {
    if (message->compressed) take_compressed(*message);
    compressed_.clear();
  }
}

void client_side::take_head(const trace::event& one, const wire::request_head& head) {
  head_words words{.target = {}, .host = {}, .key = {}, .event_ids = words_.event_ids};
  const named_target named = words_.endpoints.find(words_.family, head.target);
  if (named.written != head.target) words.target = named.written;
  if (names_host(head)) words.host = "${target." + endpoint_ + ".authority}";
  send_rest(one.off);
  if (has_drawn_key(head)) {
    nonce_ = "nonce" + (conn_.empty() ? "" : "-" + conn_);
    words.key = "${" + nonce_ + "}";
    to_.add(conn_, "set", written::map({{nonce_, written::text("${ws.key()}")}}));
  }
  auto made = write_head(head, words);
  step(one.off, one.off + head.raw.size(), made.form, std::move(made.what));
}

void client_side::take_chunk(const trace::event& one, const octets& extension, std::uint64_t size) {
  last_chunk_ = size == 0;
  trailers_.clear();
  if (last_chunk_) return send_rest(one.off);
  const octet_view data = at(one.off + one.len, size);
  if (!extension.empty() && !is_clean_text(extension)) return;
  for (const bool upper : {false, true}) {
    const octets whole = wire::encode_chunk(
        data, {.upper_hex = upper, .extension = extension, .size_says = std::nullopt});
    if (data.size() != size || !same(one.off, whole)) continue;
    entries what = {{"data", octets_value(data)}};
    if (!extension.empty()) what.emplace_back("extension", written::text(extension));
    if (upper) what.emplace_back("hex", written::text("upper"));
    return step(one.off, one.off + whole.size(), "http.chunk", written::map(std::move(what)));
  }
}

void client_side::take_end_of_chunks() {
  if (!std::exchange(last_chunk_, false)) return;
  const octets whole = wire::encode_last_chunk(trailers_);
  const bool clean = std::ranges::all_of(trailers_, [](const auto& one) {
    return is_clean_text(one.first) && is_clean_text(one.second);
  });
  if (!clean || !same(sent_, whole)) return;
  entries fields;
  for (const auto& [name, content] : trailers_)
    fields.emplace_back(name, written::text(content));
  entries what;
  if (!fields.empty()) what.emplace_back("trailers", written::map(std::move(fields)));
  step(sent_, sent_ + whole.size(), "http.end", written::map(std::move(what)));
}

void client_side::take_frame(const trace::event& one, wire::websocket_frame frame) {
  const bool control = wire::is_control(frame.code);
  const bool begins = frame.code == wire::opcode::text || frame.code == wire::opcode::binary;
  const bool goes_on = frame.code == wire::opcode::continuation && !compressed_.empty();
  if (!same(one.off, wire::encode(frame))) return;
  if (deflate_ && !control && ((begins && frame.rsv == compressed_bit) || goes_on)) {
    if (begins) compressed_.clear();
    compressed_.push_back({one.off, one.off + one.len, std::move(frame)});
    return;  // what it says is known with the message
  }
  say_frame({one.off, one.off + one.len, std::move(frame)});
}

void client_side::say_frame(const sent_frame& one) {
  const wire::websocket_frame& frame = one.what;
  const bool begins = frame.code == wire::opcode::text || frame.code == wire::opcode::binary;
  entries what;
  const bool whole = begins && frame.fin && frame.rsv == 0;
  if (whole) {
    what.emplace_back("type", written::text(wire::name(frame.code)));
  } else {
    const bool reserved = wire::is_reserved(frame.code);
    what.emplace_back("opcode", reserved ? written::number(static_cast<int>(frame.code))
                                         : written::text(wire::name(frame.code)));
    if (!frame.fin) what.emplace_back("fin", written::truth(false));
    if (frame.rsv != 0) what.emplace_back("rsv", written::number(frame.rsv));
  }
  what.emplace_back("payload", octets_value(frame.payload));
  say_mask(what, frame.mask.has_value());
  step(one.begin, one.end, whole ? "ws.message" : "ws.frame", written::map(std::move(what)));
}

void client_side::take_close(const trace::event& one, const wire::websocket_close& close) {
  wire::websocket_frame frame;
  frame.code = wire::opcode::close;
  frame.mask = mask_in(at(one.off, one.len));
  if (close.code) frame.payload = wire::close_body(*close.code, close.reason);
  if (!same(one.off, wire::encode(frame)) || !is_clean_text(close.reason)) return;
  entries what;
  if (close.code) what.emplace_back("code", written::number(*close.code));
  if (!close.reason.empty()) what.emplace_back("reason", written::text(close.reason));
  say_mask(what, frame.mask.has_value());
  step(one.off, one.off + one.len, "ws.close", written::map(std::move(what)));
}

/// Messages that the runner compresses to the same octets are written as what they say; of others
/// nobody knows what a server makes of another form.
void client_side::take_compressed(const wire::websocket_message& message) {
  const auto frames = std::exchange(compressed_, {});
  if (frames.empty() || frames.front().begin < sent_) return;
  octets deflated;
  bool plain = true;
  for (const sent_frame& one : frames) {
    plain = plain && (&one == &frames.front() || one.what.rsv == 0);
    deflated += one.what.payload;
  }
  if (!plain || wire::deflater(largest_window_bits, true).deflate(message.data) != deflated) {
    for (const sent_frame& one : frames)
      say_frame(one);
    return;
  }
  entries what = {{"type", written::text(wire::name(message.type))},
                  {"payload", octets_value(message.data)},
                  {"compress", written::truth(true)}};
  const std::size_t first = frames.front().what.payload.size();
  if (frames.size() > 1 && first > 0)
    what.emplace_back("fragment", written::number(static_cast<std::int64_t>(first)));
  step(frames.front().begin, frames.back().end, "ws.message", written::map(std::move(what)));
}

}  // namespace halley::draft
