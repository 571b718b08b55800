#include "fuzz/grammars/corpus_file.hpp"

#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/delivery.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone at the end.
class corpus_files : public testing::Test {
public:
  corpus_files()
      : folder(fs::path(testing::TempDir()) /
               ("halley-corpus-" +
                std::string(testing::UnitTest::GetInstance()->current_test_info()->name()))) {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~corpus_files() override { fs::remove_all(folder); }

protected:
  fs::path put(const std::string& name, const std::string& text) const {
    const fs::path file = folder / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  const fs::path folder;
};

exchange sample() {
  return {.at = {.contract = "ws.echo", .authority = "127.0.0.1:1", .path = "/e"},
          .acts = {{.what = act::kind::write, .data = "GET /e HTTP/1.1\r\n\r\n"},
                   {.what = act::kind::answer, .data = {}},
                   {.what = act::kind::write, .data = octets("\x81\x80\0\xff", 4)},
                   {.what = act::kind::pause, .data = {}, .length = std::chrono::milliseconds(7)},
                   {.what = act::kind::finish, .data = {}},
                   {.what = act::kind::close, .data = {}}},
          .deviations = {"bare-lf"}};
}

TEST(corpus_line, shows_text_as_text_and_octets_as_digits) {
  EXPECT_EQ(to_line(sample()),
            R"({"contract":"ws.echo","authority":"127.0.0.1:1","path":"/e","acts":[)"
            R"({"write":"GET /e HTTP/1.1\r\n\r\n"},"answer",{"hex":"818000ff"},{"pause":7},)"
            R"("finish","close"],"deviations":["bare-lf"]})");
}

TEST(corpus_line, comes_back_as_it_was) {
  std::string problem;
  EXPECT_EQ(from_line(to_line(sample()), problem), sample());
  for (const grammar& one : all_grammars()) {
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
      std::vector<std::uint32_t> elements(80);
      std::ranges::generate(elements, [&] { return random() % 256; });
      choices from(elements);
      const exchange made = one.compose(from, sample().at, {});
      ASSERT_EQ(from_line(to_line(made), problem), made) << problem;
    }
  }
}

TEST(corpus_line, says_what_is_wrong) {
  const std::string place = R"("contract":"a","authority":"b","path":"/")";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "no JSON object"},
      {"[]", "no JSON object"},
      {"{", "no JSON object"},
      {"{}", "'contract'"},
      {R"({"contract":1})", "'contract'"},
      {"{" + place + "}", "'acts'"},
      {"{" + place + R"(,"acts":{}})", "'acts'"},
      {"{" + place + R"(,"acts":["run"]})", "unknown act 'run'"},
      {"{" + place + R"(,"acts":[1]})", "an act is"},
      {"{" + place + R"(,"acts":[{}]})", "an act is"},
      {"{" + place + R"(,"acts":[{"hex":"0"}]})", "hexadecimal"},
      {"{" + place + R"(,"acts":[{"pause":-1}]})", "pause"},
      {"{" + place + R"(,"acts":[{"pause":99999999}]})", "pause"},
      {"{" + place + R"(,"acts":[{"write":1}]})", "unknown act 'write'"},
      {"{" + place + R"(,"acts":[],"deviations":[1]})", "deviation"},
      {"{" + place + R"(,"acts":[[[[[[[]]]]]]]})", "nested"},
      {std::string(100000, '['), "nested"},
  };
  for (const auto& [line, expected] : cases) {
    std::string problem;
    EXPECT_FALSE(from_line(line, problem)) << line;
    EXPECT_NE(problem.find(expected), std::string::npos) << line << ": " << problem;
  }
}

TEST(corpus_line, is_bounded) {
  exchange many = sample();
  many.acts.assign(most_acts + 1, {.what = act::kind::answer, .data = {}});
  std::string problem;
  EXPECT_FALSE(from_line(to_line(many), problem));
  EXPECT_NE(problem.find("acts"), std::string::npos);
  many.acts.assign(2, {.what = act::kind::write, .data = octets(most_octets / 2 + 1, 'a')});
  EXPECT_FALSE(from_line(to_line(many), problem));
  EXPECT_NE(problem.find("octets"), std::string::npos);
}

TEST_F(corpus_files, are_read_in_the_order_of_their_paths) {
  exchange second = sample();
  second.at.path = "/second";
  EXPECT_EQ(write_exchanges(folder / "b.exchange.json", {second, sample()}), "");
  put("a/x.exchange.json", "\n" + to_line(sample()) + "\n\n");
  put("a/other.json", "no exchange");
  const auto read = read_corpus(folder);
  EXPECT_TRUE(read.problems.empty());
  EXPECT_EQ(read.known.seeds, (std::vector<exchange>{sample(), second, sample()}));
}

TEST_F(corpus_files, are_named_with_the_line_that_is_wrong) {
  const auto file = put("a.exchange.json", to_line(sample()) + "\n{}\n" + to_line(sample()) + "\n");
  const auto read = read_exchanges(file);
  EXPECT_EQ(read.known.seeds.size(), 2U);
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems.front().file, file.string());
  EXPECT_EQ(read.problems.front().line, 2U);
  EXPECT_EQ(to_string(read.problems.front()).find(file.string() + ":2: "), 0U);
  EXPECT_FALSE(read.problems.front().hint.empty());
}

TEST_F(corpus_files, that_are_missing_are_said) {
  EXPECT_EQ(read_exchanges(folder / "none.exchange.json").problems.size(), 1U);
  EXPECT_EQ(read_corpus(folder / "none").problems.size(), 1U);
  EXPECT_EQ(read_exchanges(folder).problems.size(), 1U);
}

TEST_F(corpus_files, are_bounded_in_size_and_number) {
  const std::string line = to_line(sample()) + "\n";
  put("a.exchange.json", line + line);
  put("b.exchange.json", line);
  const auto problems = [&](const corpus_limits& limits) {
    return read_corpus(folder, limits).problems;
  };
  EXPECT_TRUE(problems({}).empty());
  EXPECT_EQ(problems({.file_octets = line.size()}).size(), 1U);
  EXPECT_EQ(problems({.all_octets = line.size()}).size(), 1U);
  EXPECT_EQ(problems({.files = 1}).size(), 1U);
  EXPECT_GE(problems({.seeds = 2}).size(), 1U);
  EXPECT_EQ(read_corpus(folder, {.seeds = 2}).known.seeds.size(), 2U);
}

}  // namespace
}  // namespace halley::fuzz
