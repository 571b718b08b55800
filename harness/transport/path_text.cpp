#include "transport/path_text.hpp"

#include "base/ascii.hpp"
#include "base/printable.hpp"
#include "base/suggestion.hpp"
#include "base/units.hpp"
#include "clock/clock.hpp"
#include "transport/path.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace halley::transport {
namespace {

constexpr auto no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t longest_text = 400;  ///< octets of a rule
constexpr std::uint32_t million = 1'000'000;

/// Reads one value into a path. Returns: what the value should have been; nothing where it is good.
using reader = std::string (*)(std::string_view text, path& into);

std::string read_wait(std::string_view text, duration& into) {
  const auto read = parse_duration(text);
  if (!read) return std::string(duration_help);
  if (*read > longest_wait) return "no wait is longer than " + duration_text(longest_wait);
  into = *read;
  return {};
}

std::string read_delay(std::string_view text, path& into) {
  return read_wait(text, into.delay);
}
std::string read_jitter(std::string_view text, path& into) {
  return read_wait(text, into.jitter);
}
std::string read_slow_close(std::string_view text, path& into) {
  return read_wait(text, into.slow_close);
}

std::string read_rate(std::string_view text, path& into) {
  constexpr std::string_view help = "a rate is a size a second, for example 64KiB/s";
  if (!text.ends_with("/s")) return std::string(help);
  const auto read = parse_size(text.substr(0, text.size() - 2));
  if (!read || *read == 0) return std::string(help);
  into.rate = *read;
  return {};
}

std::string read_segment(std::string_view text, path& into) {
  const auto read = parse_size(text);
  if (!read) return std::string(size_help);
  if (*read == 0 || *read > std::numeric_limits<std::size_t>::max())
    return "a segment has at least one octet";
  into.segment = static_cast<std::size_t>(*read);
  return {};
}

/// "1%", "0.05%": a percentage with at most four digits behind the point is a whole number of
/// pieces in a million.
std::string read_loss(std::string_view text, path& into) {
  constexpr std::string_view help =
      "a loss is a percentage up to 100%, with at most four digits behind the "
      "point, for example 0.5%";
  if (!text.ends_with('%')) return std::string(help);
  text.remove_suffix(1);
  const auto point = text.find('.');
  std::string digits(text.substr(0, point));
  const auto fraction = point == std::string_view::npos ? "0" : text.substr(point + 1);
  if (digits.empty() || digits.size() > 3 || fraction.empty() || fraction.size() > 4)
    return std::string(help);
  digits.append(fraction).append(4 - fraction.size(), '0');
  if (!std::ranges::all_of(digits, ascii::is_digit)) return std::string(help);
  std::uint32_t read = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), read);
  if (read > million) return std::string(help);
  into.loss = read;
  return {};
}

std::string read_cut(std::string_view text, cut::kind what, path& into) {
  const auto read = parse_size(text);
  if (!read) return std::string(size_help);
  into.ends = cut{what, *read, {}};
  return {};
}

std::string read_fin(std::string_view text, path& into) {
  return read_cut(text, cut::kind::fin, into);
}
std::string read_reset(std::string_view text, path& into) {
  return read_cut(text, cut::kind::reset, into);
}
std::string read_vanish(std::string_view text, path& into) {
  return read_cut(text, cut::kind::vanish, into);
}

std::string read_hold(std::string_view text, path& into) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return "it wants a size and a duration, for example 100/5s";
  cut held{cut::kind::hold, 0, {}};
  auto wrong = read_wait(text.substr(slash + 1), held.length);
  if (wrong.empty()) wrong = read_cut(text.substr(0, slash), cut::kind::hold, into);
  if (!wrong.empty()) return wrong;
  held.after = into.ends->after;
  into.ends = held;
  return {};
}

struct setting {
  std::string_view name;
  std::string_view other_names;  ///< what other tools call it, comma separated
  reader read;
  bool cuts = false;
};

constexpr std::array<setting, 10> settings = {{
    {"delay", "latency", read_delay},
    {"jitter", "", read_jitter},
    {"rate", "bandwidth", read_rate},
    {"segment", "slicer", read_segment},
    {"loss", "", read_loss},
    {"slow-close", "", read_slow_close},
    {"fin-after", "half-close,limit-data", read_fin, true},
    {"reset-after", "rst-after,reset-peer", read_reset, true},
    {"hold-after", "", read_hold, true},
    {"vanish-after", "blackhole,timeout", read_vanish, true},
}};

struct lone_word {
  std::string_view name;
  rule::kind what;
};

constexpr std::array<lone_word, 3> lone_words = {
    {{"pass", rule::kind::pass}, {"refuse", rule::kind::refuse}, {"drop", rule::kind::drop}}};

const setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find_if(settings, [name](const setting& one) {
    const auto others = ascii::list_elements(one.other_names);
    return one.name == name || std::ranges::find(others, name) != others.end();
  });
  return found == settings.end() ? nullptr : &*found;
}

std::string quoted(std::string_view text) {
  return "'" + printable(text) + "'";
}

std::string unknown_setting(std::string_view name) {
  std::vector<std::string> known;
  std::string all;
  for (const auto& one : settings) {
    known.emplace_back(one.name);
    all.append(all.empty() ? "" : ", ").append(one.name);
    for (auto& other : ascii::list_elements(one.other_names))
      known.push_back(std::move(other));
  }
  for (const auto& one : lone_words)
    known.emplace_back(one.name);
  return "no setting is called " + quoted(name) + did_you_mean(name, known) + "; there are " + all +
         ", and alone pass, refuse, drop";
}

/// Reads "name=value" into `into`. `given` are the names that came before.
/// Returns: what is wrong; nothing where it is good.
std::string read_setting(std::string_view text, std::set<std::string_view>& given, path& into) {
  if (text.empty()) return "a setting is missing beside a comma";
  const auto equals = text.find('=');
  const auto name = ascii::trim_blank(text.substr(0, equals));
  const auto* const found = find_setting(name);
  if (found == nullptr) {
    const auto lone = std::ranges::find(lone_words, name, &lone_word::name);
    if (lone != lone_words.end()) return quoted(name) + " stands alone, without other settings";
    return unknown_setting(name);
  }
  if (equals == std::string_view::npos)
    return quoted(name) + " wants a value: " + quoted(name) + "=…";
  if (!given.insert(found->name).second) return quoted(found->name) + " is given twice";
  if (found->cuts && into.ends)
    return "a direction ends only once: one of fin-after, reset-after, hold-after, vanish-after";
  const auto value = ascii::trim_blank(text.substr(equals + 1));
  const auto wrong = found->read(value, into);
  return wrong.empty() ? wrong : quoted(name) + " is not " + quoted(value) + ": " + wrong;
}

/// A number of a connection at the front of `text`, which is moved behind it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || number == 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Reads "3", "3-5" or "3-".
bool read_connections(std::string_view text, rule& into) {
  const auto first = take_number(text);
  if (!first) return false;
  into.first = *first;
  into.last = *first;
  if (text.empty()) return true;
  if (!text.starts_with('-')) return false;
  text.remove_prefix(1);
  into.last = no_end;
  if (text.empty()) return true;
  const auto last = take_number(text);
  if (!last || !text.empty() || *last < *first) return false;
  into.last = *last;
  return true;
}

/// The text up to the next blank, which is taken off the front of `text`.
std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find_first_of(" \t"));
  text = ascii::trim_blank(text.substr(word.size()));
  return word;
}

/// Reads a direction word. Returns: whether it was one.
bool read_direction(std::string_view word, rule& into) {
  if (word == "both") return true;
  if (word == "up") into.direction = way::up;
  if (word == "down") into.direction = way::down;
  return into.direction.has_value();
}

/// Takes the direction and the connections off the front of `text`; `whole` says that nothing else
/// may stand there. Returns: what is wrong; nothing where it is good.
std::string take_selection(std::string_view& text, bool whole, rule& into) {
  auto rest = text;
  auto word = take_word(rest);
  if (read_direction(word, into)) {
    text = rest;
    word = take_word(rest);
  }
  if (!word.empty() && ascii::is_digit(word.front())) {
    if (!read_connections(word, into))
      return quoted(word) + " names no connections: they count from 1, for example 3, 3-5 or 3-";
    text = rest;
    word = take_word(rest);
  }
  if (!whole || word.empty()) return {};
  return quoted(word) + did_you_mean(word, {"up", "down", "both"}) +
         " before the ':' is neither a direction (up, down, both) nor connections (3, 3-5, 3-)";
}

/// Reads what stands behind the selection. Returns: what is wrong; nothing where it is good.
std::string read_effect(std::string_view text, rule& into) {
  if (text.empty()) return "it does not say what happens; " + std::string(rule_help);
  const auto lone = std::ranges::find(lone_words, text, &lone_word::name);
  if (lone != lone_words.end()) {
    into.what = lone->what;
    return {};
  }
  std::string error;
  const auto on = parse_path(text, error);
  if (on) into.on = *on;
  return error;
}

std::string percentage(std::uint32_t loss) {
  auto text = std::to_string(loss / 10'000);
  auto fraction = std::to_string(10'000 + loss % 10'000).substr(1);
  while (fraction.ends_with('0'))
    fraction.pop_back();
  if (!fraction.empty()) text += "." + fraction;
  return text + "%";
}

std::string cut_text(const cut& ends) {
  const auto after = size_text(ends.after);
  switch (ends.what) {
    case cut::kind::fin:
      return "fin-after=" + after;
    case cut::kind::reset:
      return "reset-after=" + after;
    case cut::kind::hold:
      return "hold-after=" + after + "/" + duration_text(ends.length);
    case cut::kind::vanish:
      break;
  }
  return "vanish-after=" + after;
}

}  // namespace

std::optional<path> parse_path(std::string_view text, std::string& error) {
  error.clear();
  if (text.size() > longest_text) {
    error = "it is longer than " + std::to_string(longest_text) + " octets";
    return std::nullopt;
  }
  path result;
  std::set<std::string_view> given;
  for (std::size_t at = 0; at <= text.size() && error.empty();) {
    const auto comma = std::min(text.find(',', at), text.size());
    error = read_setting(ascii::trim_blank(text.substr(at, comma - at)), given, result);
    at = comma + 1;
  }
  if (!error.empty()) return std::nullopt;
  return result;
}

std::optional<rule> parse_rule(std::string_view text, std::string& error) {
  rule result;
  const auto colon = text.find(':');
  const bool whole = colon != std::string_view::npos;
  auto selection = ascii::trim_blank(text.substr(0, colon));
  error = take_selection(selection, whole, result);
  const auto effect = whole ? ascii::trim_blank(text.substr(colon + 1)) : selection;
  if (error.empty()) error = read_effect(effect, result);
  if (!error.empty()) return std::nullopt;
  return result;
}

std::string to_text(const path& on) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& value) {
    text.append(text.empty() ? "" : ",").append(name).append(value);
  };
  if (on.delay.count() != 0) add("delay=", duration_text(on.delay));
  if (on.jitter.count() != 0) add("jitter=", duration_text(on.jitter));
  if (on.rate != 0) add("rate=", size_text(on.rate) + "/s");
  if (on.segment != 0) add("segment=", size_text(on.segment));
  if (on.loss != 0) add("loss=", percentage(on.loss));
  if (on.slow_close.count() != 0) add("slow-close=", duration_text(on.slow_close));
  if (on.ends) add("", cut_text(*on.ends));
  return text;
}

std::string to_text(const rule& one) {
  std::string selection;
  if (one.direction) selection = *one.direction == way::up ? "up" : "down";
  if (one.first != 1 || one.last != no_end) {
    if (!selection.empty()) selection += ' ';
    selection += std::to_string(one.first);
    if (one.last != one.first) selection += '-';
    if (one.last != one.first && one.last != no_end) selection += std::to_string(one.last);
  }
  if (!selection.empty()) selection += ": ";
  if (one.what == rule::kind::impair && one.on != path()) return selection + to_text(one.on);
  const auto word = std::ranges::find(lone_words, one.what, &lone_word::what);
  return selection + std::string(word == lone_words.end() ? "pass" : word->name);
}

}  // namespace halley::transport
