#include "inspect/clean_scan.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/clean_events.hpp"
#include "inspect/clean_frames.hpp"
#include "inspect/clean_head.hpp"
#include "inspect/flow_figures.hpp"
#include "wire/websocket_handshake.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace halley::inspect {
namespace {

using capture::moment;
using capture::side;

constexpr std::size_t most_head_octets = std::size_t{16} << 10U;
constexpr std::size_t most_size_digits = 8;
constexpr octet_view line_end = "\r\n";

/// What the first octets of a flow are, where they are no HTTP/1.1.
std::string_view other_protocol(octet_view data) {
  constexpr octet_view tls_handshake = "\x16\x03";
  return data.starts_with(tls_handshake) ? "tls" : "unknown";
}

/// Statuses whose heads owe more than is looked at here.
bool needs_the_judge(unsigned status) {
  constexpr std::array<unsigned, 5> listed = {205, 401, 405, 407, 426};
  return std::ranges::find(listed, status) != listed.end();
}

}  // namespace

// A flow whose first octets are missing cannot be clear, whatever else it holds.
clean_scan::clean_scan(const capture::flow_opening& opening) : given_up_(!opening.whole) {
  figures_.first = figures_.last = opening.at.t;
}

clean_scan::~clean_scan() = default;

void clean_scan::see(moment at) {
  now_ = at.t;
  figures_.last = std::max(figures_.last, at.t);
}

void clean_scan::give_up() {
  given_up_ = true;
  client_.kept = server_.kept = {};
  frames_.reset();
  events_.reset();
}

void clean_scan::data(side from, octet_view data, moment at) {
  see(at);
  figures_of(from).octets += data.size();
  if (figures_.protocol.empty()) figures_.protocol = other_protocol(data);
  if (given_up_) return;
  lane& in = lane_of(from);
  while (!data.empty() && !given_up_)
    if (!take(from, in, data)) give_up();
}

void clean_scan::gap(side from, std::uint64_t length, moment at) {
  see(at);
  figures_of(from).octets += length;
  give_up();
}

void clean_scan::fin(side from, moment at) {
  end(from, at);
}

void clean_scan::rst(side from, moment at) {
  end(from, at);
}

/// What an end cuts short is for the judge.
void clean_scan::end(side from, moment at) {
  see(at);
  lane& in = lane_of(from);
  if (given_up_ || in.ended) return;
  in.ended = true;
  bool whole = false;
  switch (in.now) {
    case phase::head:
      whole = in.kept.empty();
      break;
    case phase::until_close:
      whole = end_body(from, in);
      break;
    case phase::upgrading:
      whole = true;
      break;
    case phase::frames:
      whole = (*frames_)[from == side::client ? 0 : 1].at_border();
      break;
    default:
      break;
  }
  if (!whole) give_up();
}

bool clean_scan::clear() const {
  if (given_up_ || !client_.kept.empty() || !server_.kept.empty()) return false;
  if (events_ != nullptr && !events_->settled()) return false;
  return frames_ == nullptr || ((*frames_)[0].settled() && (*frames_)[1].settled());
}

/// Takes some octets from the front of `data`. Returns: false where they are not clearly right.
bool clean_scan::take(side from, lane& in, octet_view& data) {
  if (in.ended) return false;
  switch (in.now) {
    case phase::head:
      return take_head(from, in, data);
    case phase::length:
    case phase::chunk_data:
    case phase::until_close: {
      if (!take_body(in, data)) return false;
      if (in.now == phase::until_close || in.left > 0) return true;
      if (in.now == phase::length) return end_body(from, in);
      in.now = phase::chunk_end;
      return true;
    }
    case phase::chunk_size:
      return take_chunk_size(in, data);
    case phase::chunk_end:
      return take_line_end(in, data, phase::chunk_size);
    case phase::last_chunk_end:
      if (!take_line_end(in, data, phase::head)) return false;
      return in.now != phase::head || end_body(from, in);
    case phase::upgrading:
      return false;
    case phase::frames:
      return take_frames(from, data);
  }
  return false;
}

bool clean_scan::take_head(side from, lane& in, octet_view& data) {
  constexpr octet_view head_end = "\r\n\r\n";
  const bool begins = in.kept.empty();
  const char first = begins ? data.front() : in.kept.front();
  // Another protocol shows at once, before any of it is kept.
  if (from == side::client ? first < 'A' || first > 'Z' : first != 'H') return false;
  if (begins) {
    const std::size_t end = data.substr(0, most_head_octets).find(head_end);
    if (end != octet_view::npos) {
      const octet_view head = data.substr(0, end + head_end.size());
      data.remove_prefix(head.size());
      return from == side::client ? take_request(head) : take_response(head);
    }
  }
  while (!data.empty()) {
    const std::size_t line = data.find('\n');
    const octet_view part = data.substr(0, line == octet_view::npos ? data.size() : line + 1);
    if (in.kept.size() + part.size() > most_head_octets) return false;
    in.kept += part;
    data.remove_prefix(part.size());
    if (!in.kept.ends_with(head_end)) continue;
    const bool taken = from == side::client ? take_request(in.kept) : take_response(in.kept);
    in.kept.clear();
    return taken;
  }
  return true;
}

bool clean_scan::take_request(octet_view head) {
  plain_request read;
  if (!read_plain_request(head, read)) return false;
  if (figures_.client.heads == 0) figures_.protocol = "http";
  if (read.method == "CONNECT") figures_.protocol = "tunnel";
  ++figures_.client.heads;
  if (client_.closes || count_asked_ == most_requests || read.method == "CONNECT") return false;
  client_.closes = read.fields.close;

  request& asked = asked_[(first_asked_ + count_asked_) % most_requests];
  asked = {.head_only = read.method == "HEAD", .upgrade = !read.fields.upgrade.empty()};
  ++count_asked_;
  if (asked.upgrade) {
    // The answers to others would have to be told from the octets behind this one.
    if (count_asked_ > 1 || !is_plain_upgrade(read)) return false;
    accept_ = wire::accept_value(read.fields.key);
  }
  client_.left = read.fields.length;
  if (read.fields.chunked)
    client_.now = phase::chunk_size;
  else if (client_.left > 0)
    client_.now = phase::length;
  else
    return end_body(side::client, client_);
  return true;
}

bool clean_scan::take_response(octet_view head) {
  plain_response read;
  if (!read_plain_response(head, read)) return false;
  ++figures_.server.heads;
  if (count_asked_ == 0 || server_.closes || needs_the_judge(read.status)) return false;
  const request asked = asked_[first_asked_];
  const bool empty = read.status < 200 || read.status == 204;
  if (empty && (read.fields.has_length || read.fields.chunked)) return false;
  if (read.status == 101) return take_switch(read, asked);
  if (!read.fields.upgrade.empty()) return false;
  if (read.status < 200) return true;
  return take_final(read, asked);
}

bool clean_scan::take_final(const plain_response& head, const request& asked) {
  if (asked.whole) figures_.response.add(now_ - asked.end);
  first_asked_ = (first_asked_ + 1) % most_requests;
  --count_asked_;
  if (client_.now == phase::upgrading) client_.now = phase::head;  // refused
  server_.closes = head.fields.close;
  const stream_type events = event_stream_type(head.fields.content_type);
  if (events == stream_type::unclear) return false;
  if (asked.head_only || head.status == 204 || head.status == 304) return true;
  server_.events = events == stream_type::yes;
  if (server_.events) {
    if (head.fields.content_encoding) return false;
    figures_.protocol = "sse";
    events_ = std::make_unique<clean_events>();
    last_event_.reset();
  }
  server_.left = head.fields.length;
  if (head.fields.chunked)
    server_.now = phase::chunk_size;
  else if (!head.fields.has_length)
    server_.now = phase::until_close;
  else if (server_.left > 0)
    server_.now = phase::length;
  else
    return end_body(side::server, server_);
  return true;
}

/// RFC 6455 §4.1, the client's checks of the answer. An extension would change the frames.
bool clean_scan::take_switch(const plain_response& head, const request& asked) {
  const plain_fields& fields = head.fields;
  if (!asked.upgrade || client_.now != phase::upgrading || client_.closes || fields.close)
    return false;
  if (!ascii::iequals(fields.upgrade, "websocket") || !fields.upgrade_option ||
      fields.accept != accept_ || fields.extensions || fields.subprotocol)
    return false;
  figures_.response.add(now_ - asked.end);
  figures_.protocol = "websocket";
  count_asked_ = 0;
  accept_ = {};
  client_.now = server_.now = phase::frames;
  frames_ = std::make_unique<std::array<clean_frames, 2>>(
      std::array<clean_frames, 2>{clean_frames(true), clean_frames(false)});
  return true;
}

bool clean_scan::take_body(lane& in, octet_view& data) {
  std::size_t size = data.size();
  if (in.now != phase::until_close) {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(in.left, size));
    in.left -= size;
  }
  const octet_view part = data.substr(0, size);
  data.remove_prefix(size);
  return !in.events || take_events(part);
}

/// chunk-size = 1*HEXDIG, and nothing else on its line. Source: RFC 9112 §7.1.
bool clean_scan::take_chunk_size(lane& in, octet_view& data) {
  const std::size_t end = data.find('\n');
  octet_view line = data.substr(0, end);
  const bool whole = end != octet_view::npos;
  if (in.kept.size() + line.size() > most_size_digits + 1) return false;
  if (!whole || !in.kept.empty()) {
    in.kept += line;
    line = in.kept;
  }
  data.remove_prefix(whole ? end + 1 : data.size());
  if (!whole) return true;
  if (!line.ends_with('\r') || line.size() == 1) return false;
  line.remove_suffix(1);
  in.left = 0;
  for (const char c : line) {
    const int digit = ascii::hex_digit(c);
    if (digit < 0) return false;
    in.left = in.left * 16 + static_cast<std::uint64_t>(digit);
  }
  in.kept.clear();
  in.now = in.left == 0 ? phase::last_chunk_end : phase::chunk_data;
  return true;
}

bool clean_scan::take_line_end(lane& in, octet_view& data, phase next) {
  while (!data.empty() && in.kept.size() < line_end.size()) {
    in.kept += data.front();
    data.remove_prefix(1);
  }
  if (!line_end.starts_with(in.kept)) return false;
  if (in.kept.size() < line_end.size()) return true;
  in.kept.clear();
  in.now = next;
  return true;
}

bool clean_scan::end_body(side from, lane& in) {
  if (in.events) {
    in.events = false;
    if (!events_->at_border()) return false;
    events_.reset();
  }
  if (from == side::client) {
    // The newest request is the one that ends here, unless it was answered before.
    if (count_asked_ > 0) {
      request& asked = asked_[(first_asked_ + count_asked_ - 1) % most_requests];
      asked.whole = true;
      asked.end = now_;
      in.now = asked.upgrade ? phase::upgrading : phase::head;
      return true;
    }
  }
  in.now = phase::head;
  return true;
}

bool clean_scan::take_frames(side from, octet_view& data) {
  clean_frames& frames = (*frames_)[from == side::client ? 0 : 1];
  std::optional<std::uint64_t> message;
  const bool good = frames.take(data, message);
  figures_of(from).frames = frames.frames();
  if (good && message) see_message(from, *message);
  return good;
}

void clean_scan::see_message(side from, std::uint64_t length) {
  ++figures_of(from).messages;
  if (from == side::client) {
    if (count_said_ == most_said) {
      first_said_ = (first_said_ + 1) % most_said;
      --count_said_;
    }
    said_[(first_said_ + count_said_++) % most_said] = {.length = length, .t = now_};
    return;
  }
  for (std::size_t i = 0; i < count_said_; ++i) {
    const said& one = said_[(first_said_ + i) % most_said];
    if (one.length != length) continue;
    figures_.echo.add(now_ - one.t);
    first_said_ = (first_said_ + i + 1) % most_said;
    count_said_ -= i + 1;
    return;
  }
}

bool clean_scan::take_events(octet_view data) {
  std::uint64_t& counted = figures_.server.sse_events;
  const std::uint64_t before = counted;
  const bool good = events_->take(data, counted);
  if (counted == before) return good;
  if (last_event_) figures_.sse_gap.add(now_ - *last_event_);
  last_event_ = now_;
  return good;
}

}  // namespace halley::inspect
