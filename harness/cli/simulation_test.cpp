// Runs in virtual time, and trials of mutants, as users meet them.
#include "cli/network_choice.hpp"
#include "cli/program_run.hpp"
#include "simulation/network.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace halley::cli {
namespace {

using namespace std::chrono_literals;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> words_with(std::vector<std::string> words,
                                    const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(simulated_run, the_same_seed_gives_the_same_octets) {
  workplace here;
  const std::vector<std::string> words = {"run", "sse/server/stream", "http/framing/**", "--sim"};
  ASSERT_EQ(here.run(words_with(words, {"--out", "a"})).code, 0);
  ASSERT_EQ(here.run(words_with(words, {"--out", "b"})).code, 0);
  ASSERT_EQ(here.run(words_with(words, {"--out", "c", "--seed", "2"})).code, 0);
  const auto first = text_of(here / "a/events.jsonl");
  EXPECT_GT(first.size(), 10'000U);
  EXPECT_TRUE(first == text_of(here / "b/events.jsonl"));
  EXPECT_TRUE(text_of(here / "a/trace.pcapng") == text_of(here / "b/trace.pcapng"));
  EXPECT_FALSE(first == text_of(here / "c/events.jsonl"));
}

TEST(seed_sweep, what_a_seed_fails_is_named_with_the_command_that_shows_it) {
  workplace here;
  const auto good = here.run({"run", "http/host/missing", "--sim", "--seeds", "3"});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_TRUE(has(good.out, "3 seeds from 1")) << good.out;
  EXPECT_TRUE(has(good.out, "0 seeds failed")) << good.out;
  const auto bad = here.run({"run", "http/host/missing", "--sim", "--seeds", "3", "--seed", "7",
                             "--mutant", "accepts-no-host"});
  EXPECT_EQ(bad.code, 1) << bad.out << bad.err;
  EXPECT_TRUE(has(bad.out, "3 seeds failed")) << bad.out;
  EXPECT_TRUE(has(bad.out,
                  "halley run --sim --network vary --strength normal --seed 9 "
                  "--mutant accepts-no-host 'http/host/missing"))
      << bad.out;
  EXPECT_EQ(here.run({"run", "http/host/missing", "--seeds", "3"}).code, 2);
}

TEST(seed_sweep, draws_one_instance_of_each_scenario_with_each_seed) {
  workplace here;
  const auto all = here.run({"run", "http/host/invalid", "--sim", "--seeds", "20", "--draw",
                             "--mutant", "host-unchecked"});
  EXPECT_EQ(all.code, 1) << all.out << all.err;
  std::set<std::string> instances;
  std::istringstream lines(all.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("fail ")) instances.insert(line.substr(0, line.find(']')));
  EXPECT_GT(instances.size(), 3U) << "another with another seed\n" << all.out;
  EXPECT_TRUE(has(all.out, "20 seeds failed")) << all.out;
  EXPECT_EQ(here.run({"run", "http/host/invalid", "--sim", "--draw"}).code, 2);
}

TEST(simulated_run, an_instance_alone_meets_what_it_meets_among_all) {
  workplace here;
  const std::vector<std::string> how = {"--sim", "--network", "random", "--seed", "3", "-q"};
  ASSERT_EQ(here.run(words_with({"run", "connect/request/**", "--out", "all"}, how)).code, 0);
  const auto all = here.json_file("all/run.json");
  for (const std::size_t which : {2UL, 5UL}) {
    const auto& among = all["results"].at(which);
    const auto id = among["instance"].get<std::string>();
    const auto out = "alone" + std::to_string(which);
    ASSERT_EQ(here.run(words_with({"run", id, "--out", out}, how)).code, 0);
    const auto report = here.json_file((out + "/run.json").c_str());
    EXPECT_EQ(report["results"][0]["instance"], id);
    // Every draw of the network shows in the time that it took.
    EXPECT_NEAR(report["results"][0]["duration_ms"].get<double>(),
                among["duration_ms"].get<double>(), 0.000'01)
        << id;
  }
}

TEST(simulated_run, a_day_passes_in_a_moment) {
  workplace here;
  const std::string text =
      "scenario: 1\nid: a/day\ntitle: Nothing for a day\nsut: server\ntimeout: 90000s\n"
      "requirements:\n  quiet: {ref: none, level: MUST, basis: convention, says: Quiet.}\n"
      "steps:\n  - open: {to: \"${target.http.root}\"}\n  - delay: 86400s\n"
      "  - expect: {within: 1s, event: {tcp.closed: {}}, violates: [quiet]}\n";
  write_text(here / "day.scenario.yaml", text);
  const auto end = here.run({"run", "day.scenario.yaml", "--sim", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  const auto report = here.json_file("o/run.json");
  EXPECT_EQ(report["run"]["clock"], "virtual");
  EXPECT_GE(report["results"][0]["duration_ms"].get<double>(), 86'400'000.0);
}

TEST(simulated_run, nothing_is_judged_while_octets_still_go_out) {
  workplace here;
  const std::string text =
      "scenario: 1\nid: a/slow\ntitle: A ping of nine seconds\nsut: server\n"
      "requirements:\n  pong: {ref: none, level: MUST, basis: convention, says: Pong.}\n"
      "setup:\n  - use: ws/open\n"
      "steps:\n  - send: {ws.frame: {opcode: ping, payload: {text: abc}}}\n"
      "    wire: {segment: 1, gap: 1s}\n"
      "  - expect: {within: 1s, event: {ws.frame: {opcode: pong}}, violates: [pong]}\n";
  write_text(here / "slow.scenario.yaml", text);
  const auto end =
      here.run({"run", "slow.scenario.yaml", "--sim", "--network", "none", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
}

TEST(simulated_run, a_wait_that_the_end_of_the_instance_cuts_accuses_nobody) {
  workplace here;
  const std::string text =
      "scenario: 1\nid: a/cut\ntitle: Out of time\nsut: server\ntimeout: 3s\n"
      "requirements:\n  soon: {ref: none, level: MUST, basis: convention, says: Soon.}\n"
      "steps:\n  - open: {to: \"${target.http.root}\"}\n  - delay: 2s\n"
      "  - expect: {within: 2s, event: {http.response: {}}, violates: [soon]}\n";
  write_text(here / "cut.scenario.yaml", text);
  const auto end =
      here.run({"run", "cut.scenario.yaml", "--sim", "--network", "none", "--out", "o"});
  EXPECT_EQ(end.code, 3) << end.out << end.err;
  EXPECT_TRUE(has(end.out, "inconclusive")) << end.out;
}

TEST(simulated_run, each_instance_names_its_network) {
  workplace here;
  ASSERT_EQ(here.run({"run", "http/host/**", "http/method/**", "--sim", "--out", "o", "-q"}).code,
            0);
  std::set<std::string> seen;
  const auto report = here.json_file("o/run.json");
  for (const auto& one : report["results"])
    seen.insert(one["network"].get<std::string>());
  EXPECT_EQ(seen, (std::set<std::string>{"none", "50ms", "2s", "segments", "mss", "slow-reader"}));
}

TEST(simulated_run, a_failure_is_played_again_by_its_line) {
  workplace here;
  const auto end = here.run({"run", "http/host/missing", "--sim", "--network", "50ms", "--mutant",
                             "accepts-no-host", "--out", "o"});
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_TRUE(has(end.out,
                  "halley run http/host/missing --sim --network 50ms --mutant "
                  "accepts-no-host --seed 1"))
      << end.out;
}

TEST(simulated_run, it_is_for_the_reference_gateway) {
  workplace here;
  const auto end = here.run({"run", "--sim", "--url", "http.root=http://127.0.0.1:1/"});
  EXPECT_EQ(end.code, 2);
  EXPECT_TRUE(has(end.err, "leave out --target and --url")) << end.err;
  const auto unknown = here.run({"run", "--sim", "--network", "fast"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(has(unknown.err, "--network")) << unknown.err;
}

TEST(mutant_trial, both_lists_are_printed) {
  workplace here;
  const auto end = here.run({"run", "http/host/**", "--mutants"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_TRUE(has(end.out, "accepts-no-host\n    http/host/missing")) << end.out;
  EXPECT_TRUE(has(end.out, "rfc9112/3.2-missing-host")) << end.out;
  EXPECT_TRUE(has(last_line(end.out), " mutants caught, ")) << end.out;
}

TEST(mutant_trial, a_scenario_that_fails_no_mutant_is_a_finding) {
  workplace here;
  const std::string text =
      "scenario: 1\nid: a/blunt\ntitle: Sees nothing\nsut: server\n"
      "requirements:\n  any: {ref: none, level: MUST, basis: convention, says: Anything.}\n"
      "steps:\n  - open: {to: \"${target.http.root}\"}\n"
      "  - expect: {within: 1s, event: {silence: {for: 1ms}}, violates: [any]}\n"
      "mutants: [accepts-no-host]\n";
  write_text(here / "blunt.scenario.yaml", text);
  const auto end = here.run({"run", "blunt.scenario.yaml", "--mutants"});
  EXPECT_EQ(end.code, 1) << end.err;
  EXPECT_TRUE(has(end.out, "FAIL a/blunt names accepts-no-host and passes on it")) << end.out;
  EXPECT_TRUE(has(end.out, "FAIL no mutant fails the scenario a/blunt")) << end.out;
}

TEST(mutant_trial, a_scenario_is_not_held_back_by_one_that_the_mutant_fails_too) {
  workplace here;
  const auto text = [](const std::string& id, const std::string& after) {
    return "scenario: 1\nid: a/" + id + "\ntitle: Host is wanted\nsut: server\n" + after +
           "requirements:\n  host: {ref: none, level: MUST, basis: convention, says: Wanted.}\n"
           "steps:\n  - open: {to: \"${target.http.root}\"}\n"
           "  - send: {http.head: \"GET / HTTP/1.1\"}\n"
           "  - expect: {within: 1s, event: {http.response: {status: 400}}, violates: [host]}\n"
           "mutants: [accepts-no-host]\n";
  };
  write_text(here / "first.scenario.yaml", text("first", ""));
  write_text(here / "second.scenario.yaml", text("second", "after: [a/first]\n"));
  const auto end = here.run({"run", "first.scenario.yaml", "second.scenario.yaml", "--mutants"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_TRUE(has(end.out, "2 of 2 scenarios catch one")) << end.out;
}

TEST(fuzz, a_finding_is_shrunk_kept_and_fails_again_on_sockets) {
  workplace here;
  const auto end = here.run({"fuzz", "--sim", "longpoll-cursor", "--mutant",
                             "poll-cursor-abandoned", "--seed", "1", "--out", "o"});
  EXPECT_EQ(end.code, 1) << end.out << end.err;
  std::vector<std::string> kept;
  for (const auto& one : std::filesystem::directory_iterator(here / "o/found"))
    kept.push_back(one.path().string());
  ASSERT_EQ(kept.size(), 1U) << end.out;
  const auto again = here.run({"run", kept.front(), "--mutant", "poll-cursor-abandoned"});
  EXPECT_EQ(again.code, 1) << again.out << again.err;
  const auto good = here.run({"run", kept.front()});
  EXPECT_EQ(good.code, 0) << good.out << good.err;
}

TEST(fuzz, nothing_is_found_where_nothing_is) {
  workplace here;
  const auto end = here.run({"fuzz", "--sim", "longpoll-cursor", "--runs", "20", "--out", "o"});
  EXPECT_EQ(end.code, 0) << end.out << end.err;
  EXPECT_TRUE(has(end.out, "nothing found")) << end.out;
}

TEST(fuzz, an_unknown_model_is_named) {
  workplace here;
  const auto end = here.run({"fuzz", "--sim", "longpol"});
  EXPECT_EQ(end.code, 2);
  EXPECT_TRUE(has(end.err, "longpol")) << end.err;
}

TEST(network_choice, what_a_network_takes_is_allowed_for) {
  simulation::network::link slow;
  slow.up.delay = 20ms;
  slow.down.delay = 30ms;
  slow.down.jitter = 5ms;
  EXPECT_EQ(round_trip(slow), 55ms);
  EXPECT_GE(allowance(slow), 6 * 55ms);
  EXPECT_EQ(allowance(simulation::network::link{}), 0ms);
}

TEST(network_choice, chance_depends_on_seed_and_instance_alone) {
  const auto random = choose_network("random");
  ASSERT_TRUE(random);
  EXPECT_TRUE((*random)(1, "a").link == (*random)(1, "a").link);
  EXPECT_FALSE((*random)(1, "a").link == (*random)(2, "a").link);
  EXPECT_FALSE((*random)(1, "a").link == (*random)(1, "b").link);
  EXPECT_FALSE(choose_network("fast"));
}

}  // namespace
}  // namespace halley::cli
