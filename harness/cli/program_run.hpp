#pragma once

#include "trace/json_lines.hpp"
#include "trace/scratch.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

/// Runs the real program, as its users do.
namespace halley::cli {

/// How a program ended; `code` is -1 where a signal ended it.
struct ending {
  int code = -1;
  int signal = 0;
  std::string out;
  std::string err;
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// The last line of a text, without its line end.
inline std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  const auto at = text.rfind('\n');
  return at == std::string::npos ? text : text.substr(at + 1);
}

/// A started program. It is killed with this object, should it still run.
class process {
public:
  static constexpr std::chrono::seconds patience{60};

  /// Starts `words` in `folder`; stdout and stderr go to files there.
  process(std::vector<std::string> words, const std::filesystem::path& folder, int number)
      : out_(folder / ("stdout." + std::to_string(number))),
        err_(folder / ("stderr." + std::to_string(number))) {
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    constexpr int fresh = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_.c_str(), fresh, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_.c_str(), fresh, 0600);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
      arguments.push_back(word.data());
    arguments.push_back(nullptr);
    auto kept = environment();
    std::vector<char*> variables;
    variables.reserve(kept.size() + 1);
    for (auto& one : kept)
      variables.push_back(one.data());
    variables.push_back(nullptr);
    const int failed = posix_spawn(&pid_, arguments.front(), &actions, nullptr, arguments.data(),
                                   variables.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
      pid_ = -1;
      ADD_FAILURE() << words.front() << ": " << std::generic_category().message(failed);
      return;
    }
    // glibc 2.36 declares pidfd_open() without C linkage.
    descriptor_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  }
  ~process() {
    if (pid_ > 0) {
      kill(SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (descriptor_ >= 0) close(descriptor_);
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  void kill(int signal) const { ::kill(pid_, signal); }

  /// Waits for the end; one that does not come in time is a failure of the test.
  ending wait() {
    ending result;
    if (pid_ <= 0) return result;
    pollfd watched{descriptor_, POLLIN, 0};
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
    if (poll(&watched, 1, static_cast<int>(limit.count())) != 1) {
      ADD_FAILURE() << "the program does not end; stderr: " << text_of(err_);
      kill(SIGKILL);
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    result.out = text_of(out_);
    result.err = text_of(err_);
    return result;
  }

  const std::filesystem::path& out() const { return out_; }
  const std::filesystem::path& err() const { return err_; }

private:
  /// Ours, without what would change the program's defaults.
  static std::vector<std::string> environment() {
    std::vector<std::string> result;
    for (char** at = environ; *at != nullptr; ++at) {
      const std::string_view one = *at;
      if (!one.starts_with("HALLEY_") && !one.starts_with("GITHUB_")) result.emplace_back(one);
    }
    result.emplace_back("HALLEY_SCENARIOS=" HALLEY_SOURCE_DIR "/scenarios");
    return result;
  }

  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t pid_ = -1;
  int descriptor_ = -1;
};

/// Looks at `file` until it holds `text`.
inline bool comes_to_hold(const std::filesystem::path& file, const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + process::patience;
  while (text_of(file).find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << file << " never holds " << text;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// A fresh folder in which programs run.
class workplace {
public:
  std::filesystem::path operator/(const char* name) const { return folder_ / name; }

  /// Starts halley.
  std::unique_ptr<process> start(std::vector<std::string> words) {
    words.insert(words.begin(), HALLEY_PROGRAM);
    return std::make_unique<process>(std::move(words), folder_ / "", ++started_);
  }
  ending run(std::vector<std::string> words) { return start(std::move(words))->wait(); }

  nlohmann::json json_file(const char* name) const {
    return nlohmann::json::parse(text_of(folder_ / name), nullptr, false);
  }
  /// The events of a log, without its header.
  std::vector<nlohmann::json> events(const char* name) const {
    auto content = trace::read_log(folder_ / name);
    EXPECT_EQ(content.problem, "");
    return std::move(content.events);
  }

private:
  trace::scratch folder_;
  int started_ = 0;
};

/// A scenario of one step that hears the target out; `expectation` is the body of its expect.
inline std::string scenario_text(const std::string& id, const std::string& expectation) {
  return "scenario: 1\nid: " + id +
         "\ntitle: What the target does\nsut: server\nrequirements:\n"
         "  does: {ref: none, level: MUST, basis: convention, says: It does what it should.}\n"
         "steps:\n  - open: {to: \"${target.ws.echo}\"}\n  - expect: {" +
         expectation + ", violates: [does]}\n";
}

/// Against silent_server: passes at once, and never ends.
inline const std::string quick_expectation = "within: 2s, event: {silence: {for: 10ms}}";
inline const std::string endless_expectation = "within: 600s, event: {tcp.fin: {}}";

/// A server that lets clients connect, as far as the kernel does that, and never says a word.
class silent_server {
public:
  silent_server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    const bool listening = bind(socket_, generic(), size) == 0 && listen(socket_, 64) == 0;
    EXPECT_TRUE(listening && getsockname(socket_, generic(), &size) == 0)
        << std::generic_category().message(errno);
  }
  ~silent_server() { close(socket_); }
  silent_server(const silent_server&) = delete;
  silent_server& operator=(const silent_server&) = delete;

  std::uint16_t port() const { return ntohs(address_.sin_port); }
  /// "127.0.0.1:40001"
  std::string where() const { return "127.0.0.1:" + std::to_string(port()); }

private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

  sockaddr_in address_{};
  int socket_;
};

}  // namespace halley::cli
