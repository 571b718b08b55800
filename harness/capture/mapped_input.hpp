#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace halley::capture {

/// Waits for more of a source that is still being written. `at_end`: it is a file, and all that it
/// has was read. Returns: false where no more is wanted.
using more_awaited = std::function<bool(int source, bool at_end)>;

/// The octets of a file, mapped into memory; of a pipe, through a temporary file without a name
/// that grows as the pipe is read. What was shown stays where it is until this is gone.
/// Limits: a file that another program makes shorter while it is mapped ends the process (SIGBUS);
/// a pipe may bring as many octets as addresses could be reserved for, at most 1 TiB.
class mapped_input {
public:
  mapped_input() = default;
  ~mapped_input();
  mapped_input(const mapped_input&) = delete;
  mapped_input& operator=(const mapped_input&) = delete;

  /// "-" is the standard input. With `wait` a file's end is only where more will come, and files
  /// are read as pipes are. Returns: a message on failure, else empty.
  std::string open(const std::filesystem::path& file, more_awaited wait = {});

  /// What is known so far: all of a file, or what a pipe has brought.
  octet_view known() const { return {begin_, known_}; }
  /// Reads on, where this is a pipe, until `size` octets are known or no more come.
  /// Returns: whether there are that many.
  bool reach(std::uint64_t size) { return size <= known_ || read_until(size); }
  /// Why a pipe could not be read or kept to its end; else empty.
  const std::string& failure() const { return failure_; }

private:
  std::string map_file(std::uint64_t size);
  std::string map_pipe();
  bool read_until(std::uint64_t size);
  bool keep(const char* data, std::size_t size);
  bool more_of_file();

  int source_ = -1;  ///< a pipe that has not ended
  int spool_ = -1;
  bool owns_source_ = false;
  bool is_file_ = false;
  more_awaited wait_;
  const char* begin_ = nullptr;
  std::size_t known_ = 0;
  std::size_t mapped_ = 0;
  std::string block_;
  std::string failure_;
};

}  // namespace halley::capture
