#include "scenario/load.hpp"

#include "base/bytes.hpp"
#include "base/printable.hpp"
#include "scenario/baseline.hpp"
#include "scenario/compatibility.hpp"
#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/link.hpp"
#include "scenario/profile.hpp"
#include "scenario/raw_text.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "scenario/yaml_peek.hpp"
#include "scenario/yaml_reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

namespace fs = std::filesystem;

/// Folders right below the root that hold no scenarios.
constexpr std::array<std::string_view, 5> other_rooms = {"requirements", "fragments", "profiles",
                                                         "suites", "baselines"};

bool is_yaml(const fs::path& file) {
  return file.extension() == ".yaml" || file.extension() == ".yml";
}

bool is_fragment(const fs::path& file) {
  return file.filename().string().ends_with(".fragment.yaml");
}

bool is_compatibility(const fs::path& file) {
  return file.filename().string().ends_with(".compatibility.yaml");
}

/// A table of what our scenarios are called elsewhere: it stands beside them and is none.
bool is_map(const fs::path& file) {
  return file.filename().string().ends_with("-map.yaml");
}

/// Whether a file of a folder that was named is one of those that are played.
bool may_hold_scenario(const fs::path& file) {
  const auto name = file.filename().string();
  const auto room = file.parent_path().filename().string();
  return !is_fragment(file) && !is_compatibility(file) && !name.ends_with(".profile.yaml") &&
         !name.ends_with(".baseline.yaml") &&
         std::ranges::find(other_rooms, room) == other_rooms.end();
}

/// The YAML files below `folder` that are to be read, sorted.
std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> result;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    if (it->is_regular_file(error) && is_yaml(it->path()) && !is_map(it->path()))
      result.push_back(it->path());
  std::ranges::sort(result);
  return result;
}

struct sorted_files {
  std::vector<fs::path> ledgers;
  std::vector<fs::path> fragments;
  std::vector<fs::path> compatibilities;
  std::vector<fs::path> scenarios;
};

sorted_files files_below(const fs::path& root) {
  sorted_files result;
  for (const auto& file : yaml_files(root)) {
    const auto room = file.lexically_relative(root).begin()->string();
    if (is_fragment(file) || room == "fragments") {
      result.fragments.push_back(file);
    } else if (is_compatibility(file)) {
      result.compatibilities.push_back(file);
    } else if (room == "requirements") {
      result.ledgers.push_back(file);
    } else if (std::ranges::find(other_rooms, room) == other_rooms.end()) {
      result.scenarios.push_back(file);
    }
  }
  return result;
}

/// Where two ways to write a path meet.
std::string key_of(const fs::path& file) {
  std::error_code error;
  const auto whole = fs::weakly_canonical(file, error);
  return (error ? file : whole).string();
}

constexpr std::size_t read_octets = std::size_t{64} * 1024;

/// The octets of `file`, one more than the limit at most: enough to know that there are too many.
std::optional<std::string> text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  const yaml_limits limits;
  std::string text;
  std::string block(read_octets, '\0');
  while (text.size() <= limits.octets && in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block, 0, static_cast<std::size_t>(in.gcount()));
  }
  text.resize(std::min(text.size(), limits.octets + 1));
  return text;
}

/// Reads files, and gives each problem the line that it is about.
class reader {
public:
  /// The tree of `file`; nothing where it cannot be read.
  std::optional<value> read(const fs::path& file, std::vector<problem>& problems) {
    return read(file, text_of(file), problems);
  }

  /// The same where its text was taken before.
  std::optional<value> read(const fs::path& file,
                            std::optional<std::string> text,
                            std::vector<problem>& problems) {
    auto name = std::make_shared<const std::string>(file.string());
    if (text) return parse(std::move(*text), name, problems);
    problems.push_back({{name, 1, 1}, "cannot be opened", {}});
    return std::nullopt;
  }

  std::optional<value> parse(std::string text,
                             const std::shared_ptr<const std::string>& name,
                             std::vector<problem>& problems) {
    const auto& kept = texts_[*name] = std::move(text);
    return read_yaml(kept, name, problems);
  }

  /// Sorts by file, line and column, drops what is said twice (an alias repeats what it names), and
  /// adds the source lines.
  void finish(std::vector<problem>& problems) const {
    const auto order = [](const problem& one) {
      static const std::string nowhere;
      return std::tie(one.at.file ? *one.at.file : nowhere, one.at.line, one.at.column, one.text);
    };
    std::ranges::sort(problems,
                      [&order](const auto& a, const auto& b) { return order(a) < order(b); });
    const auto twice = std::ranges::unique(
        problems, [&order](const auto& a, const auto& b) { return order(a) == order(b); });
    problems.erase(twice.begin(), twice.end());
    std::map<std::string, std::vector<std::string_view>> lines;
    for (auto& one : problems) {
      const auto found = one.at.file ? texts_.find(*one.at.file) : texts_.end();
      if (found == texts_.end()) continue;
      auto& split = lines[found->first];
      if (split.empty()) split = lines_of(found->second);
      const auto index = static_cast<std::size_t>(std::max(one.at.line, 1) - 1);
      if (index < split.size()) one.line = split[index];
    }
  }

private:
  std::map<std::string, std::string> texts_;
};

template <class T>
void append(std::vector<T>& to, std::vector<T> more) {
  std::ranges::move(more, std::back_inserter(to));
}

/// A scenario file between reading and linking.
struct scenario_source {
  std::shared_ptr<scenario> content = std::make_shared<scenario>();
  decoding names;
  bool good = false;     ///< all of it was read
  bool selected = true;  ///< it is wanted; of others there are only id and file
  bool in_root = true;
};

class loader {
public:
  loader(library& into, const id_choice& wanted) : into_(into), wanted_(wanted) {}

  void read_ledger(const fs::path& file);
  void read_fragment(const fs::path& file);
  void read_compatibility(const fs::path& file);
  void read_scenario(const fs::path& file, bool in_root);
  /// Notes the id of a scenario that is not wanted: others may name it or take it again.
  void note_scenario(const fs::path& file);
  void link();

private:
  void check_ledger_ids();
  void check_scenario_ids();

  void note_scenario(const fs::path& file, const std::optional<std::string>& id);

  library& into_;
  const id_choice& wanted_;
  reader reader_;
  fragment_library fragments_;
  std::vector<reference> named_in_tables_;
  std::vector<scenario_source> scenarios_;
};

void loader::read_ledger(const fs::path& file) {
  const auto tree = reader_.read(file, into_.problems);
  if (!tree) return;
  decoding with;
  ledger read;
  ledger_file().decode(*tree, read, with);
  append(into_.problems, std::move(with.problems));
  for (auto& one : read.entries) {
    if (one.id.empty()) continue;
    one.id = read.name + "/" + one.id;
    into_.ledger.push_back(std::move(one));
  }
}

void loader::read_fragment(const fs::path& file) {
  const auto tree = reader_.read(file, into_.problems);
  if (!tree) return;
  decoding with;
  fragment_source read;
  read.at = tree->at;
  const bool good = fragment_file().decode(*tree, read.content, with);
  append(into_.problems, std::move(with.problems));
  read.uses = std::move(with.uses);
  read.definitions = std::move(with.definitions);
  // A fragment with mistakes is still known by its name: one mistake, one message.
  if (good || !read.content.id.empty()) fragments_.add(std::move(read), into_.problems);
}

void loader::read_compatibility(const fs::path& file) {
  const auto tree = reader_.read(file, into_.problems);
  if (!tree) return;
  decoding with;
  compatibility read;
  compatibility_file().decode(*tree, read, with);
  append(into_.problems, std::move(with.problems));
  append(named_in_tables_, std::move(with.uses));
  into_.compatibilities.push_back(std::move(read));
}

void loader::read_scenario(const fs::path& file, bool in_root) {
  auto text = text_of(file);
  if (wanted_ && text) {
    // One that does not tell its id may be the one that is wanted, so it is read.
    if (const auto id = peek_yaml(*text, "id"); id && !wanted_(*id)) {
      if (in_root) note_scenario(file, id);
      return;
    }
  }
  scenario_source read;
  read.in_root = in_root;
  const auto tree = reader_.read(file, std::move(text), read.names.problems);
  if (tree) {
    read.good =
        scenario_file().decode(*tree, *read.content, read.names) && read.names.problems.empty();
    read.content->file = tree->at.file;
    read.content->at = tree->at;
  }
  scenarios_.push_back(std::move(read));
}

void loader::note_scenario(const fs::path& file) {
  if (const auto text = text_of(file)) note_scenario(file, peek_yaml(*text, "id"));
}

void loader::note_scenario(const fs::path& file, const std::optional<std::string>& id) {
  if (!id) return;
  scenario_source noted;
  noted.selected = false;
  noted.content->id = *id;
  noted.content->file = std::make_shared<const std::string>(file.string());
  scenarios_.push_back(std::move(noted));
}

void loader::check_ledger_ids() {
  std::ranges::sort(into_.ledger, {}, [](const ledger_entry& one) {
    return std::tie(one.id, *one.at.file, one.at.line);
  });
  for (std::size_t i = 1; i < into_.ledger.size(); ++i) {
    const auto& one = into_.ledger[i];
    const auto& first = into_.ledger[i - 1];
    if (one.id == first.id)
      into_.problems.push_back({one.at,
                                "'" + one.id + "' is already in the ledger (" + *first.at.file +
                                    ":" + std::to_string(first.at.line) + ")",
                                {}});
  }
}

void loader::check_scenario_ids() {
  std::map<std::string, const scenario_source*> first;
  for (auto& one : scenarios_) {
    const auto& id = one.content->id;
    if (id.empty()) continue;
    const auto [found, is_new] = first.emplace(id, &one);
    // A copy that is played instead of the library's own file may keep its id.
    const bool instead = !one.in_root && !found->second->selected;
    if (!is_new && !instead)
      one.names.error(one.content->at,
                      "id '" + id + "' is already taken by " + *found->second->content->file);
  }
}

void loader::link() {
  check_ledger_ids();
  fragments_.resolve(into_.problems);
  check_scenario_ids();
  const auto fragment_ids = fragments_.ids();
  auto& ids = into_.ids;
  for (const auto& one : scenarios_)
    if (!one.content->id.empty()) ids.push_back(one.content->id);
  std::ranges::sort(ids);
  check_after(named_in_tables_, ids, into_.problems);
  for (auto& one : scenarios_) {
    if (!one.selected) continue;
    fragments_.expand(one.content->setup, one.names);
    fragments_.expand(one.content->steps, one.names);
    check_names(*one.content, into_.ledger, fragment_ids, one.names);
    if (one.good) check_used(*one.content, one.names);
    if (one.in_root) check_after(one.names.uses, ids, one.names.problems);
    append(into_.problems, std::move(one.names.problems));
    if (one.good) into_.scenarios.push_back(std::move(one.content));
  }
  std::ranges::sort(into_.scenarios, {},
                    [](const auto& one) { return std::tie(one->id, *one->file); });
  reader_.finish(into_.problems);
}

/// Which scenario files `only` speaks of; empty = all below the root.
std::vector<fs::path> selected_files(const std::vector<fs::path>& only) {
  std::vector<fs::path> result;
  for (const auto& one : only) {
    std::error_code error;
    if (!fs::is_directory(one, error)) {
      result.push_back(one);
      continue;
    }
    for (auto& file : yaml_files(one))
      if (may_hold_scenario(file)) result.push_back(std::move(file));
  }
  return result;
}

}  // namespace

library load_library(const fs::path& root,
                     const std::vector<fs::path>& only,
                     const id_choice& wanted) {
  library result;
  loader all(result, wanted);
  const auto below = files_below(root);
  for (const auto& file : below.ledgers)
    all.read_ledger(file);
  for (const auto& file : below.fragments)
    all.read_fragment(file);
  for (const auto& file : below.compatibilities)
    all.read_compatibility(file);
  const auto selected = selected_files(only);
  std::set<std::string> named;
  for (const auto& file : selected)
    named.insert(key_of(file));
  std::set<std::string> seen;
  for (const auto& file : below.scenarios) {
    const auto key = only.empty() ? std::string() : key_of(file);
    seen.insert(key);
    if (only.empty() || named.contains(key)) {
      all.read_scenario(file, true);
    } else {
      all.note_scenario(file);
    }
  }
  for (const auto& file : selected)
    if (seen.insert(key_of(file)).second) all.read_scenario(file, false);
  all.link();
  return result;
}

profile load_profile(const fs::path& file,
                     const std::string& text,
                     std::vector<problem>& problems) {
  profile result;
  reader from;
  std::vector<problem> found;
  const auto tree =
      text.empty() ? from.read(file, found)
                   : from.parse(text, std::make_shared<const std::string>(file.string()), found);
  if (tree) {
    decoding with;
    profile_file().decode(*tree, result, with);
    append(found, std::move(with.problems));
  }
  from.finish(found);
  append(problems, std::move(found));
  result.file = file.string();
  return result;
}

namespace {

/// Reads `text`, or `file` where that is null.
baseline read_baseline(const fs::path& file,
                       const std::string* text,
                       std::vector<problem>& problems) {
  baseline result;
  reader from;
  std::vector<problem> found;
  const auto tree =
      text == nullptr
          ? from.read(file, found)
          : from.parse(*text, std::make_shared<const std::string>(file.string()), found);
  if (tree) {
    decoding with;
    baseline_file().decode(*tree, result, with);
    append(found, std::move(with.problems));
  }
  from.finish(found);
  append(problems, std::move(found));
  return result;
}

}  // namespace

baseline parse_baseline(const fs::path& file,
                        const std::string& text,
                        std::vector<problem>& problems) {
  return read_baseline(file, &text, problems);
}

baseline load_baseline(const fs::path& file, std::vector<problem>& problems) {
  return read_baseline(file, nullptr, problems);
}

std::string to_text(const problem& one) {
  const auto column = static_cast<std::size_t>(std::max(one.at.column, 1));
  auto result = printable(one.at.file ? *one.at.file : std::string("?"), 1000) + ":" +
                std::to_string(one.at.line) + ":" + std::to_string(column) +
                ": error: " + printable(one.text, 1000);
  if (one.line.empty()) return result;
  // What stands before the caret, made printable too, says how far in it is in characters.
  constexpr std::size_t widest = 200;
  const auto before = printable(octet_view(one.line).substr(0, column - 1), widest);
  std::size_t width = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    if ((octet_at(before, i) & 0xC0U) != 0x80U) ++width;
  result += "\n  " + printable(one.line, widest);
  if (column <= widest) result += "\n  " + std::string(width, ' ') + "^";
  return result;
}

}  // namespace halley::scenario
