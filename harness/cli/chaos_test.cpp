// A network that misbehaves, as `halley serve` puts it in front of a server.
#include "cli/program_run.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::cli {
namespace {

/// A server of ours that runs until it is told to end.
class serving {
public:
  serving(workplace& here, const std::vector<std::string>& words, const std::string& greeting) {
    std::vector<std::string> all = {"serve"};
    all.insert(all.end(), words.begin(), words.end());
    process_ = here.start(std::move(all));
    comes_to_hold(process_->out(), "\n");
    said_ = last_line(text_of(process_->out()));
    EXPECT_TRUE(said_.starts_with(greeting)) << said_;
    where_ = said_.substr(greeting.size());
    where_ = where_.substr(0, where_.find(' '));
  }

  const std::string& where() const { return where_; }
  const std::string& said() const { return said_; }
  void expect_good_end() {
    process_->kill(SIGTERM);
    EXPECT_EQ(process_->wait().code, 0);
  }

private:
  std::unique_ptr<process> process_;
  std::string said_;
  std::string where_;
};

ending judge(workplace& here, const std::string& where) {
  return here.run({"run", "ws/echo/short", "http/root/get", "--out", "o", "--url",
                   "ws.echo=ws://" + where + "/echo", "--url", "http.root=http://" + where + "/"});
}

TEST(chaos, a_slow_network_in_front_of_the_gateway_is_no_fault_of_the_gateway) {
  workplace here;
  serving served(here, {"--chaos", "down: segment=7", "--chaos", "both: delay=1ms"},
                 "halley chaos on ");
  EXPECT_NE(served.said().find(" in front of halley gateway on "), std::string::npos);
  const auto end = judge(here, served.where());
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "3 passed, 0 failed, 0 skipped");
  served.expect_good_end();
}

TEST(chaos, a_cut_in_front_of_another_server_is_seen) {
  workplace here;
  serving behind(here, {}, "halley gateway on ");
  serving before(here, {"--upstream", behind.where(), "--chaos", "down: reset-after=20"},
                 "halley chaos on ");
  EXPECT_TRUE(before.said().ends_with(" in front of " + behind.where())) << before.said();
  EXPECT_EQ(judge(here, behind.where()).code, 0);
  const auto end = judge(here, before.where());
  EXPECT_NE(end.code, 0) << end.out;
  before.expect_good_end();
  behind.expect_good_end();
}

TEST(chaos, what_was_asked_for_wrongly_is_refused) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{"--chaos", "dealy=1s"}, "--chaos 'dealy=1s': no setting is called 'dealy' (did you mean"},
      {{"--chaos", "pass", "--chaos", "0: pass"}, "--chaos '0: pass': '0' names no connections"},
      {{"--upstream", "127.0.0.1:1"}, "--upstream goes with --chaos"},
      {{"--chaos", "pass", "--upstream", "192.0.2.1:80"}, "a server on this machine"},
      {{"--chaos", "pass", "--upstream", "127.0.0.1:0"}, "a server on this machine"},
      {{"--chaos", "pass", "--listen", "0.0.0.0:0"}, "listens on this machine only"},
      {{"--chaos", "pass", "--upstream", "127.0.0.1:1", "--mutant", "any-version"}, "--mutant"},
      {{"--chaos", "pass", "--upstream", "127.0.0.1:1", "--print-profile"}, "--print-profile"},
  };
  for (const auto& [words, text] : table) {
    workplace here;
    std::vector<std::string> all = {"serve"};
    all.insert(all.end(), words.begin(), words.end());
    const auto end = here.run(all);
    EXPECT_EQ(end.code, 2) << text;
    EXPECT_TRUE(end.err.starts_with("error: ")) << end.err;
    EXPECT_NE(end.err.find(text), std::string::npos) << end.err;
    EXPECT_EQ(end.out, "");
  }
}

TEST(chaos, the_profile_of_the_gateway_names_the_address_of_the_network) {
  workplace here;
  const auto printed =
      here.run({"serve", "--chaos", "pass", "--print-profile", "--listen", "127.0.0.1:8080"});
  EXPECT_EQ(printed.code, 0);
  EXPECT_NE(printed.out.find("ws://127.0.0.1:8080/echo"), std::string::npos);
}

/// A scenario whose client goes through a network, and then those steps.
std::string behind_a_network(const std::string& rules, const std::string& steps) {
  return "scenario: 1\nid: test/network\ntitle: What comes through\nsut: server\nrequirements:\n"
         "  does: {ref: none, level: MUST, basis: convention, says: It does what it should.}\n"
         "let: {octets: 0, nonsense: lots}\n"
         "actors:\n  client: {plays: client, chaos: [" +
         rules + "]}\n  other: {plays: client}\nsteps:\n" + steps;
}

ending play(workplace& here, const silent_server& target, const std::string& scenario) {
  write_text(here / "s/a.scenario.yaml", scenario);
  return here.run(
      {"run", "--scenarios", "s", "--out", "o", "--url", "ws.echo=ws://" + target.where() + "/"});
}

TEST(chaos, a_scenario_cuts_the_connections_of_its_client_and_counts_them) {
  const std::string open = "open: {to: \"${target.ws.echo}\"}}\n";
  const std::string cut = "expect: {within: 5s, event: {tcp.rst: {}}, violates: [does]}}\n";
  const std::string quiet =
      "expect: {within: 5s, event: {silence: {for: 50ms}}, violates: [does]}}\n";
  const auto scenario = behind_a_network(
      "'up 2: reset-after=${octets}'",
      "  - {" + open + "  - {" + quiet + "  - {conn: second, " + open + "  - {conn: second, " +
          cut + "  - {conn: third, " + open + "  - {conn: third, " + quiet + "  - {as: other, " +
          open + "  - {as: other, " + quiet);
  workplace here;
  const silent_server target;
  const auto end = play(here, target, scenario);
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_EQ(last_line(end.out), "1 passed, 0 failed, 0 skipped");
}

TEST(chaos, a_rule_that_a_variable_spoils_is_an_error_of_the_scenario) {
  workplace here;
  const silent_server target;
  const auto end = play(here, target,
                        behind_a_network("'up: reset-after=${nonsense}'",
                                         "  - open: {to: \"${target.ws.echo}\"}\n"
                                         "  - expect: {event: {tcp.rst: {}}, violates: [does]}\n"));
  EXPECT_EQ(end.code, 2) << end.out << end.err;
  const auto results = here.json_file("o/run.json")["results"];
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0]["error"]["cause"], "invalid-scenario");
  const auto text = results[0]["error"].dump();
  EXPECT_NE(text.find("'reset-after' is not 'lots'"), std::string::npos) << text;
}

}  // namespace
}  // namespace halley::cli
