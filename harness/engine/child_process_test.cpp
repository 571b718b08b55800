#include "engine/child_process.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <poll.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;

/// A folder, and a FIFO in it whose end of file tells that every process that held it is gone.
class child_process_in_folder : public testing::Test {
protected:
  child_process_in_folder() {
    std::string form = (std::filesystem::temp_directory_path() / "halley-XXXXXX").string();
    folder = ::mkdtemp(form.data());
    EXPECT_EQ(::mkfifo((folder / "alive").c_str(), 0600), 0);
    reading = ::open((folder / "alive").c_str(), O_RDONLY | O_NONBLOCK);
  }

public:
  child_process_in_folder(const child_process_in_folder&) = delete;
  child_process_in_folder& operator=(const child_process_in_folder&) = delete;
  ~child_process_in_folder() override {
    ::close(reading);
    std::filesystem::remove_all(folder);
  }

protected:
  std::string start(child_process& one, const std::string& script) {
    return one.start({"sh", "-c", script}, {{"ADDED", "here"}}, folder, folder / "log");
  }
  std::string logged() const {
    std::ifstream file(folder / "log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// One character from the FIFO; nothing once the last writer has ended.
  std::optional<char> heard() const {
    pollfd waiting{reading, POLLIN, 0};
    char one = 0;
    while (::poll(&waiting, 1, 10'000) < 0 && errno == EINTR) {
    }
    return ::read(reading, &one, 1) == 1 ? std::optional(one) : std::nullopt;
  }
  /// The end of a process that is about to end: its FIFO has closed.
  static std::optional<process_end> end_of(child_process& one) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    auto ended = one.ended();
    while (!ended && std::chrono::steady_clock::now() < deadline)
      ended = one.ended();
    return ended;
  }

  std::filesystem::path folder;
  int reading = -1;
};

TEST_F(child_process_in_folder, tells_exit_code_and_output) {
  child_process one;
  EXPECT_FALSE(one.ended());
  EXPECT_EQ(start(one, "echo $ADDED; pwd >&2; exit 7"), "");
  EXPECT_EQ(end_of(one), (process_end{7, 0}));
  EXPECT_FALSE(one.running());
  EXPECT_EQ(logged(), "here\n" + std::filesystem::canonical(folder).string() + "\n");
}

TEST_F(child_process_in_folder, tells_the_signal_that_killed_it) {
  child_process one;
  ASSERT_EQ(start(one, "exec 3>alive; printf x >&3; exec sleep 60"), "");
  EXPECT_EQ(heard(), 'x');
  EXPECT_TRUE(one.running());
  one.signal_group(SIGTERM);
  EXPECT_FALSE(heard());
  EXPECT_EQ(end_of(one), (process_end{0, SIGTERM}));
}

TEST_F(child_process_in_folder, kills_its_whole_group_at_the_end) {
  auto one = std::make_unique<child_process>();
  ASSERT_EQ(start(*one, "exec 3>alive; trap '' TERM; sleep 60 & printf x >&3; wait"), "");
  EXPECT_EQ(heard(), 'x');
  one.reset();
  EXPECT_FALSE(heard()) << "the grandchild still holds the FIFO";
}

TEST_F(child_process_in_folder, a_program_that_is_not_there_is_told) {
  child_process one;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{}, {"no-such-program-here"}, {"/no/such/program"}}) {
    EXPECT_NE(one.start(command, {}, folder, folder / "log"), "");
    EXPECT_FALSE(one.running());
  }
  EXPECT_TRUE(find_program("no-such-program-here").empty());
  EXPECT_FALSE(find_program("sh").empty());
}

}  // namespace
}  // namespace halley::engine
