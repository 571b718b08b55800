#include "fuzz/live/notebook.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace halley::fuzz {
namespace {

class notebook_file : public ::testing::Test {
public:
  notebook_file() { std::filesystem::create_directories(folder); }
  ~notebook_file() override { std::filesystem::remove_all(folder); }
  notebook_file(const notebook_file&) = delete;
  notebook_file& operator=(const notebook_file&) = delete;

protected:
  std::string read() { return read_notebook(file, content); }
  void write(const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("halley-notebook-" + std::to_string(::getpid()));
  std::filesystem::path file = folder / "notebook.jsonl";
  notebook::content content;
};

TEST_F(notebook_file, GivesBackWhatWasWritten) {
  const notebook::kept kept{"http", "http.root", {1, 0, 255}};
  const notebook::found found{{"rfc6455/5.2-rsv", "open"}, {"websocket", "ws.echo", {}}};
  {
    notebook written;
    ASSERT_EQ(written.open(file), "");
    written.keep(kept);
    written.note(found);
    written.note_played(7);
    written.note_played(90);
  }
  ASSERT_EQ(read(), "");
  EXPECT_EQ(content.all_kept, std::vector{kept});
  EXPECT_EQ(content.all_found, std::vector{found});
  EXPECT_EQ(content.played, 90U);
}

TEST_F(notebook_file, LeavesATornLineOut) {
  write("{\"played\": 3}\n{\"played\": 4");
  ASSERT_EQ(read(), "");
  EXPECT_EQ(content.played, 3U);
}

TEST_F(notebook_file, NamesTheLineThatIsWrong) {
  write("{\"played\": 3}\n{\"kept\": {\"grammar\": \"http\", \"contract\": 1, \"choices\": []}}\n");
  EXPECT_NE(read().find("notebook.jsonl:2:1: no line of a notebook"), std::string::npos);
  write("{\"kept\": {\"grammar\": \"a\", \"contract\": \"b\", \"choices\": [-1]}}\n");
  EXPECT_NE(read().find(":1:1: "), std::string::npos);
}

TEST_F(notebook_file, SaysThatAFileIsNotThere) {
  EXPECT_NE(read().find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace halley::fuzz
