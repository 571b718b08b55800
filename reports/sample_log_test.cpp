#include "reports/sample_log.hpp"

#include "reports/json_field.hpp"
#include "trace/json_lines.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace halley::reports::sample {
namespace {

using nlohmann::json;

std::string instance_id(const std::string& name, const json& params) {
  auto id = "ws/frame/" + name;
  std::string inside;
  for (const auto& [key, value] : params.items())
    inside += (inside.empty() ? "" : ",") + key + "=" + scalar_text(value);
  return inside.empty() ? id : id + "[" + inside + "]";
}

TEST(sample_log, a_written_log_reads_back) {
  const auto log = read(R"({"ev":"header","schema":"events/1","run":"R"})"
                        "\n"
                        R"({"t":1,"ev":"run.start","seq":0})"
                        "\n");
  EXPECT_EQ(log.problem, "");
  EXPECT_EQ(log.events.size(), 1U);
}

}  // namespace

trace::log_content read(const std::string& text) {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  const auto file = std::filesystem::path(testing::TempDir()) /
                    (std::string("reports_") + test->name() + ".jsonl");
  std::ofstream(file, std::ios::binary) << text;
  auto log = trace::read_log(file);
  std::filesystem::remove(file);
  return log;
}

log_writer::log_writer() {
  log_.header = json::parse(R"({"ev":"header","schema":"events/1","run":"01RUN","seed":"7",
    "started":"2026-02-03T04:05:06.500Z","clock":"real",
    "tool":{"name":"halley","version":"0.1.0","build":"debug"}})");
  add(json::parse(R"({"ev":"run.start","command":["halley","run","ws/**","--target","gw.yaml"],
    "seed":"7","strength":"normal","jobs":4,"environment":{"os":"linux","cpus":2}})"));
  add(json::parse(R"({"ev":"target.start","target":"my-gateway","cmd":["./gw"]})"));
  add(json::parse(R"({"ev":"target.ready","target":"my-gateway","version":"1.2","role":"server",
    "endpoints":{"ws.echo":"ws://127.0.0.1:9000/echo"},
    "capabilities":{"ws.server":{"state":"yes","reason":""}}})"));
}

log_writer& log_writer::add(json event) {
  event["seq"] = log_.events.size();
  if (!event.contains("t")) event["t"] = static_cast<double>(log_.events.size());
  log_.events.push_back(std::move(event));
  return *this;
}

log_writer& log_writer::scenario(const std::string& name, const std::string& kind) {
  return add({{"ev", "scenario"},
              {"id", "ws/frame/" + name},
              {"rev", 1},
              {"title", "A frame breaks a rule"},
              {"file", "scenarios/websocket/" + name + ".scenario.yaml"},
              {"line", 2},
              {"kind", kind},
              {"sut", "server"},
              {"tags", {"websocket"}},
              {"requirements", json::parse(R"([{"name":"fail-connection","ledger":"rfc6455/5.2-rsv",
      "ref":"RFC 6455 §5.2","level":"MUST","says":"A nonzero bit fails the connection.",
      "basis":"explicit"},{"name":"send-close","ledger":"","ref":"RFC 6455 §7.1.7",
      "level":"SHOULD","says":"A Close frame comes first.","basis":"explicit"}])")}});
}

log_writer& log_writer::instance(const std::string& name,
                                 const json& params,
                                 const json& end,
                                 const std::string& target) {
  json event = {{"ev", "instance.start"},
                {"instance", instance_id(name, params)},
                {"scenario", "ws/frame/" + name},
                {"params", params},
                {"target", target},
                {"attempt", 1},
                {"segmentation", "whole"},
                {"seed", "7"}};
  if (end.contains("attempt")) event["attempt"] = end["attempt"];
  add(event);
  event = end;
  event["ev"] = "instance.end";
  event["instance"] = instance_id(name, params);
  event["scenario"] = "ws/frame/" + name;
  event["target"] = target;
  if (!event.contains("attempt")) event["attempt"] = 1;
  event["duration_ms"] = 1.5;
  return add(event);
}

log_writer& log_writer::end_run(bool interrupted) {
  return add(
      {{"ev", "run.end"}, {"exit", 0}, {"counts", {{"pass", 1}}}, {"interrupted", interrupted}});
}

log_writer one_failure() {
  log_writer log;
  log.scenario("reserved-bits");
  const auto add = [&](const char* text) {
    auto event = json::parse(text);
    event["instance"] = "ws/frame/reserved-bits[opcode=ping,rsv=2]";
    log.add(event);
  };
  add(R"({"t":10,"ev":"instance.start","scenario":"ws/frame/reserved-bits","target":"my-gateway",
          "attempt":1,"params":{"opcode":"ping","rsv":2},"segmentation":"whole","seed":"7"})");
  add(R"({"t":10.2,"ev":"conn.open","conn":"c1","actor":"client","role":"client"})");
  add(R"({"t":10.4,"ev":"step.start","step":1,"verb":"send","line":40,"actor":"client",
          "text":"ws.frame fin rsv=2 ping 125 B masked"})");
  add(R"({"t":10.4,"ev":"wire.out","conn":"c1","dir":"out","off":200,"len":6,
          "hex":"a9fd01020304"})");
  add(R"({"t":10.5,"ev":"step.end","step":1,"outcome":"ok"})");
  add(R"({"t":10.6,"ev":"step.start","step":2,"verb":"expect","line":42,"actor":"client",
          "text":"close-1002 | close-other-code | dropped"})");
  add(R"({"t":11.1,"ev":"wire.in","conn":"c1","dir":"in","off":100,"len":4,"hex":"8a7d6162"})");
  add(R"({"t":11.1,"ev":"ws.frame","conn":"c1","dir":"in","off":100,"len":4,"opcode":"pong"})");
  add(R"({"t":11.2,"ev":"check","source":"step","requirement":"fail-connection",
          "ref":"RFC 6455 §5.2","level":"MUST","says":"A nonzero bit fails the connection.",
          "expected":"close-1002 | close-other-code | dropped","got":"ws.frame fin pong 125 B",
          "message":"","at":{"conn":"c1","dir":"in","off":100,"len":4,"seq":11,"frame":14},
          "step":2,"line":42})");
  add(R"({"t":11.2,"ev":"step.end","step":2,"outcome":"echoed"})");
  add(R"({"t":11.3,"ev":"instance.end","scenario":"ws/frame/reserved-bits","target":"my-gateway",
          "attempt":1,"verdict":"fail","variants":["echoed"],"violates":["fail-connection"],
          "observed":"pong","close":{"by":"halley","how":"fin"},"duration_ms":1.3,
          "frames":[12,15]})");
  return log;
}

log_writer every_verdict() {
  auto log = one_failure();
  log.scenario("quiet", "survey");
  log.instance("quiet", {{"n", 1}}, {{"verdict", "pass"}});
  log.instance("quiet", {{"n", 2}}, {{"verdict", "info"}, {"variants", {"a"}}});
  log.instance("quiet", {{"n", 3}}, {{"verdict", "warn"}, {"violates", {"send-close"}}});
  log.instance("quiet", {{"n", 4}},
               {{"verdict", "skip"}, {"skip", {{"reason", "blocked"}, {"from", "after ws/x"}}}});
  log.instance("quiet", {{"n", 5}},
               {{"verdict", "error"}, {"error", {{"cause", "resource"}, {"text", "no port"}}}});
  log.add({{"ev", "target.exit"}, {"target", "my-gateway"}, {"code", 0}, {"expected", true}});
  return log;
}

log_writer matrix_of_failures() {
  log_writer log;
  log.scenario("reserved-bits");
  for (const int rsv : {1, 2, 4})
    for (const auto* const opcode : {"text", "binary", "ping", "pong"}) {
      const json params = {{"opcode", opcode}, {"rsv", rsv}};
      if (std::string(opcode) == "ping") {
        log.instance(
            "reserved-bits", params,
            {{"verdict", "fail"}, {"variants", {"echoed"}}, {"violates", {"fail-connection"}}});
      } else {
        log.instance(
            "reserved-bits", params,
            {{"verdict", "pass"}, {"variants", {"close-1002"}}, {"violates", json::array()}});
      }
    }
  log.end_run();
  return log;
}

}  // namespace halley::reports::sample
