#include "wire/chunked.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_line.hpp"
#include "wire/octet_source.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace halley::wire {
namespace {

constexpr auto most_chunk_octets =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::size_t skip_blanks(octet_view text, std::size_t i) {
  while (i < text.size() && ascii::is_blank(text[i]))
    ++i;
  return i;
}

std::size_t skip_token(octet_view text, std::size_t i) {
  while (i < text.size() && ascii::is_tchar(text[i]))
    ++i;
  return i;
}

bool may_be_quoted(char c) {
  return c == '\t' || !ascii::is_control(c);
}

// quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE. RFC 9110 §5.6.4.
// Returns: where it ends; nothing, and `i` at the wrong octet, where it is none.
bool skip_quoted_string(octet_view text, std::size_t& i) {
  for (++i; i < text.size(); ++i) {
    if (text[i] == '"') {
      ++i;
      return true;
    }
    if (text[i] == '\\') ++i;
    if (i == text.size() || !may_be_quoted(text[i])) return false;
  }
  return false;
}

}  // namespace

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
std::optional<std::size_t> wrong_in_extension(octet_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t semicolon = skip_blanks(text, i);
    if (semicolon == text.size() || text[semicolon] != ';') return i;
    const std::size_t name = skip_blanks(text, semicolon + 1);
    i = skip_token(text, name);
    if (i == name) return name;
    const std::size_t equals = skip_blanks(text, i);
    if (equals == text.size() || text[equals] != '=') continue;
    i = skip_blanks(text, equals + 1);
    if (i < text.size() && text[i] == '"') {
      if (!skip_quoted_string(text, i)) return i;
    } else {
      const std::size_t value = i;
      i = skip_token(text, value);
      if (i == value) return value;
    }
  }
  return std::nullopt;
}

chunked_decoder::progress chunked_decoder::feed(octet_source& in, std::vector<http_item>& out) {
  while (!in.empty()) {
    auto reached = progress::more;
    switch (part_) {
      case part::size_line:
        reached = read_size_line(in, out);
        break;
      case part::data:
        read_data(in, out);
        break;
      case part::data_end:
      case part::data_end_lf:
        read_data_end(in, out);
        break;
      case part::trailer:
        reached = read_trailer(in, out);
        break;
    }
    if (reached != progress::more) return reached;
  }
  return progress::more;
}

std::optional<std::uint64_t> chunked_decoder::unfinished_line() const {
  if (part_ == part::size_line && !chunk_line_.empty()) return chunk_line_.at();
  if (part_ == part::trailer && !trailer_.empty()) return trailer_.at();
  return std::nullopt;
}

chunked_decoder::progress chunked_decoder::read_size_line(octet_source& in,
                                                          std::vector<http_item>& out) {
  const auto taken = chunk_line_.take(in);
  if (!read_size(out)) return progress::failed;
  if (taken == line_collector::result::over_limit) {
    report(out, wire_error::chunk_line_too_long, chunk_line_.at(), limits_.chunk_line_octets);
    return progress::failed;
  }
  if (taken == line_collector::result::more) return progress::more;

  const std::size_t mark = out.size();
  const http_line line = split_line(chunk_line_.line(), chunk_line_.at(), out);
  const octet_view extension = line.text.substr(size_digits_);
  if (const auto wrong = wrong_in_extension(extension))
    report(out, wire_error::bad_chunk_extension, line.at + size_digits_ + *wrong,
           extension.size() - *wrong);
  sort_by_offset(out, mark);
  out.push_back({.at = line.at,
                 .size = line.whole.size(),
                 .what = chunk_header{.size = size_, .extension = octets(extension)}});
  chunk_line_.restart();
  size_digits_ = 0;
  size_ended_ = false;
  part_ = size_ == 0 ? part::trailer : part::data;
  return progress::more;
}

// chunk-size = 1*HEXDIG. Read while it comes: octets that are no size are refused at the first
// wrong one, not when a line end happens to follow.
bool chunked_decoder::read_size(std::vector<http_item>& out) {
  const octet_view line = chunk_line_.line();
  while (!size_ended_ && size_digits_ < line.size()) {
    const char c = line[size_digits_];
    const int digit = ascii::hex_digit(c);
    if (digit < 0) {
      constexpr octet_view may_follow = " \t;\r\n";
      size_ended_ = size_digits_ > 0 && may_follow.find(c) != octet_view::npos;
      if (size_ended_) break;
      report(out, wire_error::bad_chunk_size, chunk_line_.at(), size_digits_ + 1);
      return false;
    }
    const auto value = static_cast<std::uint64_t>(digit);
    if (size_digits_ == 0) size_ = 0;
    if (size_ > (most_chunk_octets - value) / 16) {
      report(out, wire_error::chunk_size_overflow, chunk_line_.at(), size_digits_ + 1);
      return false;
    }
    size_ = size_ * 16 + value;
    ++size_digits_;
  }
  return true;
}

void chunked_decoder::read_data(octet_source& in, std::vector<http_item>& out) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size_, in.rest.size()));
  const std::uint64_t at = in.at;
  out.push_back({.at = at, .size = count, .what = body_piece{octets(in.take(count))}});
  size_ -= count;
  if (size_ == 0) part_ = part::data_end;
}

// The octet that should be LF, or the CR before it, is not: what follows is tried as the next
// chunk, since senders forget the line end more often than they miscount.
void chunked_decoder::read_data_end(octet_source& in, std::vector<http_item>& out) {
  const char c = in.rest.front();
  const bool after_cr = part_ == part::data_end_lf;
  if (c == '\r' && !after_cr) {
    in.take(1);
    part_ = part::data_end_lf;
    return;
  }
  part_ = part::size_line;
  if (c == '\n') {
    if (!after_cr) report(out, wire_error::bare_lf, in.at, 1);
    in.take(1);
  } else if (after_cr) {
    report(out, wire_error::missing_chunk_crlf, in.at - 1, 1);
  } else {
    report(out, wire_error::missing_chunk_crlf, in.at, 0);
  }
}

// trailer-section = *( field-line CRLF ), then the empty line of chunked-body. RFC 9112 §7.1.2.
chunked_decoder::progress chunked_decoder::read_trailer(octet_source& in,
                                                        std::vector<http_item>& out) {
  const auto taken = trailer_.take(in);
  if (taken == line_collector::result::more) return progress::more;
  if (taken == line_collector::result::over_limit) {
    report(out, wire_error::head_too_long, trailer_.at(), limits_.head_octets);
    return progress::failed;
  }
  const std::size_t mark = out.size();
  const bool ended = fields_.add(split_line(trailer_.line(), trailer_.line_at(), out), out);
  sort_by_offset(out, mark);
  trailer_.next_line();
  if (!ended) return progress::more;
  if (!fields_.fields().lines.empty())
    out.push_back({.at = trailer_.at(),
                   .size = trailer_.all().size(),
                   .what = trailer_section{fields_.take()}});
  return progress::done;
}

}  // namespace halley::wire
