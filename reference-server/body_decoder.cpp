#include "reference-server/body_decoder.hpp"

#include "base/bytes.hpp"
#include "reference-server/chunk_line.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace halley::gateway {
namespace {

constexpr std::size_t maximum_chunk_line = 4096;

/// How many chunks the mutant takes that counts them.
constexpr std::size_t counted_chunks = 1000;

/// The chunk that another mutant takes one octet off.
constexpr std::uint64_t whole_page = 4096;

}  // namespace

body_decoder::body_decoder(const request& head, const options& how)
    : how_(&how),
      chunked_(head.body == framing::chunked),
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
      if (short_) into.pop_back();
      next_ = expected::data_end;
      if (!chunked_) state_ = state::ended;
    } else if (next_ == expected::data_end && how_->mutant("chunk-data-end-unseen")) {
      skip_data_end(input);
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
  const std::size_t limit =
      next_ == expected::trailer ? how_->http_maximum_head_size : maximum_chunk_line;
  if (line_.size() > limit) fail();
  // Behind chunk data only CRLF may come: say so at the first octet that is not.
  if (next_ == expected::data_end && !octet_view("\r").starts_with(line_) &&
      !how_->mutant("chunk-data-end-by-line"))
    fail();
  if (end == octet_view::npos && how_->mutant("split-line-lost")) line_.clear();
  if (end == octet_view::npos || state_ == state::broken) return false;
  if (line_.ends_with('\r')) {
    line_.pop_back();
  } else if (next_ == expected::trailer && how_->mutant("trailer-lf-overlooked")) {
    line_ += '\n';
    return false;
  } else if (!how_->mutant("bare-lf")) {
    fail();
  }
  return state_ != state::broken;
}

/// Takes two octets for a line end, whatever they are.
void body_decoder::skip_data_end(octet_view& input) {
  line_ += input.front();
  input.remove_prefix(1);
  if (line_.size() < 2) return;
  line_.clear();
  next_ = expected::size;
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
      if (!line_.empty() && !how_->mutant("chunk-data-end-by-line")) fail();
      break;
    case expected::data:
      break;
  }
}

void body_decoder::read_size() {
  const auto size = parse_chunk_line(line_, *how_);
  if (!size) return fail();
  if (++chunks_ > counted_chunks && how_->mutant("many-chunks-refused")) return fail();
  short_ = how_->mutant("chunk-4096-short") && last_size_ == 1 && *size == whole_page;
  last_size_ = *size;
  remaining_ = *size;
  const bool last = how_->mutant("last-chunk-by-text") ? line_ == "0" : *size == 0;
  next_ = last ? expected::trailer : expected::data;
  if (last && how_->mutant("trailer-is-next-request")) state_ = state::ended;
}

void body_decoder::read_trailer() {
  if (line_.empty()) {
    state_ = state::ended;
    return;
  }
  trailer_octets_ += line_.size() + 2;
  const auto one = parse_field(line_, *how_);
  if (!one && how_->mutant("trailer-unchecked")) return;
  if (!one || trailer_octets_ > how_->http_maximum_head_size) return fail();
  trailers_.push_back(*one);
}

}  // namespace halley::gateway
