#include "engine/selection.hpp"

#include "base/ascii.hpp"
#include "base/glob.hpp"
#include "base/printable.hpp"
#include "engine/suite_notes.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.emplace_back(ascii::trim_blank(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool has_tag(const scenario::scenario& of, const std::string& tag) {
  return std::ranges::find(of.tags, tag) != of.tags.end();
}

std::string_view kind_word(scenario::kind one) {
  if (one == scenario::kind::survey) return "survey";
  return one == scenario::kind::robustness ? "robustness" : "conformance";
}

std::optional<selection> keyed_term(const std::string& key, const std::string& word) {
  if (key == "tag") return [word](const scenario::instance& one) { return has_tag(*one.of, word); };
  if (key == "kind")
    return [word](const scenario::instance& one) { return kind_word(one.of->purpose) == word; };
  if (key == "sut")
    return [word](const scenario::instance& one) { return role_name(one.of->sut) == word; };
  if (key == "req")
    return [word](const scenario::instance& one) {
      return std::ranges::any_of(one.of->requirements, [&](const auto& requirement) {
        return path_matches(word, requirement.ledger);
      });
    };
  if (key == "level")
    return [word](const scenario::instance& one) {
      return std::ranges::any_of(one.of->requirements, [&](const auto& requirement) {
        return ascii::iequals(name(requirement.weight), word);
      });
    };
  return std::nullopt;
}

std::optional<selection> parse_term(std::string text, std::string& problem) {
  const bool negated = text.starts_with('!');
  if (negated) text = ascii::trim_blank(std::string_view(text).substr(1));
  std::optional<selection> term;
  const auto colon = text.find(':');
  if (text.empty()) {
    problem = "a filter term is empty";
  } else if (colon != std::string::npos && text.find('[') == std::string::npos) {
    term = keyed_term(text.substr(0, colon), text.substr(colon + 1));
    if (!term)
      problem = "unknown filter '" + printable(text.substr(0, colon)) +
                ":'; there are tag:, kind:, sut:, level: and req:";
  } else {
    const bool whole = text.find('[') != std::string::npos;
    term = [text, whole](const scenario::instance& one) {
      return path_matches(text, whole ? one.id : one.of->id);
    };
  }
  if (!term || !negated) return term;
  return [inner = std::move(*term)](const scenario::instance& one) { return !inner(one); };
}

}  // namespace

std::optional<selection> parse_filter(std::string_view text, std::string& problem) {
  std::vector<std::vector<selection>> any;
  for (const auto& alternative : split(text, '|')) {
    std::vector<selection> all;
    for (auto& word : split(alternative, '&')) {
      auto term = parse_term(std::move(word), problem);
      if (!term) return std::nullopt;
      all.push_back(std::move(*term));
    }
    any.push_back(std::move(all));
  }
  return [any = std::move(any)](const scenario::instance& one) {
    return std::ranges::any_of(any, [&](const auto& all) {
      return std::ranges::all_of(all, [&](const auto& term) { return term(one); });
    });
  };
}

selection parse_tags(std::string_view text) {
  return [words = split(text, ',')](const scenario::instance& one) {
    return std::ranges::all_of(words, [&](const std::string& word) {
      return word.starts_with('!') ? !has_tag(*one.of, word.substr(1)) : has_tag(*one.of, word);
    });
  };
}

}  // namespace halley::engine
