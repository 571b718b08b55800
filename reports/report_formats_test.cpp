#include "reports/console.hpp"
#include "reports/junit.hpp"
#include "reports/kinds.hpp"
#include "reports/markdown.hpp"
#include "reports/run_builder.hpp"
#include "reports/run_json.hpp"
#include "reports/sample_log.hpp"
#include "reports/tap.hpp"
#include "reports/text_safety.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return type == "null" && value.is_null();
}

/// The JSON Schema words that our schema uses. `closed`: unknown keys count as wrong even where
/// the schema is open, so that a new field cannot be forgotten in the schema.
std::string schema_problem(const json& schema, const json& value, const std::string& at) {
  if (const auto allowed = schema.find("enum"); allowed != schema.end())
    return std::find(allowed->begin(), allowed->end(), value) != allowed->end()
               ? ""
               : at + ": " + value.dump() + " is not one of " + allowed->dump();
  if (const auto type = schema.find("type"); type != schema.end()) {
    const auto types = type->is_array() ? *type : json::array({*type});
    if (std::none_of(types.begin(), types.end(),
                     [&](const json& one) { return has_type(value, one); }))
      return at + ": " + value.dump() + " is no " + type->dump();
  }
  if (value.is_number_integer() && schema.contains("minimum") && value < schema["minimum"])
    return at + ": too small";
  if (value.is_array()) {
    if (schema.contains("minItems") && value.size() < schema["minItems"]) return at + ": too short";
    if (schema.contains("maxItems") && value.size() > schema["maxItems"]) return at + ": too long";
    for (std::size_t i = 0; schema.contains("items") && i < value.size(); ++i)
      if (auto wrong = schema_problem(schema["items"], value[i], at + "/" + std::to_string(i));
          !wrong.empty())
        return wrong;
  }
  if (!value.is_object() || !schema.contains("properties")) return "";
  for (const auto& name : schema["required"])
    if (!value.contains(name)) return at + ": '" + name.get<std::string>() + "' is missing";
  for (const auto& [name, one] : value.items()) {
    if (!schema["properties"].contains(name))
      return std::string(at).append(": '").append(name).append("' is not in the schema");
    if (auto wrong = schema_problem(schema["properties"][name], one,
                                    std::string(at).append("/").append(name));
        !wrong.empty())
      return wrong;
  }
  return "";
}

json run_schema_document() {
  std::ifstream in(std::filesystem::path(HALLEY_SOURCE_DIR) / "reports/schemas/run.1.schema.json");
  return json::parse(in);
}

TEST(run_json, the_report_fits_its_shipped_schema) {
  const auto schema = run_schema_document();
  for (const auto& log : {sample::one_failure().log(), sample::every_verdict().log(),
                          sample::every_verdict().end_run().log(),
                          sample::matrix_of_failures().log(), trace::log_content()}) {
    const auto document = json::parse(run_json_text(build_run_model(log)));
    EXPECT_EQ(schema_problem(schema, document, ""), "");
  }
}

TEST(run_json, the_schema_check_can_fail) {
  const auto schema = run_schema_document();
  const auto good = json::parse(run_json_text(build_run_model(sample::every_verdict().log())));
  const std::vector<std::pair<const char*, json>> changes = {
      {"/results/0/verdict", "green"}, {"/results/0/attempt", 0},
      {"/run/complete", "yes"},        {"/schema", "run/2"},
      {"/results/0/unknown", 1},       {"/summary/closing", nullptr},
  };
  for (const auto& [pointer, value] : changes) {
    auto bad = good;
    bad[json::json_pointer(pointer)] = value;
    EXPECT_NE(schema_problem(schema, bad, ""), "") << pointer;
  }
}

TEST(run_json, results_and_summary_say_what_the_log_said) {
  const auto document =
      json::parse(run_json_text(build_run_model(sample::every_verdict().end_run().log())));
  EXPECT_EQ(document["schema"], "run/1");
  EXPECT_EQ(document["run"]["exit"], 1);
  EXPECT_EQ(document["summary"]["verdicts"],
            json::parse(R"({"pass":1,"info":1,"warn":1,"fail":1,"skip":1,"error":1})"));
  EXPECT_EQ(document["summary"]["closing"],
            json::parse(R"({"passed":3,"failed":1,"skipped":1,"known":0,"errors":1})"));
  EXPECT_EQ(document["requirements"][0]["id"], "ws/frame/reserved-bits#fail-connection");
  EXPECT_EQ(document["results"][0]["pcap"], json::parse(R"({"path":"trace.pcapng",
    "frames":[12,15]})"));
  EXPECT_TRUE(document["results"][0]["transcript"].contains("inline"));
  EXPECT_FALSE(document["results"][1]["transcript"].contains("inline")) << "passes are references";
}

TEST(console, a_failure_speaks_the_scenarios_own_words) {
  const auto model = build_run_model(sample::one_failure().end_run().log());
  EXPECT_EQ(
      console_text(model, {}),
      "FAIL ws/frame/reserved-bits[opcode=ping,rsv=2] @ my-gateway     MUST fail-connection, "
      "RFC 6455 §5.2\n"
      "  scenarios/websocket/reserved-bits.scenario.yaml:42\n"
      "      client  send    ws.frame fin rsv=2 ping 125 B masked  a9 fd 01 02 03 04  +0.4 ms\n"
      "    - client  expect  close-1002 | close-other-code | dropped\n"
      "    + client  got     ws.frame fin pong 125 B               8a 7d 61 62        +1.1 ms"
      "   = variant echoed\n"
      "  MUST    A nonzero bit fails the connection.\n"
      "  trace   trace.pcapng, frames 12-15     again   halley run "
      "'ws/frame/reserved-bits[opcode=ping,rsv=2]' --target gw.yaml --seed 7\n"
      "\n"
      "my-gateway     MUST 0/1        SHOULD 1/1       1 fail 0 warn 0 skip    0.0 s\n"
      "my-gateway not conformant: 1 MUST requirement violated (RFC 6455 §5.2 fail-connection)\n"
      "0 passed, 1 failed, 0 skipped\n");
}

TEST(console, a_heading_names_the_violation_of_the_highest_level) {
  sample::log_writer log;
  log.scenario("reserved-bits");
  log.instance("reserved-bits", json::object(),
               {{"verdict", "fail"}, {"violates", {"send-close", "fail-connection"}}});
  EXPECT_TRUE(console_text(build_run_model(log.end_run().log()), {})
                  .starts_with("FAIL ws/frame/reserved-bits @ my-gateway     MUST "
                               "fail-connection, RFC 6455 §5.2\n"));
}

TEST(console, identical_failures_are_one_block_with_what_they_share) {
  const auto text = console_text(build_run_model(sample::matrix_of_failures().log()), {});
  EXPECT_EQ(text.find("FAIL "), text.rfind("FAIL "));
  EXPECT_NE(text.find("fails for opcode=ping (3 of 12); all others pass"), std::string::npos);
  EXPECT_NE(text.find("also    'ws/frame/reserved-bits[opcode=ping,rsv=2]'"), std::string::npos);
  EXPECT_TRUE(text.ends_with("9 passed, 3 failed, 0 skipped\n"));
}

TEST(console, skips_errors_and_an_incomplete_log_are_named) {
  console_options options;
  options.written = {"out/run.json", "out/junit.xml"};
  const auto text = console_text(build_run_model(sample::every_verdict().log()), options);
  EXPECT_NE(text.find("skipped 1\n  1 blocked: after ws/x\n"), std::string::npos) << text;
  EXPECT_NE(text.find("ERROR ws/frame/quiet[n=5] @ my-gateway     resource"), std::string::npos);
  EXPECT_NE(text.find("WARN ws/frame/quiet[n=3] @ my-gateway     SHOULD send-close"),
            std::string::npos);
  EXPECT_NE(text.find("incomplete: "), std::string::npos);
  EXPECT_NE(text.find("reports: out/run.json  out/junit.xml\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("3 passed, 1 failed, 1 skipped, 1 errors\n"));
}

TEST(console, colour_follows_choice_then_environment_then_terminal) {
  const terminal_facts none;
  const terminal_facts terminal{.is_terminal = true};
  const terminal_facts no{.is_terminal = true, .no_color = true, .force_color = true};
  const terminal_facts force{.force_color = true};
  EXPECT_FALSE(use_colour(colour_choice::automatic, none));
  EXPECT_TRUE(use_colour(colour_choice::automatic, terminal));
  EXPECT_FALSE(use_colour(colour_choice::automatic, no));
  EXPECT_TRUE(use_colour(colour_choice::automatic, force));
  EXPECT_TRUE(use_colour(colour_choice::always, no));
  EXPECT_FALSE(use_colour(colour_choice::never, force));
  EXPECT_EQ(resolve_progress(progress_choice::bar, none), progress_choice::lines);
  EXPECT_EQ(resolve_progress(progress_choice::automatic, terminal), progress_choice::bar);
}

std::string play(const trace::log_content& log,
                 const console_options& options,
                 std::chrono::seconds gap) {
  std::ostringstream out;
  std::chrono::steady_clock::time_point now;
  console_reporter reporter(out, options, [&] { return now; });
  reporter.expect_instances(12);
  reporter.on_header(log.header);
  for (const auto& event : log.events) {
    now += gap;
    reporter.on_event(event);
  }
  reporter.finish(build_run_model(log));
  return out.str();
}

TEST(console_reporter, the_first_failure_of_a_kind_prints_at_once_and_is_recapped) {
  const auto text = play(sample::matrix_of_failures().log(), {}, std::chrono::seconds(0));
  EXPECT_EQ(text.find("FAIL ws/frame/reserved-bits[opcode=ping,rsv=1] @"), 0U) << text;
  EXPECT_EQ(text.find("FAIL ws/frame/reserved-bits[opcode=ping,rsv=2] @"), std::string::npos);
  EXPECT_NE(text.find("FAIL ws/frame/reserved-bits 3/12 @ my-gateway"), std::string::npos);
  EXPECT_TRUE(text.ends_with("9 passed, 3 failed, 0 skipped\n"));
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
}

TEST(console_reporter, lines_come_every_ten_seconds_and_a_bar_is_wiped) {
  console_options lines;
  lines.progress = progress_choice::lines;
  const auto slow = play(sample::matrix_of_failures().log(), lines, std::chrono::seconds(5));
  EXPECT_NE(slow.find("1/12 played, 0 failed\n"), std::string::npos) << slow;
  console_options bar;
  bar.progress = progress_choice::bar;
  bar.width = 60;
  const auto text = play(sample::matrix_of_failures().log(), bar, std::chrono::seconds(1));
  EXPECT_NE(text.find("\r[##......................] 1/12 played"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1B'), std::string::npos);
}

TEST(console_reporter, quiet_prints_the_closing_line_only) {
  console_options quiet;
  quiet.verbosity = -1;
  EXPECT_EQ(play(sample::matrix_of_failures().log(), quiet, std::chrono::seconds(20)),
            "9 passed, 3 failed, 0 skipped\n");
}

/// Whether `text` is a well-formed element tree: tags nest, attributes are quoted, every reference
/// is known and every character allowed. Gives the names of opened elements, or nothing.
std::vector<std::string> scan_xml(std::string_view text) {
  std::vector<std::string> seen;
  std::vector<std::string> open;
  const auto fail = [&] { return std::vector<std::string>(); };
  if (to_xml_characters(text) != text) return fail();
  if (text.starts_with("<?xml")) text.remove_prefix(text.find("?>") + 2);
  while (!text.empty()) {
    if (text[0] == '&') {
      const auto end = text.find(';');
      static const std::vector<std::string_view> known = {"amp",  "lt",  "gt", "quot",
                                                          "apos", "#13", "#9", "#10"};
      if (end == std::string_view::npos ||
          std::find(known.begin(), known.end(), text.substr(1, end - 1)) == known.end())
        return fail();
      text.remove_prefix(end + 1);
    } else if (text[0] == '<') {
      const auto end = text.find('>');  // attributes hold none unescaped: our writer's own rule
      if (end == std::string_view::npos) return fail();
      auto tag = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
      if (tag.find('<') != std::string_view::npos) return fail();
      if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return fail();
      if (tag.starts_with("/")) {
        if (open.empty() || open.back() != tag.substr(1)) return fail();
        open.pop_back();
        continue;
      }
      const std::string name(tag.substr(0, tag.find_first_of(" /")));
      seen.push_back(name);
      if (!tag.ends_with("/")) open.push_back(name);
    } else {
      text.remove_prefix(1);
    }
  }
  return open.empty() ? seen : fail();
}

std::size_t count(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<std::size_t>(std::count(names.begin(), names.end(), name));
}

TEST(junit, each_result_is_a_case_and_each_bad_one_has_its_element) {
  const auto text = junit_text(build_run_model(sample::every_verdict().end_run().log()));
  const auto names = scan_xml(text);
  ASSERT_FALSE(names.empty()) << text;
  EXPECT_EQ(names.front(), "testsuites");
  EXPECT_EQ(count(names, "testsuite"), 1U);
  EXPECT_EQ(count(names, "testcase"), 6U);
  EXPECT_EQ(count(names, "failure"), 1U);
  EXPECT_EQ(count(names, "error"), 1U);
  EXPECT_EQ(count(names, "skipped"), 1U);
  EXPECT_NE(text.find("tests=\"6\" failures=\"1\" errors=\"1\" skipped=\"1\""), std::string::npos);
  EXPECT_NE(text.find("<property name=\"verdict\" value=\"warn\"/>"), std::string::npos);
  EXPECT_NE(text.find("classname=\"ws.frame\" "
                      "name=\"ws/frame/reserved-bits[opcode=ping,rsv=2] @ my-gateway\""),
            std::string::npos);
}

TEST(junit, the_scanner_refuses_what_is_not_well_formed) {
  for (const auto* const bad : {"<a>", "<a></b>", "<a>&nbsp;</a>", "<a b=\"></a>", "<a>\x1B</a>"})
    EXPECT_TRUE(scan_xml(bad).empty()) << bad;
  EXPECT_EQ(scan_xml("<a><b/></a>").size(), 2U);
}

const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts = {
      "\x1B[31mred\x1B[0m",
      "\x1B]0;title\a",
      "</testcase></testsuite><testsuite><evil/>",
      "]]></failure><script>alert(1)</script>",
      std::string("nul\0 in the middle", 18),
      "\xFF\xFE not UTF-8 \xC0\xAF",
      std::string("\xC2\x9B") + "31m C1 control",
      "line\r\nbreak\tand tab",
      "\" onload=\"x",
      "```\n# heading\n| a | b |",
      "\xE2\x80\xAE overridden",
      "\xEF\xBF\xBE",
  };
  return texts;
}

/// A run in which every text a target or a file can influence is `text`.
trace::log_content hostile_log(const std::string& text) {
  sample::log_writer log;
  log.add({{"ev", "target.ready"}, {"target", text}, {"version", text}});
  log.add({{"ev", "target.log"}, {"target", text}, {"line", text}});
  log.add({{"ev", "scenario"},
           {"id", text},
           {"title", text},
           {"file", text},
           {"kind", text},
           {"requirements", {{{"name", text}, {"ref", text}, {"level", "MUST"}, {"says", text}}}}});
  int n = 0;
  for (const auto* const verdict : {"fail", "error", "warn", "skip", "info"}) {
    const auto id = text + std::to_string(++n);
    log.add({{"ev", "instance.start"},
             {"instance", id},
             {"scenario", text},
             {"target", text},
             {"params", {{"p", text}}},
             {"seed", text}});
    log.add({{"ev", "step.start"},
             {"instance", id},
             {"step", 1},
             {"verb", "send"},
             {"text", text},
             {"actor", text},
             {"label", text}});
    log.add({{"ev", "check"},
             {"instance", id},
             {"step", 1},
             {"requirement", text},
             {"expected", text},
             {"got", text},
             {"message", text + "m"}});
    log.add({{"ev", "instance.end"},
             {"instance", id},
             {"verdict", verdict},
             {"variants", {text}},
             {"violates", {text}},
             {"observed", text},
             {"skip", {{"reason", text}, {"from", text}}},
             {"error", {{"cause", text}, {"text", text}}},
             {"frames", {1U, 2U}},
             {"pcap", text}});
  }
  return log.log();
}

bool safe_for_terminals(const std::string& text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) {
                        return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r') ||
                               c == '\x7F';
                      }) &&
         text.find("\xC2\x9B") == std::string::npos &&
         text.find("\xE2\x80\xAE") == std::string::npos && text.find('\xFF') == std::string::npos;
}

TEST(hostile_text, never_reaches_a_terminal_raw) {
  for (const auto& text : hostile_texts()) {
    const auto log = hostile_log(text);
    console_options options;
    options.verbosity = 2;
    EXPECT_TRUE(safe_for_terminals(console_text(build_run_model(log), options)))
        << testing::PrintToString(text);
    EXPECT_TRUE(safe_for_terminals(play(log, options, std::chrono::seconds(11))))
        << testing::PrintToString(text);
    EXPECT_TRUE(safe_for_terminals(tap_text(build_run_model(log))));
    EXPECT_TRUE(safe_for_terminals(markdown_text_of(build_run_model(log))));
  }
}

TEST(hostile_text, leaves_junit_well_formed_and_of_the_same_shape) {
  const auto plain = scan_xml(junit_text(build_run_model(hostile_log("plain"))));
  ASSERT_EQ(count(plain, "testcase"), 5U);
  for (const auto& text : hostile_texts()) {
    const auto names = scan_xml(junit_text(build_run_model(hostile_log(text))));
    EXPECT_EQ(names, plain) << testing::PrintToString(text);
  }
}

TEST(hostile_text, leaves_run_json_valid) {
  const auto schema = run_schema_document();
  for (const auto& text : hostile_texts()) {
    const auto document = json::parse(run_json_text(build_run_model(hostile_log(text))));
    EXPECT_EQ(schema_problem(schema, document, ""), "");
  }
}

TEST(hostile_times, are_written_as_far_as_numbers_are_exact) {
  for (const double time : {1e300, -1e300}) {
    auto log = sample::every_verdict().end_run().log();
    for (auto& event : log.events) {
      event["t"] = time;
      if (event.contains("duration_ms")) event["duration_ms"] = time;
    }
    const auto model = build_run_model(log);
    EXPECT_EQ(model.duration_ms, time > 0 ? 9'007'199'254'740'991.0 : 0.0);
    for (const auto& kind : report_kinds()) {
      const auto text = kind.make(model);
      EXPECT_FALSE(text.empty()) << kind.name;
      EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c != '\0'; })) << kind.name;
    }
    if (time > 0) EXPECT_EQ(model.ended, "9999-12-31T23:59:59.999Z");
  }
}

TEST(hostile_text, cannot_open_elements_in_markdown) {
  for (const auto& text : hostile_texts()) {
    const auto markdown = markdown_text_of(build_run_model(hostile_log(text)));
    EXPECT_EQ(markdown.find("<script"), std::string::npos);
    EXPECT_EQ(markdown.find("<evil"), std::string::npos);
    EXPECT_EQ(markdown.find("\n# heading"), std::string::npos) << markdown;
  }
}

RC_GTEST_PROP(text_safety, any_octets_become_well_formed_xml, (const std::string& text)) {
  RC_ASSERT(!scan_xml("<a b=\"" + xml_attribute(text) + "\">" + xml_text(text) + "</a>").empty());
}

TEST(text_safety, escape_sequences_vanish_whole) {
  EXPECT_EQ(to_xml_characters("a\x1B[1;31mb\x1B[0mc"), "abc");
  EXPECT_EQ(to_xml_characters("a\x1B]8;;http://x\x1B\\b"), "ab");
  EXPECT_EQ(to_xml_characters("a\x1B"), "a");
  EXPECT_EQ(to_xml_characters("\x01\xFF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(markdown, what_does_not_fit_is_counted) {
  sample::log_writer log;
  log.scenario("a");
  for (int i = 0; i < 200; ++i)
    log.instance("a", {{"n", i}},
                 {{"verdict", "fail"},
                  {"variants", {"v" + std::to_string(i)}},
                  {"violates", {"fail-connection"}}});
  const auto text = markdown_text_of(build_run_model(log.log()), 20000);
  EXPECT_LE(text.size(), 20000U);
  EXPECT_NE(text.find(" more in run.json"), std::string::npos);
}

TEST(tap, points_are_numbered_per_target) {
  const auto text = tap_text(build_run_model(sample::every_verdict().end_run().log()));
  EXPECT_TRUE(text.starts_with("TAP version 14\n1..1\n# Subtest: my-gateway\n"));
  EXPECT_NE(text.find("    not ok 1 - ws/frame/reserved-bits"), std::string::npos);
  EXPECT_NE(text.find(" # SKIP blocked: after ws/x\n"), std::string::npos);
  EXPECT_NE(text.find("    1..6\nnot ok 1 - my-gateway\n"), std::string::npos);
}

TEST(kinds, words_become_requests_and_json_is_always_among_them) {
  std::string problem;
  const auto requests = parse_report_requests({"junit", "tap=x/y.tap"}, problem);
  EXPECT_EQ(problem, "");
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].kind->name, "json");
  EXPECT_EQ(requests[2].path, "x/y.tap");
  EXPECT_TRUE(parse_report_requests({"jnuit"}, problem).empty());
  EXPECT_EQ(problem,
            "no report kind 'jnuit'; there are json junit markdown console html tap ctrf github");
  EXPECT_TRUE(parse_report_requests({"json="}, problem).empty());
}

TEST(kinds, every_kind_writes_its_file) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "reports_kinds";
  std::filesystem::remove_all(folder);
  std::vector<report_request> requests;
  for (const auto& kind : report_kinds())
    requests.push_back({&kind, {}});
  std::string problem;
  const auto model = build_run_model(sample::every_verdict().log());
  const auto written = write_reports(model, folder, requests, problem);
  EXPECT_EQ(problem, "");
  EXPECT_EQ(written.size() + 1, report_kinds().size()) << "one is printed";
  const auto printed = printed_reports(model, requests);
  EXPECT_EQ(printed.find("::error title=incomplete"), 0U) << printed;
  for (const auto& path : written)
    EXPECT_GT(std::filesystem::file_size(path), 10U) << path;
  EXPECT_NE(write_file(folder / "run.json" / "below-a-file", "x"), "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace halley::reports
