#include "wire/utf8.hpp"

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace halley::wire {
namespace {

/// How many octets of `input`, from `from` on, are ASCII; looks at eight at a time.
std::size_t ascii_run(octet_view input, std::size_t from) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::size_t at = from;
  while (input.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, input.data() + at, sizeof word);
    if ((word & high_bits) != 0) break;
    at += sizeof word;
  }
  while (at < input.size() && octet_at(input, at) < 0x80)
    ++at;
  return at - from;
}

}  // namespace

std::size_t utf8_validator::feed(octet_view input) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (needed_ == 0) {
      i += ascii_run(input, i);
      if (i == input.size()) break;
    }
    const std::uint8_t octet = octet_at(input, i);
    if (needed_ > 0) {
      if (octet < lowest_ || octet > highest_) return i;
      --needed_;
      lowest_ = 0x80;
      highest_ = 0xBF;
      continue;
    }
    // RFC 3629 §4: the second octet's bounds keep out overlong forms, surrogates and what is above
    // U+10FFFF.
    if (octet < 0xC2 || octet > 0xF4) return i;
    needed_ = octet < 0xE0 ? 1 : octet < 0xF0 ? 2 : 3;
    if (octet == 0xE0) lowest_ = 0xA0;
    if (octet == 0xED) highest_ = 0x9F;
    if (octet == 0xF0) lowest_ = 0x90;
    if (octet == 0xF4) highest_ = 0x8F;
  }
  return input.size();
}

bool utf8_validator::complete() const {
  return needed_ == 0;
}

void utf8_validator::reset() {
  *this = utf8_validator();
}

bool is_utf8(octet_view text) {
  utf8_validator validator;
  return validator.feed(text) == text.size() && validator.complete();
}

octets with_replacements(octet_view text) {
  constexpr octet_view replacement = "\xEF\xBF\xBD";
  octets result;
  result.reserve(text.size());
  utf8_validator validator;
  std::size_t begun = 0;  // the first octet of the sequence that is not complete yet
  while (!text.empty()) {
    const std::size_t good = validator.feed(text);
    if (good == text.size() && validator.complete()) return result.append(text);
    // What came before the broken sequence is whole characters: find where the sequence begins.
    begun = good;
    if (!validator.complete()) {
      do {
        --begun;
      } while (octet_at(text, begun) < 0xC0);
    }
    result.append(text.substr(0, begun)).append(replacement);
    // The octet that broke a sequence may begin the next one; one that can begin none is replaced
    // alone.
    text.remove_prefix(begun < good ? good : good + 1);
    validator.reset();
  }
  return result;
}

}  // namespace halley::wire
