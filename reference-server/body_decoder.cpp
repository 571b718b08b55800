#include "reference-server/body_decoder.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace halley::gateway {
namespace {

constexpr std::size_t maximum_chunk_line = 4096;

octet_view skip_blank(octet_view text) {
  while (!text.empty() && ascii::is_blank(text.front()))
    text.remove_prefix(1);
  return text;
}

/// Takes a token or a quoted-string off the front; nothing taken means neither is there.
std::size_t word_length(octet_view text) {
  if (!text.starts_with('"'))
    return static_cast<std::size_t>(std::ranges::find_if_not(text, ascii::is_tchar) - text.begin());
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// Source: RFC 9112 §7.1.1.
bool is_extensions(octet_view text) {
  if (std::ranges::any_of(text, [](char c) { return ascii::is_control(c) && c != '\t'; }))
    return false;
  while (!text.empty()) {
    text = skip_blank(text);
    if (!text.starts_with(';')) return false;
    text = skip_blank(text.substr(1));
    const std::size_t name = text.starts_with('"') ? 0 : word_length(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    const octet_view behind = skip_blank(text);
    if (!behind.starts_with('=')) continue;
    text = skip_blank(behind.substr(1));
    const std::size_t value = word_length(text);
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

}  // namespace

body_decoder::body_decoder(const request& head, const options& how)
    : chunked_(head.body == framing::chunked),
      bare_lf_(how.mutant("bare-lf")),
      maximum_trailer_(how.http_maximum_head_size),
      state_(head.body == framing::none ? state::ended : state::more),
      next_(chunked_ ? expected::size : expected::data),
      remaining_(chunked_ ? 0 : head.length) {
}

std::size_t body_decoder::feed(octet_view input, octets& into) {
  const std::size_t given = input.size();
  while (state_ == state::more && !input.empty()) {
    if (next_ == expected::data) {
      const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
      into.append(input.substr(0, take));
      input.remove_prefix(take);
      remaining_ -= take;
      if (remaining_ != 0) continue;
      next_ = expected::data_end;
      if (!chunked_) state_ = state::ended;
    } else if (take_line(input)) {
      end_of_line();
      line_.clear();
    }
  }
  return given - input.size();
}

/// Moves octets to line_ up to the line's end, which is taken but not kept.
bool body_decoder::take_line(octet_view& input) {
  const std::size_t end = input.find('\n');
  line_.append(input.substr(0, end));
  input.remove_prefix(std::min(end == octet_view::npos ? end : end + 1, input.size()));
  const std::size_t limit = next_ == expected::trailer ? maximum_trailer_ : maximum_chunk_line;
  if (line_.size() > limit) fail();
  // Behind chunk data only CRLF may come: say so at the first octet that is not.
  if (next_ == expected::data_end && !octet_view("\r").starts_with(line_)) fail();
  if (end == octet_view::npos || state_ == state::broken) return false;
  if (line_.ends_with('\r')) {
    line_.pop_back();
  } else if (!bare_lf_) {
    fail();
  }
  return state_ != state::broken;
}

void body_decoder::end_of_line() {
  switch (next_) {
    case expected::size:
      read_size();
      break;
    case expected::trailer:
      read_trailer();
      break;
    case expected::data_end:
      next_ = expected::size;
      if (!line_.empty()) fail();
      break;
    case expected::data:
      break;
  }
}

void body_decoder::read_size() {
  std::size_t digits = 0;
  remaining_ = 0;
  for (; digits < line_.size(); ++digits) {
    const int digit = ascii::hex_digit(line_[digits]);
    if (digit < 0) break;
    if (remaining_ >> 60U != 0) return fail();  // would pass 64 bits
    remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
  }
  if (digits == 0 || !is_extensions(octet_view(line_).substr(digits))) return fail();
  next_ = remaining_ == 0 ? expected::trailer : expected::data;
}

void body_decoder::read_trailer() {
  if (line_.empty()) {
    state_ = state::ended;
    return;
  }
  trailer_octets_ += line_.size() + 2;
  const auto one = parse_field(line_);
  if (!one || trailer_octets_ > maximum_trailer_) return fail();
  trailers_.push_back(*one);
}

}  // namespace halley::gateway
