#pragma once

#include <filesystem>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <string>

namespace halley::trace {

/// A fresh folder for one test; it is gone afterwards.
class scratch {
public:
  scratch() {
    std::string form = (std::filesystem::temp_directory_path() / "halley-XXXXXX").string();
    if (::mkdtemp(form.data()) != nullptr) folder_ = form;
  }
  ~scratch() { std::filesystem::remove_all(folder_); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  std::filesystem::path operator/(const char* name) const { return folder_ / name; }

private:
  std::filesystem::path folder_;
};

}  // namespace halley::trace
