#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

/// `size` octets at `at` of all that is written become `with`.
struct edit {
  std::size_t at = 0;
  std::size_t size = 0;
  octets with;
};

/// An exchange knows its path as it was recorded; an empty one is asked for as "/".
std::string_view shown_path(const place& at) {
  return at.path.empty() ? std::string_view("/") : std::string_view(at.path);
}

bool may_follow_path(std::string_view text, std::size_t at) {
  return at >= text.size() || std::string_view(" ?&#\r\n").find(text[at]) != std::string_view::npos;
}

bool is_part_of_authority(char c) {
  return ascii::is_tchar(c) || c == ':' || c == ']';
}

/// Finds what names a place in the heads of `text`.
class finder {
public:
  finder(std::string_view text, const place& from, const place& to)
      : text_(text), from_(from), to_(to) {}

  std::vector<edit> edits() {
    bool in_head = false;
    for (std::size_t begin = 0; begin < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      const std::string_view line = text_.substr(begin, end - begin);
      const bool starts = !in_head && line.find(" HTTP/") != std::string_view::npos;
      in_head = starts || (in_head && line != "\r" && !line.empty());
      if (starts) take_path(begin, line);
      if (in_head) take_authority(begin, line);
      begin = end + 1;
    }
    std::ranges::sort(edits_, {}, &edit::at);
    return std::move(edits_);
  }

private:
  void take_path(std::size_t begin, std::string_view line) {
    const std::size_t space = line.find(' ');
    std::size_t path = space + 1;
    const std::size_t scheme = line.find("://", path);
    if (scheme < line.find(' ', path)) path = line.find_first_of("/ ", scheme + 3);
    const std::string_view old = shown_path(from_);
    if (path >= line.size() || !line.substr(path).starts_with(old)) return;
    const std::size_t behind = path + old.size();
    if (!may_follow_path(line, behind)) return;
    edits_.push_back({.at = begin + path, .size = old.size(), .with = octets(shown_path(to_))});
    // What a grammar has added to the path goes on as a query of the new one.
    if (behind < line.size() && (line[behind] == '?' || line[behind] == '&')) {
      const bool has_query = shown_path(to_).find('?') != std::string_view::npos;
      edits_.push_back({.at = begin + behind, .size = 1, .with = has_query ? "&" : "?"});
    }
  }

  void take_authority(std::size_t begin, std::string_view line) {
    const std::string_view old = from_.authority;
    if (old.empty()) return;
    for (std::size_t at = line.find(old); at != std::string_view::npos;
         at = line.find(old, at + old.size())) {
      const std::size_t behind = at + old.size();
      const bool begins = at == 0 || !is_part_of_authority(line[at - 1]);
      const bool ends = behind == line.size() || !is_part_of_authority(line[behind]);
      if (begins && ends)
        edits_.push_back({.at = begin + at, .size = old.size(), .with = to_.authority});
    }
  }

  std::string_view text_;
  const place& from_;
  const place& to_;
  std::vector<edit> edits_;
};

/// Where the write that holds octet `at` begins.
std::pair<std::size_t, std::size_t> find(const std::vector<act>& acts, std::size_t at) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < acts.size(); ++i) {
    if (at < begin + acts[i].data.size()) return {i, begin};
    begin += acts[i].data.size();
  }
  return {acts.size(), begin};
}

/// What lies in several writes is taken out of all of them and put into the first.
void apply(const edit& one, std::vector<act>& acts) {
  auto [index, begin] = find(acts, one.at);
  if (index == acts.size()) return;
  const std::size_t place_in_act = one.at - begin;
  std::size_t left = one.size;
  for (std::size_t i = index, from = place_in_act; left > 0 && i < acts.size(); ++i, from = 0) {
    const std::size_t here =
        std::min(left, acts[i].data.size() - std::min(from, acts[i].data.size()));
    acts[i].data.erase(from, here);
    left -= here;
  }
  acts[index].data.insert(place_in_act, one.with);
}

}  // namespace

exchange moved_to(const exchange& what, const place& at) {
  exchange moved = what;
  moved.at = at;
  if (what.at.authority == at.authority && what.at.path == at.path) return moved;
  const octets written = sent_by(what);
  auto edits = finder(written, what.at, at).edits();
  // From the back, so that the places of those in front stay what they are.
  std::ranges::reverse(edits);
  for (const edit& one : edits)
    apply(one, moved.acts);
  std::erase_if(moved.acts,
                [](const act& one) { return one.what == act::kind::write && one.data.empty(); });
  return moved;
}

}  // namespace halley::fuzz
