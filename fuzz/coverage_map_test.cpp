// Programs compiled here with the compiler that the project needs anyway: clang-19.
#include "fuzz/coverage_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* program = R"(
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
volatile int sum;
int main(int argc, char** argv) {
  int i;
  if (argc > 2 && fork() != 0) {  /* a child does the work */
    wait(0);
    return 0;
  }
  for (i = 0; i < (argc > 1 ? atoi(argv[1]) : 0); ++i) sum += i;
  if (sum > 1000) sum = 1;
  return 0;
}
)";

class coverage : public testing::TestWithParam<const char*> {
protected:
  void SetUp() override {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(name, '/', '-');
    folder_ = fs::path(testing::TempDir()) / ("halley-coverage-" + name);
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::ofstream(folder_ / "a.c") << program;
    ASSERT_EQ(run("clang-19 -O0 -fsanitize-coverage=" + std::string(GetParam()) + " -o a a.c " +
                  HALLEY_SOURCE_DIR "/fuzz/coverage/halley_coverage.c"),
              0);
    ASSERT_EQ(map_.open(folder_ / "map"), "");
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Returns: the exit status.
  int run(const std::string& command) const {
    const auto all = "cd '" + folder_.string() + "' && " + command;
    return std::system(all.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
  }
  int run_counted(const std::string& words) const {
    return run(std::string(coverage_map::variable) + "='" + map_.path().string() + "' ./a " +
               words);
  }

  fs::path folder_;
  coverage_map map_;
};

TEST_P(coverage, news_is_what_was_never_reached_so_often) {
  EXPECT_EQ(map_.take_new(), 0U);
  ASSERT_EQ(run_counted("0"), 0);
  const auto first = map_.take_new();
  EXPECT_GT(first, 2U);
  EXPECT_LT(first, 40U);
  EXPECT_EQ(map_.take_new(), 0U);

  // The same again, in another process, is no news; a loop that is entered is.
  ASSERT_EQ(run_counted("0"), 0);
  EXPECT_EQ(map_.take_new(), 0U);
  ASSERT_EQ(run_counted("1"), 0);
  EXPECT_GT(map_.take_new(), 0U);
  const auto reached = map_.reached();
  ASSERT_EQ(run_counted("6"), 0);
  EXPECT_GT(map_.take_new(), 0U);  // 4–7 times
  EXPECT_EQ(map_.reached(), reached);
  ASSERT_EQ(run_counted("5"), 0);
  EXPECT_EQ(map_.take_new(), 0U);
  ASSERT_EQ(run_counted("200"), 0);
  EXPECT_GT(map_.take_new(), 0U);
  EXPECT_GT(map_.reached(), reached);  // behind the sum that is too large
}

TEST_P(coverage, of_forked_processes_counts) {
  ASSERT_EQ(run_counted("0 x"), 0);
  map_.take_new();
  ASSERT_EQ(run_counted("3 x"), 0);
  EXPECT_GT(map_.take_new(), 0U);
}

TEST_P(coverage, that_was_not_looked_at_is_news_later) {
  ASSERT_EQ(run_counted("0"), 0);
  map_.reset();
  EXPECT_EQ(map_.take_new(), 0U);
  ASSERT_EQ(run_counted("0"), 0);
  EXPECT_GT(map_.take_new(), 0U);
}

TEST_P(coverage, is_nothing_to_programs_that_nobody_asks) {
  ASSERT_EQ(run("./a 3"), 0);
  ASSERT_EQ(run("HALLEY_COVERAGE=/nothing/there ./a 3"), 0);
  ASSERT_EQ(run("HALLEY_COVERAGE=a.c ./a 3"), 0);
  EXPECT_EQ(map_.take_new(), 0U);
  std::ifstream in(folder_ / "a.c");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), program);
}

TEST_P(coverage, survives_a_file_that_was_cut_off) {
  ASSERT_EQ(run_counted("1"), 0);
  ASSERT_EQ(run("truncate -s 5000 map"), 0);
  EXPECT_GT(map_.take_new(), 0U);
  ASSERT_EQ(run("truncate -s 10 map"), 0);
  EXPECT_EQ(map_.take_new(), 0U);
}

INSTANTIATE_TEST_SUITE_P(kinds,
                         coverage,
                         testing::Values("trace-pc-guard", "inline-8bit-counters"),
                         [](const auto& one) {
                           return std::string(one.param).starts_with("trace") ? "guards"
                                                                              : "counters";
                         });

TEST(coverage_map, says_where_it_cannot_be_made) {
  coverage_map map;
  EXPECT_NE(map.open("/nothing/there/map").find("/nothing/there/map: cannot be made"),
            std::string::npos);
  EXPECT_EQ(map.take_new(), 0U);
}

}  // namespace
}  // namespace halley::fuzz
