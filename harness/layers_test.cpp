// Layers only look down: every #include "LAYER/…" must be one that the layer's line in CMake
// allows.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct layer {
  std::string name;
  fs::path folder;
  std::set<std::string> may_include;
};

std::vector<layer> read_layers() {
  std::ifstream in(HALLEY_LAYERS);
  std::vector<layer> result;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    layer one;
    std::string folder;
    words >> one.name >> folder;
    folder.pop_back();  // the colon
    one.folder = fs::path(HALLEY_SOURCE_DIR) / folder;
    for (std::string word; words >> word;)
      one.may_include.insert(word);
    result.push_back(one);
  }
  return result;
}

/// The layer that `include` (as written between the quotes) belongs to; the first folder names it.
std::string layer_of(const std::string& include) {
  static const std::map<std::string, std::string> aliases = {{"reference-server", "gateway"}};
  const auto folder = include.substr(0, include.find('/'));
  const auto alias = aliases.find(folder);
  return alias == aliases.end() ? folder : alias->second;
}

std::vector<std::string> forbidden_includes(const layer& one) {
  static const std::regex quoted(R"re(^\s*#\s*include\s+"([^"]+)")re");
  std::vector<std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator(one.folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      std::smatch found;
      if (!std::regex_search(line, found, quoted)) continue;
      const auto to = layer_of(found[1]);
      if (to != one.name && !one.may_include.contains(to))
        result.push_back(entry.path().string() + " includes " + found[1].str());
    }
  }
  return result;
}

TEST(layers, each_layer_includes_only_what_its_line_allows) {
  const auto layers = read_layers();
  ASSERT_GE(layers.size(), 10U);
  for (const auto& one : layers)
    for (const auto& finding : forbidden_includes(one))
      ADD_FAILURE() << one.name << ": " << finding;
}

TEST(layers, a_forbidden_include_is_seen) {
  for (auto one : read_layers()) {
    if (one.name != "engine") continue;
    one.may_include.clear();
    EXPECT_FALSE(forbidden_includes(one).empty());
    return;
  }
  FAIL() << "no layer named engine";
}

TEST(layers, wire_and_base_know_no_io) {
  for (const auto& one : read_layers()) {
    if (one.name != "wire" && one.name != "scenario" && one.name != "checks") continue;
    for (const auto& entry : fs::recursive_directory_iterator(one.folder)) {
      std::ifstream in(entry.path());
      std::stringstream text;
      text << in.rdbuf();
      EXPECT_EQ(text.str().find("<boost/asio"), std::string::npos) << entry.path();
      EXPECT_EQ(text.str().find("<boost/beast"), std::string::npos) << entry.path();
    }
  }
}

}  // namespace
