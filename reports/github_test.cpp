#include "reports/github.hpp"

#include "reports/run_builder.hpp"
#include "reports/sample_log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> result;
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

/// A run in which `count` scenarios each violate a requirement of their own.
run_model violations(int count, const std::string& level) {
  sample::log_writer log;
  for (int i = 0; i < count; ++i) {
    const auto name = "n" + std::to_string(i);
    log.add(
        {{"ev", "scenario"},
         {"id", "ws/frame/" + name},
         {"requirements",
          {{{"name", "rule-" + std::to_string(i)}, {"level", level}, {"ref", "RFC 6455 §5"}}}}});
    log.instance(name, json::object(),
                 {{"verdict", level == "MUST" ? "fail" : "warn"},
                  {"violates", {"rule-" + std::to_string(i)}}});
  }
  return build_run_model(log.end_run().log());
}

TEST(github, a_violated_must_is_one_error_whatever_the_number_of_instances) {
  const auto lines = lines_of(github_text(build_run_model(sample::matrix_of_failures().log())));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0],
            "::error title=MUST fail-connection%2C RFC 6455 §5.2::A nonzero bit fails the "
            "connection.%0A3 instances against my-gateway%0Aagain: halley run "
            "'ws/frame/reserved-bits[opcode=ping,rsv=1]' --target gw.yaml --seed 7");
}

TEST(github, expected_and_got_of_the_first_instance_are_told) {
  const auto text = github_text(build_run_model(sample::one_failure().end_run().log()));
  EXPECT_NE(text.find("%0Aexpected close-1002 | close-other-code | dropped%0Agot ws.frame fin"),
            std::string::npos)
      << text;
}

TEST(github, the_tenth_says_how_many_more_there_are) {
  EXPECT_EQ(lines_of(github_text(violations(10, "MUST"))).size(), 10U);
  const auto lines = lines_of(github_text(violations(13, "MUST")));
  ASSERT_EQ(lines.size(), annotation_limit);
  EXPECT_EQ(lines.back().find("::error title=and 4 more::MUST rule-9, RFC 6455 §5%0A"), 0U)
      << lines.back();
}

TEST(github, a_should_is_a_warning_and_an_error_where_the_run_is_strict) {
  auto model = violations(2, "SHOULD");
  EXPECT_EQ(github_text(model).find("::warning title=SHOULD rule-0"), 0U);
  model.strict = true;
  EXPECT_EQ(github_text(model).find("::error title=SHOULD rule-0"), 0U);
}

TEST(github, what_a_target_sends_opens_no_command_and_no_property) {
  sample::log_writer log;
  log.scenario("evil");
  const std::string evil = "50%\r\n::error title=x,y:z::gotcha\x1b[31m";
  log.add({{"ev", "instance.start"},
           {"instance", "ws/frame/evil"},
           {"scenario", "ws/frame/evil"},
           {"target", "my-gateway"}});
  log.add({{"ev", "check"},
           {"instance", "ws/frame/evil"},
           {"requirement", evil},
           {"level", "MUST"},
           {"ref", evil},
           {"says", evil},
           {"expected", evil},
           {"got", evil}});
  log.add({{"ev", "instance.end"},
           {"instance", "ws/frame/evil"},
           {"target", "my-gateway"},
           {"verdict", "fail"}});
  const auto text = github_text(build_run_model(log.end_run().log()));
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), 1U) << text;
  const auto title = lines[0].substr(0, lines[0].find("::", 2));
  EXPECT_EQ(std::count(title.begin(), title.end(), ':'), 2) << title;
  EXPECT_EQ(std::count(title.begin(), title.end(), ','), 0) << title;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("50%25"), std::string::npos);
}

TEST(github, errors_and_findings_of_a_baseline_are_errors_and_known_failures_are_silent) {
  sample::log_writer log;
  const auto entry = [](const char* match) {
    return json{{"match", match}, {"expect", "fail"}, {"reason", "r"}, {"at_most", 1}};
  };
  log.add({{"ev", "baseline"},
           {"file", "b.yaml"},
           {"whole", true},
           {"entries", {entry("ws/frame/known"), entry("ws/frame/gone")}}});
  log.scenario("known").scenario("broken");
  log.instance("known", json::object(), {{"verdict", "fail"}, {"violates", {"fail-connection"}}});
  log.instance("broken", json::object(),
               {{"verdict", "error"}, {"error", {{"cause", "resource"}, {"text", "no port"}}}});
  const auto lines = lines_of(github_text(build_run_model(log.end_run().log())));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].find("::error title=stale%3A ws/frame/gone::no instance"), 0U) << lines[0];
  EXPECT_EQ(lines[1].find("::error title=error%3A resource::no port"), 0U) << lines[1];
}

TEST(github, a_good_run_says_nothing) {
  sample::log_writer log;
  log.scenario("good");
  log.instance("good", json::object(), {{"verdict", "pass"}});
  EXPECT_EQ(github_text(build_run_model(log.end_run().log())), "");
}

}  // namespace
}  // namespace halley::reports
