#include "wire/body_framing.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "wire/http_message.hpp"
#include "wire/wire_error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace halley::wire {
namespace {

constexpr octet_view content_length = "Content-Length";
constexpr octet_view transfer_encoding = "Transfer-Encoding";

bool all_digits(octet_view text) {
  return !text.empty() && std::ranges::all_of(text, ascii::is_digit);
}

// Content-Length = 1*DIGIT. Nothing where `text` is not that, or over 2^63-1: what recipients with
// signed lengths cannot count is as bad as no number.
std::optional<std::uint64_t> length_number(octet_view text) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!all_digits(text)) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (number > (most - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  return number;
}

struct content_length_reading {
  bool present = false;
  std::optional<std::uint64_t> length;  // where all values are valid and the same
  std::vector<wire_error> deviations;
};

// RFC 9112 §6.3: a list of valid values that are all the same counts as that value; anything else
// that is not one number is unrecoverable. Either way the sender has not written 1*DIGIT.
content_length_reading read_content_length(const field_section& fields) {
  content_length_reading reading;
  std::size_t count = 0;
  bool well_formed = true;
  bool readable = true;
  bool same = true;
  for (const octets& value : fields.all(content_length)) {
    reading.present = true;
    const std::vector<octets> elements = ascii::list_elements(value);
    // Empty list elements are skipped, but no sender may write them: "5," is not a list of two
    // lengths.
    well_formed = well_formed && !elements.empty() && value.front() != ',' && value.back() != ',';
    readable = readable && !elements.empty();
    for (const octets& element : elements) {
      const std::optional<std::uint64_t> number = length_number(element);
      readable = readable && number;
      same = same && (!reading.length || !number || *number == *reading.length);
      if (!reading.length) reading.length = number;
      ++count;
    }
  }
  if (!reading.present) return reading;
  if (!well_formed || !readable) reading.deviations.push_back(wire_error::bad_content_length);
  if (!same) reading.deviations.push_back(wire_error::conflicting_content_length);
  if (readable && same && count > 1)
    reading.deviations.push_back(wire_error::repeated_content_length);
  if (!readable || !same) reading.length.reset();
  return reading;
}

struct transfer_encoding_reading {
  bool present = false;
  bool holds_chunked = false;
  bool ends_chunked = false;
  bool unknown = false;
  bool repeated = false;
};

transfer_encoding_reading read_transfer_encoding(const field_section& fields) {
  // RFC 9112 §7.1, §7.2. "identity" was taken out by RFC 7230.
  constexpr auto compressions =
      std::to_array<octet_view>({"compress", "x-compress", "deflate", "gzip", "x-gzip"});
  transfer_encoding_reading reading;
  for (const octets& value : fields.all(transfer_encoding)) {
    reading.present = true;
    for (const octets& element : ascii::list_elements(value)) {
      const octet_view coding = octet_view(element).substr(0, element.find(';'));
      // No registered coding has parameters; their presence is an error (RFC 9112 §7.1, §7.2).
      const bool bare = coding.size() == element.size();
      const auto is_coding = [name = ascii::trim_blank(coding)](octet_view known) {
        return ascii::iequals(name, known);
      };
      const bool chunked = is_coding("chunked");
      reading.unknown =
          reading.unknown || !bare || !(chunked || std::ranges::any_of(compressions, is_coding));
      reading.repeated = reading.repeated || (chunked && reading.holds_chunked);
      reading.holds_chunked = reading.holds_chunked || chunked;
      reading.ends_chunked = chunked;
    }
  }
  return reading;
}

enum class direction { request, response };

// RFC 9112 §6.3 without the responses that have no body whatever their fields say.
body_framing framing_of_fields(const field_section& fields, http_version version, direction side) {
  body_framing framing;
  std::vector<wire_error>& deviations = framing.deviations;
  const transfer_encoding_reading coded = read_transfer_encoding(fields);
  content_length_reading counted = read_content_length(fields);
  if (coded.present) {
    if (version < http_version{1, 1})
      deviations.push_back(wire_error::transfer_encoding_in_http_1_0);
    if (coded.unknown) deviations.push_back(wire_error::unknown_transfer_coding);
    if (coded.repeated) deviations.push_back(wire_error::chunked_repeated);
    // A response may leave chunked away and end with the connection (§6.1); a request must not.
    if (!coded.ends_chunked && (side == direction::request || coded.holds_chunked))
      deviations.push_back(wire_error::chunked_not_last);
    if (counted.present) deviations.push_back(wire_error::content_length_with_transfer_encoding);
  }
  deviations.insert(deviations.end(), counted.deviations.begin(), counted.deviations.end());
  if (coded.present) {
    framing.kind = coded.ends_chunked ? framing_kind::chunked : framing_kind::until_close;
  } else if (counted.length) {
    framing.kind = framing_kind::length;
    framing.length = *counted.length;
  } else if (counted.present || side == direction::response) {
    framing.kind = framing_kind::until_close;
  }
  return framing;
}

}  // namespace

body_framing framing_of(const request_head& head) {
  return framing_of_fields(head.fields, head.version, direction::request);
}

body_framing framing_of(const response_head& head, octet_view request_method) {
  const bool informational = head.status >= 100 && head.status < 200;
  const bool opens_tunnel = request_method == "CONNECT" && head.status >= 200 && head.status < 300;
  if (informational || head.status == 204 || opens_tunnel) {
    body_framing framing;
    if (opens_tunnel || head.status == 101) framing.kind = framing_kind::tunnel;
    if (head.fields.has(content_length))
      framing.deviations.push_back(wire_error::forbidden_content_length);
    if (head.fields.has(transfer_encoding))
      framing.deviations.push_back(wire_error::forbidden_transfer_encoding);
    return framing;
  }
  body_framing framing = framing_of_fields(head.fields, head.version, direction::response);
  // These describe the body that a GET would have had: their form is judged, their length is not
  // used.
  if (request_method == "HEAD" || head.status == 304) {
    framing.kind = framing_kind::none;
    framing.length = 0;
  }
  return framing;
}

std::size_t deviant_line(wire_error deviation, const field_section& fields) {
  const bool about_length = deviation == wire_error::bad_content_length ||
                            deviation == wire_error::conflicting_content_length ||
                            deviation == wire_error::repeated_content_length ||
                            deviation == wire_error::content_length_with_transfer_encoding ||
                            deviation == wire_error::forbidden_content_length;
  const octet_view name = about_length ? content_length : transfer_encoding;
  std::size_t found = fields.lines.size();
  for (std::size_t i = 0; i < fields.lines.size(); ++i) {
    const field_line& line = fields.lines[i];
    if (!ascii::iequals(line.name, name)) continue;
    found = i;
    if (deviation == wire_error::bad_content_length) {
      if (!length_number(line.value)) break;
    } else if (deviation != wire_error::conflicting_content_length &&
               deviation != wire_error::repeated_content_length &&
               deviation != wire_error::chunked_not_last &&
               deviation != wire_error::chunked_repeated) {
      break;  // for those four it is the last line that makes it wrong
    }
  }
  return found;
}

}  // namespace halley::wire
