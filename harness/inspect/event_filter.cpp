#include "inspect/event_filter.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "capture/flow_sink.hpp"
#include "inspect/verdict.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace halley::inspect {
namespace {

constexpr std::array<std::string_view, 4> words = {"proto", "type", "side", "dir"};
constexpr std::array<std::string_view, 2> numbers = {"flow", "status"};
constexpr const char* help =
    "there are proto:, type:, side:, dir:, flow:, status:, len> len< len= and text~";

/// Takes the next word off `rest`; a part in double quotes may hold spaces, \" and \\.
/// Returns: false where a quote is not closed.
bool next_word(std::string_view& rest, std::string& word) {
  word.clear();
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != ' '); ++at) {
    if (rest[at] == '"')
      quoted = !quoted;
    else if (quoted && rest[at] == '\\' && at + 1 < rest.size())
      word += rest[++at];
    else
      word += rest[at];
  }
  rest.remove_prefix(at);
  return !quoted;
}

template <typename List>
bool holds(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace

event_filter event_filter::parse(std::string_view text, std::string& problem) {
  event_filter result;
  std::string word;
  while (true) {
    while (text.starts_with(' '))
      text.remove_prefix(1);
    if (text.empty()) return result;
    const bool closed = next_word(text, word);
    term one;
    if (!closed || !parse_term(word, one)) {
      problem = "--filter: '" + printable(word) + "' is no condition; " + help;
      return {};
    }
    result.terms_.push_back(std::move(one));
  }
}

bool event_filter::parse_term(std::string_view word, term& out) {
  out.negated = word.starts_with('-');
  if (out.negated) word.remove_prefix(1);
  const auto at = word.find_first_of(":~<>=");
  if (at == std::string_view::npos) return false;
  out.key = word.substr(0, at);
  out.relation = word[at];
  out.value = word.substr(at + 1);
  const bool numeric = holds(numbers, out.key) || out.key == "len";
  if (numeric) {
    const auto [end, error] =
        std::from_chars(out.value.data(), out.value.data() + out.value.size(), out.number);
    if (error != std::errc() || end != out.value.data() + out.value.size()) return false;
  }
  if (out.key == "len") return out.relation != ':' && out.relation != '~';
  if (out.key == "text") return out.relation == '~';
  if (out.key == "dir" && out.value != "in" && out.value != "out") return false;
  if (out.key == "side" && out.value != "client" && out.value != "server") return false;
  return out.relation == ':' && (numeric || holds(words, out.key));
}

bool event_filter::fits(const term& one, const event_facts& event) {
  if (one.key == "proto") return event.protocol == one.value;
  if (one.key == "type") return event.type == one.value;
  if (one.key == "side") return name(event.from) == one.value;
  if (one.key == "dir") return (event.from == capture::side::server) == (one.value == "in");
  if (one.key == "flow") return event.flow == one.number;
  if (one.key == "status") return static_cast<std::uint64_t>(event.status) == one.number;
  if (one.key == "text") return event.text.find(one.value) != octet_view::npos;
  if (one.relation == '<') return event.length < one.number;
  if (one.relation == '>') return event.length > one.number;
  return event.length == one.number;
}

bool event_filter::fits(const event_facts& one) const {
  return std::ranges::all_of(
      terms_, [&](const term& condition) { return fits(condition, one) != condition.negated; });
}

}  // namespace halley::inspect
