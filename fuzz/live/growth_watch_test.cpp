#include "fuzz/live/growth_watch.hpp"

#include "fuzz/live/holding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr growth_limits limits{.memory = 1000, .descriptors = 10, .looks = 3};

/// What is said of these looks at one process, in turn: "-" for nothing.
std::string said(const std::vector<holding>& looks) {
  growth_watch watching(limits);
  std::string result;
  for (const holding& one : looks) {
    const auto seen = watching.look(one);
    result += seen ? seen->variant + " " : "- ";
  }
  return result;
}

holding with(std::uint64_t memory, std::size_t descriptors, pid_t who = 7) {
  return {.who = who, .memory = memory, .descriptors = descriptors};
}

TEST(GrowthWatch, AccusesWhoKeepsDescriptors) {
  EXPECT_EQ(said({with(0, 5), with(0, 16), with(0, 16), with(0, 17)}), "- - - descriptors-grow ");
}

TEST(GrowthWatch, AccusesWhoKeepsMemory) {
  EXPECT_EQ(said({with(500, 5), with(1501, 5), with(1501, 5), with(9000, 5)}),
            "- - - memory-grows ");
}

TEST(GrowthWatch, SaysNothingOfWhatIsGivenBack) {
  EXPECT_EQ(said({with(0, 5), with(2000, 99), with(2000, 99), with(0, 5), with(2000, 99),
                  with(2000, 99)}),
            "- - - - - - ");
}

TEST(GrowthWatch, SaysNothingWithinTheLimits) {
  EXPECT_EQ(said({with(0, 5), with(1000, 15), with(1000, 15), with(1000, 15), with(1000, 15)}),
            "- - - - - ");
}

TEST(GrowthWatch, BeginsAnewWithAnotherProcess) {
  EXPECT_EQ(said({with(0, 5), with(5000, 90), with(5000, 90), with(5000, 90, 8), with(5000, 90, 8),
                  with(5000, 90, 8), with(5000, 90, 8)}),
            "- - - - - - - ");
}

TEST(Holding, CountsWhatAProcessHolds) {
  const auto before = held_by(::getpid());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->who, ::getpid());
  std::array<int, 20> open{};
  for (int& one : open)
    one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  constexpr std::size_t much = std::size_t{32} << 20U;
  std::vector<char> memory(much);
  volatile char* const touched = memory.data();  // or the compiler does without
  for (std::size_t i = 0; i < much; i += 512)
    touched[i] = 'x';
  const auto after = held_by(::getpid());
  ASSERT_TRUE(after);
  EXPECT_GE(after->descriptors, before->descriptors + 20);
  EXPECT_GE(after->memory, before->memory + much / 2);
  for (const int one : open)
    ::close(one);
}

TEST(Holding, CountsThoseThatItStarted) {
  int ready[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    for (int i = 0; i < 200; ++i)
      ::dup(ready[1]);
    ::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char got = 0;
  ASSERT_EQ(::read(ready[0], &got, 1), 1);
  const auto all = held_by(::getpid());
  ASSERT_TRUE(all);
  EXPECT_GE(all->descriptors, 200U);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(Holding, KnowsNothingOfNobody) {
  EXPECT_FALSE(held_by(-1));
}

}  // namespace
}  // namespace halley::fuzz
