#include "scenario/load.hpp"

#include "scenario/scenario.hpp"
#include "scenario/scenario_test_support.hpp"
#include "scenario/value.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace halley::scenario {
namespace {

namespace fs = std::filesystem;

const library& good_library() {
  static const auto read = load_library(test_library());
  return read;
}

const scenario& named(const library& all, const std::string& id) {
  static const scenario none;
  for (const auto& one : all.scenarios)
    if (one->id == id) return *one;
  ADD_FAILURE() << "no scenario " << id;
  return none;
}

TEST(load, a_good_library_has_no_problems) {
  EXPECT_EQ(said(good_library().problems), "");
  ASSERT_EQ(good_library().scenarios.size(), 2U);
  EXPECT_EQ(good_library().scenarios[0]->id, "chat/client");
  EXPECT_EQ(good_library().scenarios[1]->id, "door/answer");
}

TEST(load, the_head_of_a_scenario_is_read) {
  const auto& one = named(good_library(), "door/answer");
  EXPECT_EQ(one.rev, 2);
  EXPECT_EQ(one.purpose, kind::robustness);
  EXPECT_EQ(one.sut, role::server);
  EXPECT_EQ(one.needs, std::vector<std::string>{"http.echo"});
  EXPECT_EQ(one.timeout, std::chrono::seconds(30));
  EXPECT_EQ(one.strength.at("normal"), 0);
  EXPECT_EQ(one.mutants, std::vector<std::string>{"never-answers"});
  EXPECT_FALSE(one.vary_segmentation);
  ASSERT_EQ(one.matrix.size(), 3U);
  EXPECT_EQ(one.matrix[2].first, "size");
  ASSERT_EQ(one.exclude.size(), 1U);
  EXPECT_EQ(one.exclude[0][0].second.size(), 1U);  // one value stands for a list of it
  ASSERT_EQ(one.actors.size(), 1U);
  EXPECT_EQ(one.actors[0].name, "client");
  EXPECT_FALSE(one.actors[0].plays_server);
}

TEST(load, requirements_come_from_the_ledger_or_the_file) {
  const auto& one = named(good_library(), "door/answer");
  ASSERT_EQ(one.requirements.size(), 3U);
  const auto* polite = one.find_requirement("polite");
  ASSERT_NE(polite, nullptr);
  EXPECT_EQ(polite->ledger, "house/1.3-polite");
  EXPECT_EQ(polite->ref, "House rules §1.3");
  EXPECT_EQ(polite->weight, level::should);
  EXPECT_EQ(polite->basis, "derived");
  EXPECT_EQ(polite->says, "Nobody slams the door.");
  EXPECT_EQ(one.find_requirement("soon")->basis, "convention");
  EXPECT_EQ(one.find_requirement("soon")->at.line, 13);
  EXPECT_EQ(one.find_requirement("none"), nullptr);
}

TEST(load, the_ledger_is_sorted_and_has_whole_ids) {
  const auto& ledger = good_library().ledger;
  ASSERT_EQ(ledger.size(), 3U);
  EXPECT_EQ(ledger[0].id, "house/1.2-answer");
  EXPECT_EQ(ledger[2].status, "untestable");
  EXPECT_EQ(ledger[2].weight, level::may);
  EXPECT_EQ(ledger[1].roles.size(), 2U);
}

TEST(load, an_expectation_is_read_with_all_its_parts) {
  const auto& steps = named(good_library(), "door/answer").steps;
  ASSERT_EQ(steps.size(), 6U);
  EXPECT_EQ(steps[0].label, "the answer");
  EXPECT_EQ(steps[0].conn, "first");
  const auto* single = std::get_if<expect_step>(&steps[0].verb);
  ASSERT_NE(single, nullptr);
  EXPECT_TRUE(single->single);
  ASSERT_EQ(single->one_of.size(), 1U);
  EXPECT_EQ(single->one_of[0].is, "expected");
  EXPECT_EQ(single->otherwise, std::vector<std::string>{"answer"});
  EXPECT_EQ(single->ignoring, std::vector<std::string>{"http.chunk"});
  ASSERT_TRUE(single->time);
  EXPECT_EQ(to_text(single->time->max), "${scale}ms");
  EXPECT_TRUE(single->time->min.null());
  const auto& response = single->one_of[0].events[0];
  EXPECT_EQ(response.name, "http.response");
  EXPECT_EQ(response.at.line, 42);
  ASSERT_EQ(response.headers.size(), 4U);
  EXPECT_EQ(response.headers[0].first, "content-type");  // field names fold to lower case
  EXPECT_EQ(response.headers[0].second.how, match::op::contains);
  EXPECT_EQ(response.headers[1].second.how, match::op::absent);
  EXPECT_EQ(*response.headers[2].second.operand.text(), "5");  // texts compare with texts
  EXPECT_EQ(response.headers[3].second.how, match::op::present);
  EXPECT_EQ(response.fields[0].second.how, match::op::between);
}

TEST(load, alternatives_keep_their_order_and_share_what_an_alias_names) {
  const auto& steps = named(good_library(), "door/answer").steps;
  const auto& choice = std::get<expect_step>(steps[1].verb);
  EXPECT_FALSE(choice.single);
  ASSERT_EQ(choice.one_of.size(), 2U);
  EXPECT_EQ(choice.one_of[0].is, "whole");
  EXPECT_EQ(choice.one_of[1].violates, std::vector<std::string>{"polite"});
  EXPECT_EQ(choice.one_of[0].then.size(), 1U);
  EXPECT_EQ(verb_name(choice.one_of[1].then.at(0)), "close");
  EXPECT_EQ(choice.one_of[0].events[1].trailers[0].first, "x-sum");
}

TEST(load, the_other_verbs_are_read) {
  const auto& steps = named(good_library(), "door/answer").steps;
  EXPECT_EQ(std::get<send_step>(steps[2].verb).form, "bytes");
  EXPECT_EQ(*steps[2].segment.integer(), 1);
  EXPECT_EQ(to_text(steps[2].gap), "5ms");
  EXPECT_EQ(std::get<repeat_step>(steps[3].verb).as, "i");
  const auto& lanes = std::get<parallel_step>(steps[4].verb).lanes;
  ASSERT_EQ(lanes.size(), 2U);
  const auto& hooked = std::get<hook_step>(lanes[1].second[1].verb);
  EXPECT_EQ(hooked.name, "publish");
  EXPECT_EQ(hooked.into, "answer");
  ASSERT_EQ(hooked.arguments.size(), 1U);
  EXPECT_EQ(hooked.arguments[0].first, "count");
  EXPECT_EQ(std::get<check_step>(steps[5].verb).arguments.at(0).first, "at-most");
}

TEST(load, fragments_are_put_where_they_are_used) {
  const auto& setup = named(good_library(), "door/answer").setup;
  const auto& used = std::get<use_step>(setup.at(0).verb);
  EXPECT_EQ(used.fragment, "door/knock");
  ASSERT_EQ(used.with.size(), 1U);
  EXPECT_EQ(used.with[0].first, "path");
  EXPECT_EQ(used.steps.size(), 3U);
}

TEST(load, only_selects_files_and_takes_those_from_elsewhere) {
  const auto chat = test_library() / "chat" / "client.yaml";
  const auto one = load_library(test_library(), {chat});
  EXPECT_EQ(said(one.problems), "");  // what `after` names is known, though it is not selected
  ASSERT_EQ(one.scenarios.size(), 1U);
  const temporary_folder elsewhere;
  elsewhere.write("mine.yaml", minimal_scenario("mine/one"));
  const auto two = load_library(test_library(), {elsewhere.path(), chat});
  EXPECT_EQ(said(two.problems), "");
  EXPECT_EQ(two.scenarios.size(), 2U);
}

TEST(load, only_wanted_ids_are_read_and_the_others_are_known) {
  const temporary_folder root;
  root.write("s/a.yaml", minimal_scenario("s/a") + "after: [s/b, s/bb]\n");
  root.write("s/b.yaml", "scenario: 1\nid: s/b\nunknown: key\n");
  root.write("s/c.yaml", "scenario: 1\nid: s/c\n\x01\n");
  const auto read = load_library(root.path(), {}, [](const auto& id) { return id == "s/a"; });
  EXPECT_EQ(said(read.problems, root.path()),
            "s/a.yaml 7:14 scenario 's/bb' does not exist (did you mean 's/b'?)");
  ASSERT_EQ(read.scenarios.size(), 1U);
  EXPECT_EQ(read.scenarios[0]->id, "s/a");
  EXPECT_EQ(read.ids, (std::vector<std::string>{"s/a", "s/b", "s/c"}));
}

TEST(load, two_of_a_wanted_id_are_a_problem) {
  const temporary_folder root;
  root.write("s/a.yaml", minimal_scenario("s/a"));
  root.write("s/b.yaml", minimal_scenario("s/a"));
  root.write("s/c.yaml", minimal_scenario("s/c"));
  const auto read = load_library(root.path(), {}, [](const auto& id) { return id == "s/a"; });
  EXPECT_EQ(said(read.problems, root.path()), "s/b.yaml 1:1 id 's/a' is already taken by s/a.yaml");
}

TEST(load, a_file_that_does_not_tell_its_id_is_read) {
  const temporary_folder root;
  root.write("s/a.yaml", "scenario: 1\ntitel: x\n");
  const auto read = load_library(root.path(), {}, [](const auto&) { return false; });
  EXPECT_NE(said(read.problems).find("'titel'"), std::string::npos);
  root.write("s/a.yaml", "scenario: 1\ntitle: [\n");
  const auto broken = load_library(root.path(), {}, [](const auto&) { return false; });
  EXPECT_EQ(broken.problems.size(), 1U);
}

TEST(load, wanted_ids_are_looked_for_in_named_files_alone) {
  const temporary_folder elsewhere;
  elsewhere.write("one.yaml", minimal_scenario("mine/one"));
  elsewhere.write("two.yaml", minimal_scenario("mine/two"));
  const auto read = load_library(test_library(), {elsewhere.path()}, [](const auto& id) {
    return id.ends_with("o") || id == "door/answer";
  });
  EXPECT_EQ(said(read.problems), "");
  ASSERT_EQ(read.scenarios.size(), 1U);
  EXPECT_EQ(read.scenarios[0]->id, "mine/two");
}

TEST(load, a_copy_that_is_played_instead_may_keep_its_id) {
  const auto original = load_library(test_library()).scenarios.front();
  const temporary_folder elsewhere;
  elsewhere.write("copy.yaml", minimal_scenario(original->id));
  const auto copy = load_library(test_library(), {elsewhere.path()});
  EXPECT_EQ(said(copy.problems), "");
  ASSERT_EQ(copy.scenarios.size(), 1U);
  EXPECT_NE(*copy.scenarios.front()->file, *original->file);
  const auto both = load_library(test_library(), {elsewhere.path(), fs::path(*original->file)});
  EXPECT_EQ(both.problems.size(), 1U);
}

TEST(load, a_missing_file_is_a_problem) {
  const auto none = load_library(test_library(), {"/nowhere/x.yaml"});
  ASSERT_EQ(none.problems.size(), 1U);
  EXPECT_EQ(none.problems[0].text, "cannot be opened");
}

TEST(load, problems_across_files_are_found) {
  const temporary_folder root;
  root.write("requirements/a.yaml",
             "ledger: a\ntitle: t\nentries:\n"
             "  - {id: x, ref: r, level: MUST, says: s, status: tested}\n"
             "  - {id: x, ref: r, level: MUST, says: s, status: out-of-scope, why: w}\n");
  root.write("fragments/one.yaml", "fragment: 1\nid: f/one\nsteps: [{use: f/two}]\n");
  root.write("fragments/two.yaml", "fragment: 1\nid: f/two\nsteps: [{use: f/one}, {use: f/tow}]\n");
  root.write("fragments/zwei.yaml", "fragment: 1\nid: f/two\nsteps: []\n");
  root.write("s/a.yaml", minimal_scenario("s/a"));
  root.write("s/b.yaml", minimal_scenario("s/a"));
  root.write("s/c.yaml", minimal_scenario("s/c") + "after: [s/aa]\nsetup: [{use: f/one}]\n");
  root.write("profiles/p.yaml", "this: is no scenario\n");
  EXPECT_EQ(said(load_library(root.path()).problems, root.path()),
            "fragments/two.yaml 3:15 fragment 'f/one' uses itself\n"
            "fragments/two.yaml 3:29 unknown fragment 'f/tow' (did you mean 'f/two'?)\n"
            "fragments/zwei.yaml 1:1 fragment 'f/two' is already in fragments/two.yaml\n"
            "requirements/a.yaml 5:5 'a/x' is already in the ledger (requirements/a.yaml:4)\n"
            "s/b.yaml 1:1 id 's/a' is already taken by s/a.yaml\n"
            "s/c.yaml 7:9 scenario 's/aa' does not exist (did you mean 's/a'?)");
}

TEST(load, fragments_that_multiply_are_stopped) {
  const temporary_folder root;
  root.write("fragments/f0.yaml", "fragment: 1\nid: f/f0\nsteps: [{delay: 1ms}, {delay: 1ms}]\n");
  for (int i = 1; i < 30; ++i) {
    const auto last = "{use: f/f" + std::to_string(i - 1) + "}";
    std::string text = "fragment: 1\nid: f/f";
    text.append(std::to_string(i)).append("\nsteps: [").append(last).append(", ");
    text.append(last).append("]\n");
    root.write("fragments/f" + std::to_string(i) + ".yaml", text);
  }
  const auto read = load_library(root.path());
  ASSERT_FALSE(read.problems.empty());
  EXPECT_EQ(read.problems[0].text, "with its fragments this has more than 2000 steps");
}

TEST(load, what_a_fragment_speaks_of_is_looked_up_in_the_scenario) {
  const temporary_folder root;
  root.write("fragments/f.yaml",
             "fragment: 1\nid: f/f\nsteps:\n"
             "  - {as: origin, expect: {event: {tcp.fin: {}}, violates: [fine]}}\n");
  root.write("fragments/g.yaml", "fragment: 1\nid: f/g\nsteps: [{use: f/f}]\n");
  root.write("s/a.yaml", minimal_scenario("s/a") + "setup:\n  - use: f/g\n");
  EXPECT_EQ(said(load_library(root.path()).problems, root.path()),
            "s/a.yaml 8:5 actor 'origin' is not declared\n"
            "s/a.yaml 8:5 requirement 'fine' is not declared");
}

TEST(load, a_fragment_has_the_actor_of_its_use_and_defaults_for_its_arguments) {
  const temporary_folder root;
  root.write("fragments/f.yaml",
             "fragment: 1\nid: f/f\ndefaults: {fields: none, size: 3}\nsteps:\n"
             "  - {send: {bytes: \"${fields}\"}}\n"
             "  - {as: other, close: fin}\n");
  root.write("fragments/g.yaml", "fragment: 1\nid: f/g\nsteps: [{use: f/f, with: {size: 4}}]\n");
  root.write("s/a.yaml", minimal_scenario("s/a") +
                             "actors: {me: {plays: client}, other: {plays: client}}\n"
                             "setup:\n  - {as: me, conn: two, use: f/g}\n");
  const auto read = load_library(root.path());
  ASSERT_EQ(said(read.problems, root.path()), "");
  const auto& outer = std::get<use_step>(read.scenarios[0]->setup[0].verb);
  const auto& inner = std::get<use_step>(outer.steps[0].verb);
  ASSERT_EQ(inner.steps.size(), 2U);
  EXPECT_EQ(inner.steps[0].as, "me");
  EXPECT_EQ(inner.steps[0].conn, "two");
  EXPECT_EQ(inner.steps[1].as, "other");
  EXPECT_EQ(inner.steps[1].conn, "");
  ASSERT_EQ(inner.with.size(), 2U);
  EXPECT_EQ(to_text(inner.with[0].second), "4");
  EXPECT_EQ(to_text(inner.with[1].second), "none");
}

TEST(load, a_problem_is_shown_with_its_line_and_a_caret) {
  const problem one{{std::make_shared<const std::string>("a\x1B.yaml"), 3, 5},
                    "unknown key '\x07'",
                    "é: \x1B[1mx"};
  EXPECT_EQ(to_text(one), "a\\x1b.yaml:3:5: error: unknown key '\\x07'\n  é: \\x1b[1mx\n     ^");
  EXPECT_EQ(to_text(problem{{nullptr, 1, 1}, "x", ""}), "?:1:1: error: x");
}

}  // namespace
}  // namespace halley::scenario
