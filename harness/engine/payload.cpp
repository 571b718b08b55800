#include "engine/payload.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "base/random.hpp"
#include "engine/environment.hpp"
#include "scenario/units.hpp"
#include "scenario/value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace halley::engine {
namespace {

using scenario::value;

void hold_limit(std::uint64_t size) {
  if (size > payload_limit)
    throw bad_expression("a payload of " + std::to_string(size) + " octets is over the limit of " +
                         std::to_string(payload_limit));
}

octets utf8_text(std::size_t size) {
  constexpr std::array<octet_view, 6> characters = {"a", "é", "☄", "𝄞", "ß", "z"};
  octets result;
  for (std::size_t i = 0; result.size() < size; ++i) {
    const auto next = characters[i % characters.size()];
    result += result.size() + next.size() <= size ? next : octet_view(".");
  }
  return result;
}

octets patterned(const std::string& pattern, std::size_t size, std::uint64_t seed) {
  if (pattern == "zero") return octets(size, '\0');
  if (pattern == "prng") return random_source::named(seed, "payload").bytes(size);
  if (pattern == "utf8") return utf8_text(size);
  octets result(size, '\0');
  if (pattern == "counter") {
    for (std::size_t i = 0; i < size; ++i)
      result[i] = static_cast<char>(i & 0xFFU);
  } else if (pattern == "ascii") {
    // 95 printable characters: no period that divides a power of two, so a lost block shows.
    for (std::size_t i = 0; i < size; ++i)
      result[i] = static_cast<char>(' ' + i % 95);
  } else {
    throw bad_expression("unknown pattern '" + printable(pattern) + "'");
  }
  return result;
}

octets repeated(const value& what, const value* count) {
  const auto one = to_octets(what);
  const auto times = count == nullptr ? 1 : as_integer(*count);
  if (times < 0) throw bad_expression("a count below zero");
  // Each bounded by itself first: their product must not wrap, nor a count of nothings run on.
  hold_limit(static_cast<std::uint64_t>(times));
  hold_limit(one.size() * static_cast<std::uint64_t>(times));
  octets result;
  for (std::int64_t i = 0; i < times; ++i)
    result += one;
  return result;
}

octets joined(const scenario::value_list& parts) {
  octets result;
  for (const auto& part : parts) {
    result += to_octets(part);
    hold_limit(result.size());
  }
  return result;
}

}  // namespace

std::uint64_t to_size(const value& what) {
  if (const auto* number = what.integer()) {
    if (*number < 0) throw bad_expression("a size below zero");
    return static_cast<std::uint64_t>(*number);
  }
  const auto text = as_text(what);
  const auto parsed = scenario::parse_size(text);
  if (!parsed) throw bad_expression("'" + printable(text) + "' is no size, for example 64KiB");
  return *parsed;
}

octets to_octets(const value& what) {
  if (what.list() != nullptr) return joined(*what.list());
  if (what.map() == nullptr) return as_text(what);
  if (const auto* text = what.find("text")) return as_text(*text);
  if (const auto* hex = what.find("hex")) {
    const auto read = from_hex(as_text(*hex));
    if (!read) throw bad_expression("'" + printable(as_text(*hex)) + "' is no hexadecimal");
    return *read;
  }
  if (const auto* base64 = what.find("base64")) {
    const auto read = from_base64(as_text(*base64));
    if (!read) throw bad_expression("'" + printable(as_text(*base64)) + "' is no base64");
    return *read;
  }
  if (const auto* concat = what.find("concat"); concat != nullptr && concat->list() != nullptr)
    return joined(*concat->list());
  if (const auto* repeat = what.find("repeat")) return repeated(*repeat, what.find("count"));
  if (const auto* pattern = what.find("pattern")) {
    const auto* size = what.find("size");
    const auto length = size == nullptr ? 0 : to_size(*size);
    hold_limit(length);
    const auto* seed = what.find("seed");
    return patterned(as_text(*pattern), length,
                     seed == nullptr ? 0 : static_cast<std::uint64_t>(as_integer(*seed)));
  }
  throw bad_expression("octets were wanted: text, hex, base64, pattern, concat or repeat");
}

}  // namespace halley::engine
