#pragma once

#include "scenario/load.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

/// What the tests of this layer share.
namespace halley::scenario {

inline std::filesystem::path test_library() {
  return std::filesystem::path(HALLEY_SOURCE_DIR) / "harness/scenario/testdata/library";
}

/// "file 3:5 text" of each problem, one a line; the files relative to `root`, where it is given.
inline std::string said(const std::vector<problem>& problems,
                        const std::filesystem::path& root = {}) {
  const auto folder = root.string() + "/";
  std::string result;
  for (const auto& one : problems) {
    if (!result.empty()) result += "\n";
    if (!root.empty()) result += *one.at.file + " ";
    result += std::to_string(one.at.line) + ":" + std::to_string(one.at.column) + " " + one.text;
  }
  while (!root.empty() && result.find(folder) != std::string::npos)
    result.erase(result.find(folder), folder.size());
  return result;
}

/// Six lines; the steps are the last.
inline std::string minimal_scenario(const std::string& id) {
  return "scenario: 1\nid: " + id +
         "\ntitle: x\nsut: server\n"
         "requirements: {right: {ref: r, level: MUST, says: s}}\n"
         "steps: [{expect: {event: {tcp.fin: {}}, violates: [right]}}]\n";
}

/// A folder of its own for one test.
class temporary_folder {
public:
  temporary_folder() {
    auto form = (std::filesystem::temp_directory_path() / "halley-XXXXXX").string();
    path_ = ::mkdtemp(form.data());
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

private:
  std::filesystem::path path_;
};

}  // namespace halley::scenario
