#pragma once

#include "base/bytes.hpp"

#include <filesystem>
#include <string>

namespace halley::trace {

/// A file that is written from front to back, without a buffer of the process: what a write has
/// taken survives the process's death.
class output_file {
public:
  enum class if_exists { refuse, replace };

  output_file() = default;
  ~output_file();
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;

  /// Returns: a message on failure, else empty.
  std::string open(const std::filesystem::path& file, if_exists what);
  /// Writes all of `data`, with one write(2) unless the system takes less.
  /// Returns: a message on failure, else empty.
  std::string write(octet_view data);
  /// Waits until the device has what was written. Returns: a message on failure, else empty.
  std::string sync();
  bool is_open() const { return descriptor_ >= 0; }

private:
  std::string failed(const char* doing) const;

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace halley::trace
