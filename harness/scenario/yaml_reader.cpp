#include "scenario/yaml_reader.hpp"

#include "base/ascii.hpp"
#include "base/bytes.hpp"
#include "scenario/load.hpp"
#include "scenario/raw_text.hpp"
#include "scenario/value.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace halley::scenario {
namespace {

/// Ends the reading of a document whose remainder makes no sense, or is too much.
struct reading_stopped {};

/// A decimal integer without leading zeros: "010" and "-0" stay text.
std::optional<std::int64_t> plain_integer(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !std::ranges::all_of(digits, ascii::is_digit)) return std::nullopt;
  if (digits.starts_with('0') && text != "0") return std::nullopt;
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc()) return std::nullopt;
  return number;
}

struct measure {
  std::size_t nodes = 1;
  std::size_t height = 0;
};

measure measure_of(const value& one) {
  measure result;
  const auto add = [&result](const value& child) {
    const auto inner = measure_of(child);
    result.nodes += inner.nodes;
    result.height = std::max(result.height, inner.height);
  };
  if (const auto* items = one.list())
    for (const auto& item : *items)
      add(item);
  if (const auto* entries = one.map())
    for (const auto& entry : *entries)
      add(entry.second);
  if (one.list() != nullptr || one.map() != nullptr) ++result.height;
  return result;
}

/// Builds the tree of one document from the events of yaml-cpp.
class tree_builder final : public YAML::EventHandler {
public:
  tree_builder(std::shared_ptr<const std::string> file,
               std::vector<problem>& problems,
               const yaml_limits& limits)
      : file_(std::move(file)), problems_(problems), limits_(limits) {}

  std::optional<value> take_root() { return std::move(root_); }
  location at(const YAML::Mark& mark) const {
    return {file_, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) stop(at(mark), "a file holds one document; '---' begins another");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.is = std::monostate(), .at = at(mark)}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin({.is = value_list(), .at = at(mark)}, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin({.is = value_map(), .at = at(mark)}, tag, anchor);
  }
  void OnMapEnd() override { end(); }

private:
  /// A list or mapping that is not complete yet.
  struct open_node {
    value node;
    YAML::anchor_t anchor = 0;
    std::optional<value> key;                  ///< of a mapping, while its value is awaited
    std::map<std::string, int> lines_of_keys;  ///< of a mapping
  };

  void error(const location& where, std::string text) {
    problems_.push_back({where, std::move(text), {}});
  }
  [[noreturn]] void stop(const location& where, std::string text) {
    error(where, std::move(text));
    throw reading_stopped();
  }
  void check_tag(const location& where, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") error(where, "tags are not allowed");
  }
  void begin(value node, const std::string& tag, YAML::anchor_t anchor);
  void end();
  void add(value node, YAML::anchor_t anchor);
  void add_key(open_node& to, value key);
  void add_entry(open_node& to, value node);

  std::shared_ptr<const std::string> file_;
  std::vector<problem>& problems_;
  yaml_limits limits_;
  int documents_ = 0;
  std::vector<open_node> open_;
  std::map<YAML::anchor_t, value> anchors_;
  std::size_t expanded_ = 0;
  std::optional<value> root_;
};

void tree_builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) stop(at(mark), "an alias stands inside of what it names");
  const auto size = measure_of(found->second);
  expanded_ += size.nodes;
  if (expanded_ > limits_.expanded_nodes)
    stop(at(mark),
         "the aliases stand for more than " + std::to_string(limits_.expanded_nodes) + " nodes");
  if (open_.size() + size.height > limits_.depth)
    stop(at(mark), "nested deeper than " + std::to_string(limits_.depth) + " levels");
  add(found->second, 0);
}

void tree_builder::OnScalar(const YAML::Mark& mark,
                            const std::string& tag,
                            YAML::anchor_t anchor,
                            const std::string& text) {
  value node{.is = text, .at = at(mark)};
  check_tag(node.at, tag);
  if (tag == "?") {  // plain; what is quoted has the tag "!"
    if (text == "true" || text == "false") {
      node.is = text == "true";
    } else if (const auto number = plain_integer(text)) {
      node.is = *number;
    }
  }
  const bool is_key = !open_.empty() && open_.back().node.map() != nullptr && !open_.back().key;
  if (is_key) node.is = text;
  add(std::move(node), anchor);
}

void tree_builder::begin(value node, const std::string& tag, YAML::anchor_t anchor) {
  check_tag(node.at, tag);
  if (open_.size() >= limits_.depth)
    stop(node.at, "nested deeper than " + std::to_string(limits_.depth) + " levels");
  open_.push_back({std::move(node), anchor, std::nullopt, {}});
}

void tree_builder::end() {
  assert(!open_.empty());
  auto done = std::move(open_.back());
  open_.pop_back();
  add(std::move(done.node), done.anchor);
}

void tree_builder::add(value node, YAML::anchor_t anchor) {
  if (anchor != 0) anchors_[anchor] = node;
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  auto& to = open_.back();
  if (auto* items = std::get_if<value_list>(&to.node.is)) {
    items->push_back(std::move(node));
  } else if (!to.key) {
    add_key(to, std::move(node));
  } else {
    add_entry(to, std::move(node));
  }
}

void tree_builder::add_key(open_node& to, value key) {
  const auto* name = key.text();
  if (name == nullptr) {
    error(key.at, "a key must be text");
    key.is = octets();
  } else if (*name == "<<") {
    error(key.at, "merge keys are not allowed");
  }
  to.key = std::move(key);
}

void tree_builder::add_entry(open_node& to, value node) {
  const auto key = std::move(*to.key);
  to.key.reset();
  const auto& name = *key.text();
  const auto [first, is_new] = to.lines_of_keys.emplace(name, key.at.line);
  if (!is_new) {
    error(key.at,
          "duplicate key '" + name + "' (first at line " + std::to_string(first->second) + ")");
    return;
  }
  node.key_at = key.at;
  std::get<value_map>(to.node.is).push_back({name, std::move(node)});
}

}  // namespace

std::optional<value> read_yaml(const std::string& text,
                               const std::shared_ptr<const std::string>& file,
                               std::vector<problem>& problems,
                               const yaml_limits& limits) {
  if (text.size() > limits.octets) {
    problems.push_back(
        {{file, 1, 1}, "larger than " + std::to_string(limits.octets) + " octets", {}});
    return std::nullopt;
  }
  if (!check_raw_text(text, file, problems)) return std::nullopt;
  tree_builder builder(file, problems, limits);
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const reading_stopped&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    problems.push_back({builder.at(error.mark), "YAML: " + error.msg, {}});
    return std::nullopt;
  }
  auto root = builder.take_root();
  if (!root) problems.push_back({{file, 1, 1}, "the file is empty", {}});
  return root;
}

}  // namespace halley::scenario
