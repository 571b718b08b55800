#include "cli/capabilities.hpp"
#include "cli/check_command.hpp"
#include "cli/contracts.hpp"
#include "cli/explain_command.hpp"
#include "cli/library_view.hpp"
#include "cli/list_command.hpp"
#include "cli/merge_command.hpp"
#include "cli/schema_command.hpp"
#include "cli/subcommand.hpp"
#include "cli/words.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace halley::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct outcome {
  int code = -1;
  std::string out;
  std::string err;
};

outcome run(std::vector<std::string> words, const fs::path& scenarios = "no-such-folder") {
  std::ostringstream out;
  std::ostringstream err;
  const command_context context{out, err, scenarios, {{"answers-late", "answers too late"}}};
  CLI::App program("halley");
  std::vector<subcommand> commands;
  for (const add_subcommand add : {add_list, add_check, add_explain, add_schema, add_merge})
    commands.push_back(add(program, context));
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    program.parse(words);
  } catch (const CLI::ParseError& error) {
    return {exit_status::usage, out.str(), error.what()};
  }
  const int code = run_parsed(commands);
  return {code, out.str(), err.str()};
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

/// A fresh folder of the running test, removed with the object.
struct temporary_folder {
  temporary_folder()
      : path(
            fs::path(testing::TempDir()) /
            (std::string("cli_") + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~temporary_folder() { fs::remove_all(path); }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  fs::path path;
};

constexpr const char* scenario_text = R"(scenario: 1
id: ws/frame/bits
title: A frame with a reserved bit set fails the connection
sut: server
needs: [ws.server]
requirements:
  drops:
    ref: RFC 6455 §5.2
    level: MUST
    says: A nonzero bit fails the connection.
  close-first:
    ref: RFC 6455 §7.1.7
    level: SHOULD
    says: A Close frame comes first.
matrix:
  rsv: [1, 2]
steps:
  - open: {to: "${target.ws.echo}"}
  - expect:
      within: 2s
      one_of:
        - is: closed
          events: [{ws.close: {}}]
        - is: dropped
          events: [{tcp.closed: {}}]
          violates: [close-first]
      otherwise: {violates: [drops]}
)";

struct library_folder : temporary_folder {
  library_folder() {
    fs::create_directories(path / "requirements");
    write(path / "ws" / "bits.scenario.yaml", scenario_text);
  }
};

TEST(list, scenarios_are_listed_as_text_json_and_instances) {
  const library_folder library;
  const auto text = run({"list"}, library.path);
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("ws/frame/bits  A frame with"), std::string::npos);
  const auto document = json::parse(run({"list", "scenarios", "--json"}, library.path).out);
  EXPECT_EQ(document.at(0)["id"], "ws/frame/bits");
  EXPECT_EQ(run({"list", "scenarios", "--instances"}, library.path).out,
            "ws/frame/bits[rsv=1]\nws/frame/bits[rsv=2]\n");
  EXPECT_EQ(run({"list", "scenarios", "sse/*"}, library.path).out, "");
}

TEST(list, the_programs_own_tables_need_no_library) {
  EXPECT_NE(run({"list", "contracts"}).out.find("proxy.connect"), std::string::npos);
  EXPECT_NE(run({"list", "capabilities"}).out.find("ws.permessage-deflate"), std::string::npos);
  EXPECT_NE(run({"list", "reports"}).out.find("junit"), std::string::npos);
  EXPECT_EQ(run({"list", "mutants"}).out, "answers-late  answers too late\n");
  EXPECT_EQ(run({"list", "nonsense"}).code, 2);
  const auto absent = run({"list"});
  EXPECT_EQ(absent.code, 2);
  EXPECT_NE(absent.err.find("no scenarios folder at no-such-folder"), std::string::npos);
}

TEST(check, a_good_library_is_counted_and_a_bad_one_is_explained) {
  const library_folder library;
  const auto good = run({"check"}, library.path);
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(good.out, "1 scenarios, 0 profiles: no problems\n");
  const auto named = run({"check", library.path.string()}, library.path);
  EXPECT_EQ(named.out, good.out) << named.err;
  auto text = std::string(scenario_text);
  text.replace(text.find("violates: [drops]"), 17, "violates: [dorps]");
  const auto file = library.path / "bad.scenario.yaml";
  write(file, text);
  const auto bad = run({"check", file.string()}, library.path);
  EXPECT_EQ(bad.code, 2);
  EXPECT_NE(bad.err.find("did you mean 'drops'?"), std::string::npos) << bad.err;
  EXPECT_NE(bad.err.find('^'), std::string::npos);
  EXPECT_EQ(run({"list"}, library.path).code, 2) << "nothing works on half a library";
  EXPECT_EQ(run({"check", "no-such-file.yaml"}, library.path).code, 2);
}

TEST(explain, a_scenario_shows_each_answer_with_its_verdict) {
  const library_folder library;
  const auto text = run({"explain", "ws/frame/bits[rsv=2]"}, library.path);
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("MUST drops, RFC 6455 §5.2"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("closed     pass"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("dropped    warn  violates close-first"), std::string::npos);
  EXPECT_NE(text.out.find("otherwise  fail  violates drops"), std::string::npos);
}

TEST(explain, contracts_capabilities_and_words_need_no_library) {
  EXPECT_NE(run({"explain", "contract:ws.echo"}).out.find("smallest server"), std::string::npos);
  EXPECT_NE(run({"explain", "ws.echo"}).out.find("contract ws.echo"), std::string::npos);
  const auto both = run({"explain", "http.echo"}).out;
  EXPECT_NE(both.find("contract http.echo"), std::string::npos);
  EXPECT_NE(both.find("capability http.echo"), std::string::npos);
  EXPECT_NE(run({"explain", "blocked"}).out.find("skip reason"), std::string::npos);
  EXPECT_NE(run({"explain", "130"}).out.find("exit code"), std::string::npos);
  EXPECT_EQ(run({"explain"}).code, 2);
  const library_folder library;
  EXPECT_EQ(run({"explain", "no/such/thing"}, library.path).code, 2);
}

TEST(schema, each_kind_of_file_has_one) {
  for (const auto* const kind : {"scenario", "profile", "baseline", "fragment", "ledger"}) {
    const auto result = run({"schema", kind});
    EXPECT_EQ(result.code, 0);
    EXPECT_TRUE(json::parse(result.out).is_object()) << kind;
  }
  EXPECT_EQ(run({"schema", "suite"}).code, 2);
}

constexpr const char* log_head =
    R"({"ev":"header","schema":"events/1","run":"R1","started":"2026-01-01T00:00:00.000Z"}
{"t":0,"ev":"run.start","seq":0,"command":["halley","run"]}
{"t":1,"ev":"instance.start","seq":1,"instance":"a","scenario":"a","target":"t","attempt":1}
)";
constexpr const char* log_tail =
    R"({"t":2,"ev":"instance.end","seq":2,"instance":"a","target":"t","verdict":"pass"}
{"t":3,"ev":"run.end","seq":3,"exit":0,"interrupted":false,"counts":{"pass":1}}
)";

TEST(merge, a_killed_run_is_reported_where_it_lies) {
  const temporary_folder folder;
  write(folder.path / "events.jsonl", std::string(log_head) + R"({"t":2,"ev":"instance.e)");
  const auto result = run({"merge", folder.path.string(), "--report", "junit"});
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_TRUE(result.out.ends_with("0 passed, 0 failed, 0 skipped, 1 errors\n")) << result.out;
  EXPECT_TRUE(fs::exists(folder.path / "junit.xml"));
  std::ifstream in(folder.path / "run.json");
  const auto document = json::parse(in);
  EXPECT_EQ(document["run"]["complete"], false);
  EXPECT_EQ(document["results"][0]["error"]["cause"], "interrupted");
}

TEST(merge, two_runs_become_one_folder_that_merges_again) {
  const temporary_folder folder;
  for (const auto* const name : {"a", "b"})
    write(folder.path / name / "events.jsonl", std::string(log_head) + log_tail);
  const auto out = (folder.path / "all").string();
  const auto result = run({"merge", (folder.path / "a").string(), (folder.path / "b").string(),
                           "--out", out, "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["results"].size(), 2U) << "stdout is the report alone";
  EXPECT_EQ(run({"merge", out}).code, 0);
  EXPECT_EQ(run({"merge", (folder.path / "a").string(), out, "--out", out}).code, 3)
      << "an input is never overwritten";
}

TEST(merge, what_is_no_log_is_refused) {
  const temporary_folder folder;
  write(folder.path / "events.jsonl", "not json\n");
  const auto result = run({"merge", folder.path.string()});
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.err.find("error: "), std::string::npos);
  EXPECT_EQ(run({"merge", (folder.path / "absent").string()}).code, 3);
  EXPECT_EQ(run({"merge", folder.path.string(), "--report", "jnuit"}).code, 2);
  EXPECT_EQ(run({"merge"}).code, 2);
}

TEST(tables, names_are_unique_and_texts_are_there) {
  std::set<std::string_view> names;
  for (const auto& one : contracts()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_FALSE(one.duty.empty() || one.smallest.empty() || one.about.empty()) << one.name;
  }
  names.clear();
  for (const auto& one : capabilities()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    const bool known = find_contract(one.rests_on) != nullptr || one.rests_on == "driver" ||
                       one.rests_on.starts_with("hook ");
    EXPECT_TRUE(known) << one.name << " rests on " << one.rests_on;
  }
  names.clear();
  for (const auto& one : words())
    EXPECT_TRUE(names.insert(one.word).second) << one.word;
}

TEST(globs, a_star_stands_for_any_octets) {
  for (const auto* const glob : {"*", "ws/*", "ws/**", "*bits", "w?/frame/bits", "ws/*/b*s"})
    EXPECT_TRUE(glob_matches(glob, "ws/frame/bits")) << glob;
  for (const auto* const glob : {"", "ws", "sse/*", "*x", "?", "ws/frame/bits?"})
    EXPECT_FALSE(glob_matches(glob, "ws/frame/bits")) << glob;
}

}  // namespace
}  // namespace halley::cli
