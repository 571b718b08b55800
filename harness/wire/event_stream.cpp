#include "wire/event_stream.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/utf8.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::wire {
namespace {

constexpr octet_view byte_order_mark = "\xEF\xBB\xBF";

/// Finds line ends in one piece of input, CR or LF, each octet looked at twice at most: the next LF
/// is kept while CRs before it are found.
class line_end_finder {
public:
  explicit line_end_finder(octet_view input) : input_(input), next_lf_(input.find('\n')) {}

  /// The place of the first CR or LF at or behind `from`, or the size of the input.
  std::size_t find(std::size_t from) {
    if (next_lf_ != octet_view::npos && next_lf_ < from) next_lf_ = input_.find('\n', from);
    const std::size_t end = std::min(next_lf_, input_.size());
    const std::size_t cr = input_.substr(from, end - from).find('\r');
    return cr == octet_view::npos ? end : from + cr;
  }

private:
  octet_view input_;
  std::size_t next_lf_;
};

/// The value of a run of ASCII digits; what is larger than the type becomes its largest value.
/// Returns: nothing where there is no digit or something else.
std::optional<std::uint64_t> parse_retry(octet_view value) {
  if (value.empty() || !std::ranges::all_of(value, ascii::is_digit)) return std::nullopt;
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t result = 0;
  for (const char c : value) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (result > (largest - digit) / 10) return largest;
    result = result * 10 + digit;
  }
  return result;
}

}  // namespace

/// The parser of WHATWG HTML, "interpreting an event stream", one line after the other.
struct event_stream_decoder::state {
  explicit state(sse_limits given) : limits(given) {}

  void feed(octet_view input, std::vector<sse_item>& out);
  void finish(std::vector<sse_item>& out);

  std::size_t skip_byte_order_mark(octet_view input);
  void take_part(octet_view part);
  void validate(octet_view part);
  void end_line();
  void read_line(octet_view text);
  void read_field(octet_view name, octet_view value);
  void add_data(octet_view value);
  void dispatch();

  void report(wire_error error, std::uint64_t at, std::uint64_t size) {
    items->push_back({at, size, error});
  }
  /// Reports something about the whole line that has just ended; its end counts as one octet, even
  /// where CR was followed by LF: that LF may come any time later.
  template <typename What>
  void push_line(What what) {
    items->push_back({line_at, offset + 1 - line_at, std::move(what)});
  }

  sse_limits limits;
  std::vector<sse_item>* items = nullptr;  ///< where feed() puts what it finds
  std::uint64_t offset = 0;                ///< of the octet that is looked at
  std::size_t mark_octets =
      0;                  ///< of a leading byte order mark; more than it has: looked for no more
  bool after_cr = false;  ///< an LF now belongs to the CR before it
  utf8_validator utf8;
  bool utf8_bad = false;

  std::uint64_t line_at = 0;
  octets line;
  bool line_too_long = false;

  std::uint64_t block_at = 0;
  bool in_block = false;   ///< a line that is not empty has come since the last empty one
  bool has_field = false;  ///< one of them was a field
  bool has_data = false;
  bool data_too_long = false;
  sse_event event;  ///< `type` and `data` of the block so far, `last_event_id` of the stream
};

void event_stream_decoder::state::feed(octet_view input, std::vector<sse_item>& out) {
  items = &out;
  input.remove_prefix(skip_byte_order_mark(input));
  line_end_finder ends(input);
  std::size_t at = 0;
  while (at < input.size()) {
    if (std::exchange(after_cr, false) && input[at] == '\n') {
      ++at;
      line_at = ++offset;
      continue;
    }
    const std::size_t end = ends.find(at);
    take_part(input.substr(at, end - at));
    if (end == input.size()) return;
    validate(input.substr(end, 1));
    end_line();
    after_cr = input[end] == '\r';
    at = end + 1;
    line_at = ++offset;
  }
}

/// "If the first character is U+FEFF": one byte order mark is dropped, which may come in parts.
/// Returns: how many octets of `input` were part of it.
std::size_t event_stream_decoder::state::skip_byte_order_mark(octet_view input) {
  std::size_t taken = 0;
  while (mark_octets < byte_order_mark.size() && taken < input.size()) {
    if (input[taken] != byte_order_mark[mark_octets]) {
      // It was none: its octets belong to the first line.
      const std::size_t begun = std::exchange(mark_octets, byte_order_mark.size());
      offset = line_at = 0;
      take_part(byte_order_mark.substr(0, begun));
      return taken;
    }
    ++taken;
    ++mark_octets;
    line_at = ++offset;
  }
  return taken;
}

/// Takes octets of a line, its end excluded. What is found is reported in the order of the octets,
/// so that the order does not depend on how the input is cut.
void event_stream_decoder::state::take_part(octet_view part) {
  if (!line_too_long) {
    const octet_view fits = part.substr(0, limits.line_octets - line.size());
    validate(fits);
    line += fits;
    offset += fits.size();
    part.remove_prefix(fits.size());
    if (part.empty()) return;
    line_too_long = true;
    line.clear();
    report(wire_error::event_stream_line_too_long, line_at, limits.line_octets + 1);
  }
  validate(part);
  offset += part.size();
}

/// The stream is decoded as UTF-8; what is not becomes U+FFFD. Reported once, at the first
/// impossible octet.
void event_stream_decoder::state::validate(octet_view part) {
  if (utf8_bad) return;
  const std::size_t good = utf8.feed(part);
  if (good == part.size()) return;
  utf8_bad = true;
  report(wire_error::event_stream_bad_utf8, offset + good, 1);
}

void event_stream_decoder::state::end_line() {
  const bool ignored = std::exchange(line_too_long, false);
  if (line.empty() && !ignored) {
    dispatch();
    return;
  }
  if (!std::exchange(in_block, true)) block_at = line_at;
  if (ignored)
    has_field = true;
  else if (utf8_bad)
    // Lines end with ASCII, so that decoding them one by one is the same as decoding the stream.
    read_line(with_replacements(line));
  else
    read_line(line);
  line.clear();
}

void event_stream_decoder::state::read_line(octet_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0) {
    push_line(sse_comment{octets(text.substr(1))});
    return;
  }
  has_field = true;
  if (colon == octet_view::npos) {
    read_field(text, "");
    return;
  }
  octet_view value = text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  read_field(text.substr(0, colon), value);
}

void event_stream_decoder::state::read_field(octet_view name, octet_view value) {
  if (name == "data") {
    add_data(value);
  } else if (name == "event") {
    event.type = value;
  } else if (name == "id") {
    if (value.find('\0') != octet_view::npos) {
      push_line(wire_error::event_stream_nul_in_id);
      return;
    }
    event.last_event_id = value;
    event.id = value;
  } else if (name == "retry") {
    if (const auto milliseconds = parse_retry(value))
      push_line(sse_retry{*milliseconds});
    else
      push_line(wire_error::event_stream_bad_retry);
  } else {
    push_line(wire_error::event_stream_unknown_field);
  }
}

void event_stream_decoder::state::add_data(octet_view value) {
  if (data_too_long) return;
  const std::size_t more = value.size() + (has_data ? 1 : 0);
  if (more > limits.data_octets - event.data.size()) {
    data_too_long = true;
    event.data.clear();
    push_line(wire_error::event_stream_line_too_long);
    return;
  }
  if (std::exchange(has_data, true)) event.data += '\n';
  event.data += value;
}

/// An empty line. Without data nothing is dispatched, but the id stays and the type goes.
void event_stream_decoder::state::dispatch() {
  octets id = event.last_event_id;
  if (has_data && !data_too_long) {
    if (event.type.empty()) event.type = "message";
    items->push_back({block_at, offset + 1 - block_at, std::move(event)});
  }
  event = sse_event();
  event.last_event_id = std::move(id);
  in_block = has_field = has_data = data_too_long = false;
}

void event_stream_decoder::state::finish(std::vector<sse_item>& out) {
  items = &out;
  if (mark_octets > 0 && mark_octets < byte_order_mark.size()) {
    offset = line_at = 0;
    take_part(byte_order_mark.substr(0, std::exchange(mark_octets, byte_order_mark.size())));
  }
  if (!utf8_bad && !utf8.complete()) {
    utf8_bad = true;
    report(wire_error::event_stream_bad_utf8, offset - 1, 1);
  }
  // Comments alone are not thrown away: they were never more than comments.
  const bool line_begun = line_too_long || (!line.empty() && line.front() != ':');
  if (!has_field && !line_begun) return;
  const std::uint64_t at = in_block ? block_at : line_at;
  report(wire_error::event_stream_unfinished, at, offset - at);
  in_block = has_field = line_too_long = false;
  line.clear();
}

event_stream_decoder::event_stream_decoder(sse_limits limits)
    : state_(std::make_unique<state>(limits)) {
}
event_stream_decoder::~event_stream_decoder() = default;
event_stream_decoder::event_stream_decoder(event_stream_decoder&&) noexcept = default;
event_stream_decoder& event_stream_decoder::operator=(event_stream_decoder&&) noexcept = default;

void event_stream_decoder::feed(octet_view input, std::vector<sse_item>& out) {
  state_->feed(input, out);
}

void event_stream_decoder::finish(std::vector<sse_item>& out) {
  state_->finish(out);
}

octets encode(const sse_fields& fields) {
  octets out;
  const auto line = [&](octet_view name, octet_view value) {
    out.append(name).append(": ").append(value).append(fields.line_end);
  };
  if (fields.id) line("id", *fields.id);
  if (fields.event) line("event", *fields.event);
  if (fields.retry) line("retry", *fields.retry);
  if (fields.data) {
    octet_view rest = *fields.data;
    line_end_finder ends(rest);
    std::size_t at = 0;
    while (true) {
      const std::size_t end = ends.find(at);
      line("data", rest.substr(at, end - at));
      if (end == rest.size()) break;
      at = end + (rest.substr(end).starts_with("\r\n") ? 2 : 1);
    }
  }
  return out.append(fields.line_end);
}

}  // namespace halley::wire
