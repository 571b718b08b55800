#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace halley::engine {

/// How a process ended.
struct process_end {
  int code = 0;    ///< exit code, where it exited
  int signal = 0;  ///< signal number, where one killed it
  bool operator==(const process_end&) const = default;
};

/// Our ends of a process's standard input and output. Whoever took them closes them.
struct process_pipes {
  int input = -1;   ///< to write to
  int output = -1;  ///< to read from
};

/// A process that Halley started, leader of its own process group, its output appended to a file.
/// Destroying it kills the group.
class child_process {
public:
  child_process() = default;
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// Looks the program up in PATH. `env` is added to Halley's own environment. With `pipes` its
  /// standard input and output are pipes, and only what it writes to stderr goes to the file.
  /// Returns: a message on failure, else empty.
  std::string start(const std::vector<std::string>& command,
                    const std::vector<std::pair<std::string, std::string>>& env,
                    const std::filesystem::path& directory,
                    const std::filesystem::path& output,
                    process_pipes* pipes = nullptr);

  /// Collects the end of the process if it has ended. Returns: nothing while it runs.
  std::optional<process_end> ended();
  bool running() { return pid_ > 0 && !ended(); }
  /// Sends `signal` to the whole group.
  void signal_group(int signal);
  pid_t pid() const { return pid_; }

private:
  pid_t pid_ = -1;
  std::optional<process_end> end_;
};

/// The first file that `program` names: itself where it holds a slash, else in PATH. Empty where
/// there is none.
std::filesystem::path find_program(const std::string& program);

}  // namespace halley::engine
