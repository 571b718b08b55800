#include "inspect/clean_events.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace halley::inspect {
namespace {

constexpr std::size_t most_kept_octets = std::size_t{16} << 10U;
constexpr std::size_t most_event_octets = std::size_t{1} << 20U;

}  // namespace

bool clean_events::take(octet_view data, std::uint64_t& events) {
  if (utf8_.feed(data) != data.size()) return false;
  while (!data.empty()) {
    const std::size_t end = data.find('\n');
    if (end == octet_view::npos) return keep(data);
    octet_view line = data.substr(0, end);
    if (!kept_.empty()) {
      kept_ += line;
      line = kept_;
    }
    if (!take_line(line, events)) return false;
    kept_.clear();
    data.remove_prefix(end + 1);
  }
  return true;
}

/// Of a line whose LF has not come. Returns: false where CR has ended it already.
bool clean_events::keep(octet_view part) {
  const std::size_t end = part.find('\r');
  if (!settled() || (end != octet_view::npos && end + 1 < part.size())) return false;
  kept_ += part;
  return kept_.size() <= most_kept_octets;
}

bool clean_events::take_line(octet_view line, std::uint64_t& events) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  event_octets_ += line.size();
  if (event_octets_ > most_event_octets) return false;
  if (line.empty()) {
    events += has_data_ ? 1 : 0;
    has_field_ = has_data_ = false;
    event_octets_ = 0;
    return true;
  }
  // A CR ends a line too, and NUL makes an id void.
  constexpr octet_view unclear("\r\0", 2);
  if (line.find_first_of(unclear) != octet_view::npos) return false;
  const std::size_t colon = line.find(':');
  if (colon == 0) return true;
  const octet_view name = line.substr(0, colon);
  has_field_ = true;
  if (name == "data") {
    has_data_ = true;
    return true;
  }
  if (name != "retry") return name == "event" || name == "id";
  octet_view value = colon == octet_view::npos ? octet_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return !value.empty() && std::ranges::all_of(value, ascii::is_digit);
}

}  // namespace halley::inspect
