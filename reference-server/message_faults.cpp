#include "reference-server/message_faults.hpp"

#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/topic.hpp"
#include "reference-server/websocket.hpp"

#include <algorithm>
#include <cstddef>

namespace halley::gateway {
namespace {

/// The text with each surrogate, or each overlong form of two octets, made another character.
octets forgiven(octets text, const options& how) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool surrogate = octet_at(text, i) == 0xED && octet_at(text, i + 1) >= 0xA0;
    if (surrogate && how.mutant("utf8-surrogate-accepted")) text[i + 1] = '\x80';
    const bool overlong = octet_at(text, i) == 0xC0 || octet_at(text, i) == 0xC1;
    if (overlong && how.mutant("utf8-overlong-accepted")) text[i] = '\xC2';
  }
  return text;
}

bool has_noncharacter(octet_view text) {
  return text.find("\xEF\xBF\xBE") != octet_view::npos ||
         text.find("\xEF\xBF\xBF") != octet_view::npos;
}

}  // namespace

bool is_sound(const websocket::message& one, const options& how) {
  if (how.mutants.empty()) return !one.text || is_utf8(one.data);
  if (!one.text) return !how.mutant("binary-as-text") || is_utf8(one.data);
  if (how.mutant("utf8-unchecked")) return true;
  if (how.mutant("noncharacter-refused") && has_noncharacter(one.data)) return false;
  return is_utf8(forgiven(one.data, how));
}

void damage(websocket::message& one, const options& how) {
  if (how.mutant("message-length-16-bit")) one.data.resize(one.data.size() & 0xFFFFU);
  if (how.mutant("text-ends-at-nul") && one.text)
    one.data.resize(std::min(one.data.find('\0'), one.data.size()));
}

}  // namespace halley::gateway
