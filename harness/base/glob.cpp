#include "base/glob.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace halley {
namespace {

/// "id[a=1,b=2]" in its parts.
struct named_instance {
  std::string_view scenario;
  bool has_brackets = false;
  std::vector<std::string_view> parameters;
};

named_instance parts_of(std::string_view text) {
  named_instance result;
  const auto open = text.find('[');
  result.scenario = text.substr(0, open);
  if (open == std::string_view::npos) return result;
  result.has_brackets = true;
  auto inside = text.substr(open + 1);
  if (inside.ends_with(']')) inside.remove_suffix(1);
  for (;;) {
    const auto end = inside.find(',');
    result.parameters.push_back(inside.substr(0, end));
    if (end == std::string_view::npos) return result;
    inside.remove_prefix(end + 1);
  }
}

/// Inside of a value '/' is no border.
std::string any_octets(std::string_view glob) {
  std::string result;
  for (const char c : glob)
    result += c == '*' ? std::string("**") : std::string(1, c);
  return result;
}

}  // namespace

bool path_matches(std::string_view glob, std::string_view text) {
  while (!glob.empty() && glob.front() != '*') {
    if (text.empty() || glob.front() != text.front()) return false;
    glob.remove_prefix(1);
    text.remove_prefix(1);
  }
  // Behind so many octets of the text the glob so far can end: no star has to be tried out against
  // the others, which would take time that doubles with each.
  std::vector<bool> reached(text.size() + 1);
  reached[0] = true;
  while (!glob.empty()) {
    const bool any = glob.starts_with("**");
    if (glob.front() == '*') {
      for (std::size_t i = 0; i < text.size(); ++i)
        if (reached[i] && (any || text[i] != '/')) reached[i + 1] = true;
    } else {
      for (std::size_t i = text.size(); i > 0; --i)
        reached[i] = reached[i - 1] && text[i - 1] == glob.front();
      reached[0] = false;
    }
    glob.remove_prefix(any ? 2 : 1);
  }
  return reached[text.size()];
}

bool instance_matches(std::string_view match, std::string_view instance) {
  const auto wanted = parts_of(match);
  const auto given = parts_of(instance);
  if (!path_matches(wanted.scenario, given.scenario)) return false;
  if (!wanted.has_brackets) return true;
  const bool others = std::ranges::find(wanted.parameters, "*") != wanted.parameters.end();
  std::size_t met = 0;
  for (const auto condition : wanted.parameters) {
    if (condition == "*") continue;
    const auto glob = any_octets(condition);
    const bool holds = std::ranges::any_of(
        given.parameters, [&](std::string_view one) { return path_matches(glob, one); });
    if (!holds) return false;
    ++met;
  }
  return others || met == given.parameters.size();
}

}  // namespace halley
