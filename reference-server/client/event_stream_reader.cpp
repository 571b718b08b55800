#include "reference-server/client/event_stream_reader.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "reference-server/client/client_options.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace halley::gateway {
namespace {

constexpr octet_view byte_order_mark = "\xEF\xBB\xBF";
constexpr octet_view replacement = "\xEF\xBF\xBD";
constexpr std::size_t short_line = 4096;  // what a mutant keeps of a line

/// What octets may follow `lead`: how many, and the range of the first of them.
/// Source: Encoding Standard, UTF-8 decoder.
struct expected_octets {
  std::size_t count = 0;
  unsigned lower = 0x80;
  unsigned upper = 0xBF;
};

expected_octets expected_behind(unsigned lead, const client_options& how) {
  expected_octets result;
  if (lead >= 0xC2 && lead <= 0xDF) result.count = 1;
  if (lead >= 0xE0 && lead <= 0xEF) result.count = 2;
  if (lead >= 0xF0 && lead <= 0xF4) result.count = 3;
  if (lead == 0xE0) result.lower = 0xA0;  // what is shorter is overlong
  if (lead == 0xED && !how.mutant("client-sse-surrogate-taken")) result.upper = 0x9F;
  if (lead == 0xF0) result.lower = 0x90;
  if (lead == 0xF4) result.upper = 0x8F;  // U+10FFFF
  return result;
}

/// Each octet a character, as if the stream were ISO-8859-1.
octets from_latin_1(octet_view text) {
  octets result;
  for (const char c : text) {
    const unsigned value = static_cast<unsigned char>(c);
    if (value >= 0x80U) result += static_cast<char>(0xC0U | value >> 6U);
    result += static_cast<char>(value >= 0x80U ? 0x80U | (value & 0x3FU) : value);
  }
  return result;
}

/// What mutants do to a name and a value; a healthy reader takes both as they are.
void bend_field(octets& name, octets& value, const client_options& how) {
  if (how.mutant("client-sse-names-any-case")) name = ascii::to_lower(name);
  if (how.mutant("client-sse-names-trimmed")) name = ascii::trim_blank(name);
  if (how.mutant("client-sse-value-trimmed")) value = ascii::trim_blank(value);
  if (how.mutant("client-sse-nul-ends-value")) value = value.substr(0, value.find('\0'));
}

/// What a mutant takes for the end of a line besides CR and LF.
void break_at_other_separators(octets& piece) {
  constexpr std::array<octet_view, 5> others = {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xC2\x85", "\x0B",
                                                "\x0C"};
  for (const octet_view one : others)
    for (std::size_t at = 0; (at = piece.find(one, at)) != octets::npos;)
      piece.replace(at, one.size(), "\n");
}

}  // namespace

octets decoded_utf8(octet_view text, const client_options& how) {
  if (how.mutant("client-sse-latin-1")) return from_latin_1(text);
  octets result;
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned lead = octet_at(text, at);
    const expected_octets behind = expected_behind(lead, how);
    std::size_t size = 1;
    unsigned lower = behind.lower;
    unsigned upper = behind.upper;
    while (size <= behind.count && at + size < text.size() && octet_at(text, at + size) >= lower &&
           octet_at(text, at + size) <= upper) {
      ++size;
      lower = 0x80;
      upper = 0xBF;
    }
    const bool surrogate = lead == 0xED && size == 3 && octet_at(text, at + 1) > 0x9F;
    const bool whole = lead < 0x80 || (behind.count != 0 && size == behind.count + 1 && !surrogate);
    if (whole)
      result += text.substr(at, size);
    else if (!how.mutant("client-sse-bad-utf-8-lost"))
      result += replacement;
    if (!whole && how.mutant("client-sse-bad-utf-8-swallows") && at + size < text.size()) ++size;
    at += size;
  }
  return result;
}

event_stream_reader::event_stream_reader(const client_options& how, octets last_id)
    : how_(&how), id_(last_id), last_id_(std::move(last_id)) {
}

bool event_stream_reader::feed(octet_view piece, const listener& dispatch) {
  octets broken;
  if (how_->mutant("client-sse-other-line-ends")) {
    broken = piece;
    break_at_other_separators(broken);
    piece = broken;
  }
  // A block may come in any pieces; a mutant begins anew with each.
  if (how_->mutant("client-sse-piece-is-line") && !line_.empty() && !end_line(dispatch))
    return false;
  if (how_->mutant("client-sse-split-crlf-twice")) after_cr_ = false;
  while (!piece.empty()) {
    // LF behind CR belongs to the same line end, whenever it comes.
    if (after_cr_ && piece.front() == '\n' && !how_->mutant("client-sse-crlf-twice")) {
      piece.remove_prefix(1);
      after_cr_ = false;
      continue;
    }
    after_cr_ = false;
    const bool cr_ends = !how_->mutant("client-sse-cr-unseen");
    const std::size_t end = std::min(piece.find_first_of(cr_ends ? "\r\n" : "\n"), piece.size());
    if (how_->maximum_message - std::min(how_->maximum_message, line_.size() + data_.size()) <
        end) {
      too_large_ = true;
      return false;
    }
    line_ += piece.substr(0, end);
    if (end == piece.size()) return true;
    after_cr_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    if (!cr_ends && line_.ends_with('\r')) line_.pop_back();
    if (!end_line(dispatch)) return false;
  }
  return true;
}

void event_stream_reader::end(const listener& dispatch) {
  if (!how_->mutant("client-sse-end-dispatches")) return;
  if (end_line(dispatch)) dispatch_block(dispatch);
}

bool event_stream_reader::end_line(const listener& dispatch) {
  const octets line = std::exchange(line_, "");
  octet_view seen = line;
  const bool may_mark =
      std::exchange(first_line_, false) || how_->mutant("client-sse-bom-anywhere");
  if (may_mark && seen.starts_with(byte_order_mark) && !how_->mutant("client-sse-bom-kept"))
    seen.remove_prefix(byte_order_mark.size());
  if (how_->mutant("client-sse-long-line-cut")) seen = seen.substr(0, short_line);
  return take_line(seen, dispatch);
}

bool event_stream_reader::take_line(octet_view line, const listener& dispatch) {
  if (line.empty()) return dispatch_block(dispatch);
  const bool last = how_->mutant("client-sse-last-colon");
  const std::size_t colon = last ? line.rfind(':') : line.find(':');
  if (colon == 0 && how_->mutant("client-sse-comment-dispatches")) return dispatch_block(dispatch);
  if (colon == 0 && !how_->mutant("client-sse-comment-is-field")) return true;
  if (colon == 0) return take_line(line.substr(1), dispatch);
  octets value;
  if (colon != octet_view::npos) {
    octet_view rest = line.substr(colon + 1);
    const bool spaced = rest.starts_with(' ');
    if (spaced && !how_->mutant("client-sse-space-kept")) rest.remove_prefix(1);
    if (how_->mutant("client-sse-spaces-lost"))
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    value = decoded_utf8(rest, *how_);
  } else if (how_->mutant("client-sse-no-colon-ignored")) {
    return true;
  }
  octets name(line.substr(0, colon));
  bend_field(name, value, *how_);
  take_field(name, std::move(value));
  return true;
}

void event_stream_reader::take_field(octet_view name, octets value) {
  if (name == "event") {
    if (type_.empty() || !how_->mutant("client-sse-first-type-stays")) type_ = std::move(value);
  } else if (name == "data" || how_->mutant("client-sse-any-field-is-data")) {
    if (how_->mutant("client-sse-last-data-wins")) data_.clear();
    data_ += value;
    if (!how_->mutant("client-sse-data-joined")) data_ += '\n';
  } else if (name == "id") {
    const bool has_nul = value.find('\0') != octets::npos;
    if (has_nul && !how_->mutant("client-sse-nul-in-id")) return;
    if (value.empty() && how_->mutant("client-sse-empty-id-ignored")) return;
    id_ = std::move(value);
    if (how_->mutant("client-sse-id-before-dispatch")) last_id_ = id_;
  } else if (name == "retry") {
    take_retry(value);
  }
}

void event_stream_reader::take_retry(octet_view value) {
  const bool digits = !value.empty() && std::ranges::all_of(value, ascii::is_digit);
  if (!digits && !how_->mutant("client-sse-retry-by-strtol")) return;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / 10 - 1;
  std::uint64_t sum = 0;
  for (const char c : value) {
    if (!ascii::is_digit(c)) break;
    if (sum < most) sum = sum * 10 + static_cast<std::uint64_t>(c - '0');
  }
  retry_ = sum;
}

bool event_stream_reader::dispatch_block(const listener& dispatch) {
  const bool has_data =
      !data_.empty() || (!type_.empty() && how_->mutant("client-sse-no-data-told"));
  // The id counts even where there is nothing to tell.
  if (has_data || !how_->mutant("client-sse-id-without-data-lost")) last_id_ = id_;
  if (!has_data) {
    id_ = last_id_;
    if (!how_->mutant("client-sse-type-kept-without-data")) type_.clear();
    return true;
  }
  if (data_.ends_with('\n') && !how_->mutant("client-sse-last-line-end-kept")) data_.pop_back();
  stream_message one;
  if (!type_.empty()) one.type = type_;
  one.data = std::exchange(data_, "");
  one.id = last_id_;
  if (one.data.empty() && how_->mutant("client-sse-empty-data-untold")) return true;
  if (!how_->mutant("client-sse-type-kept")) type_.clear();
  if (how_->mutant("client-sse-id-per-message")) id_.clear();
  return dispatch(std::move(one));
}

}  // namespace halley::gateway
