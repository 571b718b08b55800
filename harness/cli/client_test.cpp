// Clients under test, as users meet them: the reference client, and drivers of their own.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

/// A profile of a client; `driver` is the body of its mapping.
std::string client_profile(const std::string& driver) {
  return "profile: 1\nname: mine\ndriver: {" + driver +
         "}\ncapabilities: {ws.client: yes, driver.observe: yes}\n";
}

std::string reference_client(const std::string& more = {}) {
  return client_profile("command: [\"" HALLEY_PROGRAM "\", client" + more + "]");
}

/// Verdict and reason of the last attempt.
std::string verdict_of(const nlohmann::json& report) {
  if (report["results"].empty()) return "no result";
  auto one = report["results"].back();
  std::string result = one["verdict"];
  if (one["skip"].is_object()) result += " " + one["skip"]["reason"].get<std::string>();
  if (one["error"].is_object()) result += " " + one["error"]["cause"].get<std::string>();
  return result;
}

TEST(client, the_reference_client_passes_over_sockets_in_simulation_and_as_a_process) {
  workplace here;
  write_text(here / "mine.profile.yaml", reference_client());
  const std::vector<std::vector<std::string>> ways = {
      {"--out", "a"}, {"--out", "b", "--sim"}, {"--out", "c", "--target", "mine.profile.yaml"}};
  for (auto words : ways) {
    words.insert(words.begin(), {"run", "ws/client/echo", "ws/client/reports"});
    const auto end = here.run(words);
    EXPECT_EQ(end.code, 0) << end.out << end.err;
    EXPECT_EQ(last_line(end.out), "7 passed, 0 failed, 0 skipped");
  }
  bool told = false;
  for (const auto& one : here.events("c/events.jsonl"))
    told = told || (one.value("ev", "") == "app.message" &&
                    one.value("instance", "") == "ws/client/reports" &&
                    one.value("actor", "") == "sut" && one.value("base64", "") == "AP+A");
  EXPECT_TRUE(told);
}

TEST(client, a_deviation_of_the_client_is_found) {
  workplace here;
  write_text(here / "mine.profile.yaml", reference_client(", --mutant, client-no-close-answer"));
  auto end = here.run({"run", "ws/client/echo", "--target", "mine.profile.yaml", "--out", "a"});
  EXPECT_EQ(end.code, 1) << end.out << end.err;
  end = here.run({"run", "ws/client/echo", "--sim", "--mutant", "client-unmasked", "--out", "b"});
  EXPECT_EQ(end.code, 1) << end.out << end.err;
  end = here.run({"run", "ws/client/echo", "ws/client/reports", "--mutants"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
}

TEST(client, who_plays_no_such_role_is_not_asked) {
  workplace here;
  write_text(here / "mine.profile.yaml", reference_client());
  auto end = here.run({"run", "http/root/get", "--target", "mine.profile.yaml", "--out", "a"});
  EXPECT_EQ(end.code, 4) << end.out << end.err;
  EXPECT_EQ(verdict_of(here.json_file("a/run.json")), "skip not-applicable");
  end = here.run(
      {"run", "ws/client/reports", "--url", "http.root=http://127.0.0.1:1/", "--out", "b"});
  EXPECT_EQ(verdict_of(here.json_file("b/run.json")), "skip not-applicable");
  write_text(here / "mine.profile.yaml", "profile: 1\nname: mine\nroles: [client]\n");
  end = here.run({"run", "ws/client/reports", "--target", "mine.profile.yaml", "--out", "c"});
  EXPECT_EQ(verdict_of(here.json_file("c/run.json")), "skip not-applicable");
}

TEST(client, trouble_of_a_driver_is_no_finding_and_a_crash_is_one) {
  struct row {
    std::string driver;
    std::string verdict;
  };
  const std::string shell = "command: [/bin/sh, -c, ";
  const std::vector<row> rows = {
      {shell + "'read -r line; kill -SEGV $$']", "fail"},
      {shell + "'read -r line; kill -SEGV $$'], reuse: false", "error target-died"},
      {shell + "'read -r line; exit 1']", "error target-died"},
      {shell + "'echo hello; read -r line; exit 0']", "error target-died"},
      {"command: [no-such-program]", "skip unsupported-here"},
      {"exec: [/bin/sh, -c, ':', \"${to}\"]", "skip not-applicable"},
  };
  for (const auto& one : rows) {
    workplace here;
    write_text(here / "mine.profile.yaml", client_profile(one.driver));
    const auto end =
        here.run({"run", "ws/client/reports", "--target", "mine.profile.yaml", "--out", "o"});
    EXPECT_EQ(verdict_of(here.json_file("o/run.json")), one.verdict)
        << one.driver << end.out << end.err;
  }
}

// Under all that ran at once the driver is gone; each is played again, one after the other.
TEST(client, who_loses_the_driver_together_with_others_is_judged_alone) {
  workplace here;
  write_text(here / "mine.profile.yaml",
             client_profile("command: [/bin/sh, -c, 'read -r line; kill -SEGV $$']"));
  const auto end =
      here.run({"run", "ws/client/echo", "--target", "mine.profile.yaml", "--out", "o"});
  EXPECT_EQ(end.code, 1) << end.out << end.err;
  const auto report = here.json_file("o/run.json");
  std::map<int, int> attempts;
  for (const auto& one : report["results"]) {
    ++attempts[one["attempt"].get<int>()];
    EXPECT_EQ(one["verdict"], one["attempt"] == 1 ? "error" : "fail") << one;
  }
  EXPECT_GT(attempts[1], 3);
  EXPECT_EQ(attempts[1], attempts[2]);
}

TEST(client, the_program_knows_its_own_mutants_only) {
  workplace here;
  EXPECT_EQ(here.run({"client"}).code, 0) << "its input has ended";
  EXPECT_EQ(here.run({"client", "--mutant", "no-such"}).code, 2);
  EXPECT_EQ(here.run({"client", "--mutant", "utf8-unchecked"}).code, 2);
  EXPECT_EQ(here.run({"serve", "--mutant", "client-unmasked"}).code, 2);
}

}  // namespace
}  // namespace halley::cli
