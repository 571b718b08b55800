#include "engine/value_match.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "engine/environment.hpp"
#include "engine/payload.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"

#include <boost/regex.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace halley::engine {
namespace {

using op = scenario::match::op;

constexpr std::size_t regex_octets = 64UL * 1024U;
constexpr std::size_t shown_octets = 40;

std::string sha256(octet_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

boost::regex compiled(const std::string& pattern) {
  try {
    return boost::regex(pattern);
  } catch (const boost::regex_error&) {
    throw bad_expression("'" + printable(pattern) + "' is no regular expression");
  }
}

bool regex_found(const octets& text, const std::string& pattern) {
  const auto wanted = compiled(pattern);
  try {
    // Without the flag "^" would also match behind each line end, so that "^(?!.*X)" always holds
    // for a text that ends with one.
    return boost::regex_search(text.substr(0, regex_octets), wanted, boost::match_single_line);
  } catch (const std::runtime_error&) {
    return false;  // too complex for what the target sent: not found within the limit
  }
}

bool between(const octets& got, const scenario::value_list& bounds) {
  if (bounds.size() != 2) throw bad_expression("between wants two numbers");
  if (got.empty() || got.size() > 18 || !std::ranges::all_of(got, ascii::is_digit)) return false;
  const std::int64_t number = as_integer({got, {}});
  return number >= as_integer(bounds[0]) && number <= as_integer(bounds[1]);
}

bool equals(const octets& got, const scenario::value& wanted) {
  return got == to_octets(wanted);
}

}  // namespace

bool satisfies(const std::optional<octets>& got, const scenario::match& wanted) {
  if (wanted.how == op::absent) return !got;
  if (!got) return false;
  switch (wanted.how) {
    case op::absent:
    case op::present:
      return true;
    case op::equals:
      return equals(*got, wanted.operand);
    case op::icase:
      return ascii::iequals(*got, as_text(wanted.operand));
    case op::token:
      return ascii::list_has_token(*got, as_text(wanted.operand));
    case op::contains:
      return got->find(to_octets(wanted.operand)) != octets::npos;
    case op::matches:
      return regex_found(*got, as_text(wanted.operand));
    case op::any_of:
      if (const auto* list = wanted.operand.list())
        return std::ranges::any_of(*list, [&](const auto& one) { return equals(*got, one); });
      throw bad_expression("any_of wants a list");
    case op::between:
      if (const auto* list = wanted.operand.list()) return between(*got, *list);
      throw bad_expression("between wants two numbers");
    case op::sha256:
      return sha256(*got) == ascii::to_lower(as_text(wanted.operand));
  }
  return false;
}

std::string describe(const scenario::match& wanted) {
  const auto operand = [&] {
    if (wanted.operand.map() != nullptr) {
      // Not resolved yet: only as it is written.
      const auto written = scenario::to_text(wanted.operand);
      if (written.find("${") != std::string::npos) return printable(written, shown_octets);
      const auto data = to_octets(wanted.operand);
      return std::to_string(data.size()) + " octets " + to_spaced_hex(data, 8);
    }
    return printable(scenario::to_text(wanted.operand), shown_octets);
  };
  switch (wanted.how) {
    case op::absent:
      return "absent";
    case op::present:
      return "present";
    case op::equals:
      return operand();
    case op::icase:
      return operand() + " (any case)";
    case op::token:
      return "token " + operand();
    case op::contains:
      return "contains " + operand();
    case op::matches:
      return "matches /" + operand() + "/";
    case op::any_of:
      return "any of " + operand();
    case op::between:
      return "between " + operand();
    case op::sha256:
      return "sha256 " + operand();
  }
  return {};
}

}  // namespace halley::engine
