#include "engine/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <spawn.h>
#include <sstream>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

constexpr mode_t log_mode = 0644;

/// Text in the form that exec wants: pointers into strings that outlive the call.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> whole_environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> result;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string one = *at;
    bool replaced = false;
    for (const auto& [name, value] : added)
      replaced = replaced || (one.starts_with(name) && one[name.size()] == '=');
    if (!replaced) result.push_back(one);
  }
  for (const auto& [name, value] : added) {
    auto& one = result.emplace_back(name);
    one.append("=").append(value);
  }
  return result;
}

/// Both ends of a pipe, closed on exec and with this object.
class pipe_ends {
public:
  pipe_ends() { made_ = pipe2(ends_, O_CLOEXEC) == 0; }
  ~pipe_ends() {
    for (const int one : ends_)
      if (one >= 0) close(one);
  }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;

  bool made() const { return made_; }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  int take_reading() { return std::exchange(ends_[0], -1); }
  int take_writing() { return std::exchange(ends_[1], -1); }

private:
  int ends_[2] = {-1, -1};
  bool made_ = false;
};

struct spawn_files {
  spawn_files() { posix_spawn_file_actions_init(&actions); }
  ~spawn_files() { posix_spawn_file_actions_destroy(&actions); }
  spawn_files(const spawn_files&) = delete;
  spawn_files& operator=(const spawn_files&) = delete;

  posix_spawn_file_actions_t actions{};
};

struct spawn_attributes {
  /// No signal blocked or ignored, and a process group of its own.
  spawn_attributes() {
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes,
        static_cast<short>(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  ~spawn_attributes() { posix_spawnattr_destroy(&attributes); }
  spawn_attributes(const spawn_attributes&) = delete;
  spawn_attributes& operator=(const spawn_attributes&) = delete;

  posix_spawnattr_t attributes{};
};

}  // namespace

std::filesystem::path find_program(const std::string& program) {
  if (program.find('/') != std::string::npos)
    return access(program.c_str(), X_OK) == 0 ? std::filesystem::path(program)
                                              : std::filesystem::path();
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto file = std::filesystem::path(folder) / program;
    if (!folder.empty() && access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

child_process::~child_process() {
  if (!running()) return;
  signal_group(SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::string child_process::start(const std::vector<std::string>& command,
                                 const std::vector<std::pair<std::string, std::string>>& env,
                                 const std::filesystem::path& directory,
                                 const std::filesystem::path& output,
                                 process_pipes* pipes) {
  if (command.empty()) return "the command is empty";
  const auto program = find_program(command.front());
  if (program.empty()) return "no program '" + command.front() + "'";
  auto arguments = command;
  auto variables = whole_environment(env);
  const auto argv = pointers(arguments);
  const auto envp = pointers(variables);

  spawn_files files;
  std::optional<pipe_ends> in;
  std::optional<pipe_ends> out;
  constexpr int append = O_WRONLY | O_CREAT | O_APPEND;
  if (pipes != nullptr) {
    in.emplace();
    out.emplace();
    if (!in->made() || !out->made()) return "no pipe: " + std::generic_category().message(errno);
    posix_spawn_file_actions_adddup2(&files.actions, in->reading(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files.actions, out->writing(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files.actions, STDERR_FILENO, output.c_str(), append,
                                     log_mode);
  } else {
    posix_spawn_file_actions_addopen(&files.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files.actions, STDOUT_FILENO, output.c_str(), append,
                                     log_mode);
    posix_spawn_file_actions_adddup2(&files.actions, STDOUT_FILENO, STDERR_FILENO);
  }
  if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&files.actions, directory.c_str());
  const spawn_attributes how;
  const int failed = posix_spawn(&pid_, program.c_str(), &files.actions, &how.attributes,
                                 argv.data(), envp.data());
  if (failed != 0) {
    pid_ = -1;
    return command.front() + ": " + std::generic_category().message(failed);
  }
  if (pipes != nullptr) *pipes = {in->take_writing(), out->take_reading()};
  return {};
}

std::optional<process_end> child_process::ended() {
  if (end_ || pid_ <= 0) return end_;
  int status = 0;
  const pid_t got = waitpid(pid_, &status, WNOHANG);
  if (got != pid_) return std::nullopt;
  end_ = process_end{};
  if (WIFEXITED(status)) end_->code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end_->signal = WTERMSIG(status);
  return end_;
}

void child_process::signal_group(int signal) {
  if (pid_ > 0) kill(-pid_, signal);
}

}  // namespace halley::engine
