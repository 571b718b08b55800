#include "wire/http_decoder.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/fifo.hpp"
#include "wire/body_framing.hpp"
#include "wire/chunked.hpp"
#include "wire/field_lines.hpp"
#include "wire/http_line.hpp"
#include "wire/http_message.hpp"
#include "wire/octet_source.hpp"
#include "wire/start_line.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace halley::wire {

// The life of one direction:
//   start  --start line-->  fields  --empty line-->  body of some framing, or start, or left
//   body   --its end-->     start, or left where leave() was asked for or the framing is a tunnel
//   any    --octets that make no sense-->  left
//   any    --finish()-->    finished
struct http_decoder::state {
  enum class phase { start, fields, length, chunked, until_close, left, finished };

  state(http_role which, const http_limits& bounds)
      : role(which), limits(bounds), lines(bounds.head_octets) {}

  void read_start(octet_source& in, std::vector<http_item>& out);
  void read_start_line(std::vector<http_item>& out);
  void read_fields(octet_source& in, std::vector<http_item>& out);
  void read_body(std::uint64_t most, octet_source& in, std::vector<http_item>& out);
  void read_chunked(octet_source& in, std::vector<http_item>& out);
  void step(octet_source& in, std::vector<http_item>& out);

  void end_head(std::vector<http_item>& out);
  template <typename Head>
  void give_head(Head& head, const body_framing& framing, std::vector<http_item>& out);
  void begin_body(const body_framing& framing, std::uint64_t offset, std::vector<http_item>& out);
  void end_message(bool complete, std::uint64_t offset, std::vector<http_item>& out);
  void leave_at(std::uint64_t offset, std::vector<http_item>& out);
  void head_over_limit(std::vector<http_item>& out);

  http_role role;
  http_limits limits;
  phase now = phase::start;
  std::uint64_t at = 0;  // stream offset of the next octet to be fed
  std::uint64_t left_offset = 0;
  bool leave_after_message = false;
  fifo<octets> methods;  // of requests that are still to be answered

  line_collector lines;
  field_lines_reader fields;
  request_head request;
  response_head response;

  std::uint64_t body_left = 0;  // for phase::length
  std::optional<chunked_decoder> chunks;
};

void http_decoder::state::leave_at(std::uint64_t offset, std::vector<http_item>& out) {
  out.push_back({.at = offset, .size = 0, .what = left_http{}});
  left_offset = offset;
  now = phase::left;
  lines.restart();
  fields.take();
  chunks.reset();
}

void http_decoder::state::head_over_limit(std::vector<http_item>& out) {
  report(out, wire_error::head_too_long, lines.at(), limits.head_octets);
  leave_at(lines.at(), out);
}

void http_decoder::state::read_start(octet_source& in, std::vector<http_item>& out) {
  const auto taken = lines.take(in);
  const octet_view line = lines.line();
  if (line == "\r\n" || line == "\n") {
    report(out, wire_error::blank_before_start_line, lines.at(), line.size());
    split_line(line, lines.at(), out);
    lines.restart();
    return;
  }
  const bool may_be_blank = line == "\r";
  if (!may_be_blank && guess_start_line(role, line) == start_line_guess::no_message) {
    // Octets that begin as a method are a request gone wrong. Others are some other protocol; so is
    // a token without an end, which breaks no rule.
    const auto method =
        static_cast<std::size_t>(std::ranges::find_if_not(line, ascii::is_tchar) - line.begin());
    if (role == http_role::request && method > 0 && method <= method_octets)
      report(out, wire_error::bad_method, lines.at(), method + 1);
    leave_at(lines.at(), out);
  } else if (taken == line_collector::result::over_limit) {
    head_over_limit(out);
  } else if (taken == line_collector::result::line) {
    read_start_line(out);
  }
}

void http_decoder::state::read_start_line(std::vector<http_item>& out) {
  const std::size_t mark = out.size();
  const http_line line = split_line(lines.line(), lines.line_at(), out);
  if (role == http_role::request) {
    request = {};
    read_request_line(line, request, out);
  } else {
    response = {};
    read_status_line(line, response, out);
  }
  sort_by_offset(out, mark);
  lines.next_line();
  now = phase::fields;
}

void http_decoder::state::read_fields(octet_source& in, std::vector<http_item>& out) {
  const auto taken = lines.take(in);
  if (taken == line_collector::result::over_limit) {
    head_over_limit(out);
  } else if (taken == line_collector::result::line) {
    const std::size_t mark = out.size();
    const bool ended = fields.add(split_line(lines.line(), lines.line_at(), out), out);
    sort_by_offset(out, mark);
    lines.next_line();
    if (ended) end_head(out);
  }
}

void http_decoder::state::end_head(std::vector<http_item>& out) {
  const std::uint64_t end = lines.at() + lines.all().size();
  body_framing framing;
  if (role == http_role::request) {
    request.fields = fields.take();
    framing = framing_of(request);
    give_head(request, framing, out);
  } else {
    response.fields = fields.take();
    framing = framing_of(response, methods.empty() ? octet_view("GET") : methods.front());
    // 101 needs no exception: nothing behind it is HTTP.
    const bool interim = response.status >= 100 && response.status < 200;
    if (!interim && !methods.empty()) methods.take_front();
    give_head(response, framing, out);
  }
  begin_body(framing, end, out);
}

template <typename Head>
void http_decoder::state::give_head(Head& head,
                                    const body_framing& framing,
                                    std::vector<http_item>& out) {
  for (const wire_error deviation : framing.deviations) {
    const std::size_t line = deviant_line(deviation, head.fields);
    report(out, deviation, fields.offset_of(line), head.fields.lines[line].raw.size());
  }
  head.raw = lines.restart();
  const std::uint64_t size = head.raw.size();
  out.push_back({.at = lines.at(), .size = size, .what = std::exchange(head, {})});
}

void http_decoder::state::begin_body(const body_framing& framing,
                                     std::uint64_t offset,
                                     std::vector<http_item>& out) {
  switch (framing.kind) {
    case framing_kind::none:
      end_message(true, offset, out);
      break;
    case framing_kind::length:
      body_left = framing.length;
      now = phase::length;
      if (body_left == 0) end_message(true, offset, out);
      break;
    case framing_kind::chunked:
      chunks.emplace(limits);
      now = phase::chunked;
      break;
    case framing_kind::until_close:
      now = phase::until_close;
      break;
    case framing_kind::tunnel:
      leave_after_message = true;
      end_message(true, offset, out);
      break;
  }
}

void http_decoder::state::end_message(bool complete,
                                      std::uint64_t offset,
                                      std::vector<http_item>& out) {
  out.push_back({.at = offset, .size = 0, .what = message_end{.complete = complete}});
  chunks.reset();
  now = phase::start;
  if (leave_after_message) leave_at(offset, out);
}

void http_decoder::state::read_body(std::uint64_t most,
                                    octet_source& in,
                                    std::vector<http_item>& out) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, in.rest.size()));
  const std::uint64_t begin = in.at;
  out.push_back({.at = begin, .size = count, .what = body_piece{octets(in.take(count))}});
}

void http_decoder::state::read_chunked(octet_source& in, std::vector<http_item>& out) {
  const auto progress = chunks->feed(in, out);
  if (progress == chunked_decoder::progress::done) {
    end_message(true, in.at, out);
  } else if (progress == chunked_decoder::progress::failed) {
    // RFC 9112 §8: a message whose chunked coding cannot be decoded is incomplete.
    const std::uint64_t border = chunks->unfinished_line().value_or(in.at);
    leave_after_message = true;
    end_message(false, border, out);
  }
}

void http_decoder::state::step(octet_source& in, std::vector<http_item>& out) {
  switch (now) {
    case phase::start:
      read_start(in, out);
      break;
    case phase::fields:
      read_fields(in, out);
      break;
    case phase::length: {
      const std::uint64_t before = in.at;
      read_body(body_left, in, out);
      body_left -= in.at - before;
      if (body_left == 0) end_message(true, in.at, out);
      break;
    }
    case phase::chunked:
      read_chunked(in, out);
      break;
    case phase::until_close:
      read_body(in.rest.size(), in, out);
      break;
    case phase::left:
    case phase::finished:
      in.take(in.rest.size());
      break;
  }
}

http_decoder::http_decoder(http_role role, http_limits limits)
    : state_(std::make_unique<state>(role, limits)) {
}
http_decoder::~http_decoder() = default;
http_decoder::http_decoder(http_decoder&&) noexcept = default;
http_decoder& http_decoder::operator=(http_decoder&&) noexcept = default;

void http_decoder::expect_answer_to(octet_view method) {
  if (state_->role == http_role::response) state_->methods.push_back(octets(method));
}

void http_decoder::feed(octet_view input, std::vector<http_item>& out) {
  assert(state_->now != state::phase::finished);
  octet_source in{.rest = input, .at = state_->at};
  while (!in.empty())
    state_->step(in, out);
  state_->at = in.at;
}

void http_decoder::finish(std::vector<http_item>& out) {
  state& s = *state_;
  switch (s.now) {
    case state::phase::start:
    case state::phase::fields:
      if (!s.lines.empty())
        report(out, wire_error::truncated_head, s.lines.at(), s.lines.all().size());
      break;
    case state::phase::length:
    case state::phase::chunked:
      report(out, wire_error::truncated_body, s.at, 0);
      s.end_message(false, s.at, out);
      break;
    case state::phase::until_close:
      s.end_message(true, s.at, out);
      break;
    case state::phase::left:
    case state::phase::finished:
      break;
  }
  if (s.now != state::phase::left) s.now = state::phase::finished;
}

bool http_decoder::left() const {
  return state_->now == state::phase::left;
}

void http_decoder::leave(std::vector<http_item>& out) {
  switch (state_->now) {
    case state::phase::start:
    case state::phase::fields:
      state_->leave_at(http_offset(), out);
      break;
    case state::phase::length:
    case state::phase::chunked:
    case state::phase::until_close:
      state_->leave_after_message = true;
      break;
    case state::phase::left:
    case state::phase::finished:
      break;
  }
}

std::uint64_t http_decoder::http_offset() const {
  const state& s = *state_;
  switch (s.now) {
    case state::phase::left:
      return s.left_offset;
    case state::phase::start:
    case state::phase::fields:
      return s.lines.empty() ? s.at : s.lines.at();
    case state::phase::chunked:
      return s.chunks->unfinished_line().value_or(s.at);
    case state::phase::length:
    case state::phase::until_close:
    case state::phase::finished:
      return s.at;
  }
  return s.at;
}

}  // namespace halley::wire
