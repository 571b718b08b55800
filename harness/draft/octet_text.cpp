#include "draft/octet_text.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "scenario/value.hpp"
#include "scenario/written_value.hpp"

#include <cstddef>
#include <cstdint>

namespace halley::draft {

namespace written = scenario::written;

bool is_clean_text(octet_view data) {
  if (data.find("${") != octet_view::npos) return false;
  // Those that quotes escape are no reason.
  octets shown;
  for (const char c : data)
    if (c != '\r' && c != '\n' && c != '\t' && c != '\\') shown += c;
  return printable(shown, shown.size()) == shown;
}

scenario::value octets_value(octet_view data) {
  constexpr std::size_t long_octets = 64;
  const bool same = data.find_first_not_of(data.substr(0, 1)) == octet_view::npos;
  if (data.size() >= long_octets && same)
    return written::map({{"repeat", octets_value(data.substr(0, 1))},
                         {"count", written::number(static_cast<std::int64_t>(data.size()))}});
  if (is_clean_text(data)) return written::text(octets(data));
  return written::map({{"hex", written::text(to_hex(data))}});
}

}  // namespace halley::draft
