#include "scenario/load.hpp"
#include "scenario/scenario_test_support.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

using table = std::vector<std::pair<std::string, std::string>>;

/// What is said about a file of the library of these tests.
std::string said_of(const std::string& text) {
  const temporary_folder elsewhere;
  elsewhere.write("x.yaml", text);
  return said(load_library(test_library(), {elsewhere.path() / "x.yaml"}).problems);
}

/// Five lines in front of the steps.
std::string with_steps(const std::string& steps) {
  return "scenario: 1\nid: a/b\ntitle: x\nsut: server\n"
         "requirements: {right: {ref: r, level: MUST, says: s}}\n"
         "steps:\n" +
         steps + "\n- {expect: {event: {tcp.fin: {}}, violates: [right]}}\n";
}

TEST(messages, the_usual_mistakes_of_a_step) {
  const table mistakes = {
      {"- send: {ws.frame: {opcode: text, paylod: x}}",
       "7:35 unknown key 'paylod' (did you mean 'payload'?)"},
      {"- expct: {}", "7:3 unknown key 'expct' (did you mean 'expect'?)"},
      {"- use: door/knock\n  delay: 1s",
       "7:3 a step needs exactly one verb; this one has 'use' and 'delay'"},
      {"- as: client", "7:3 a step needs exactly one verb; this one has none"},
      {"- {}", "7:3 a step needs exactly one verb; this one has none"},
      {"- open", "7:3 'steps' must be a mapping"},
      {"- {expect: {within: 2, event: {tcp.fin: {}}}}",
       "7:21 a duration needs a unit (us, ms, s, m), for example 2s"},
      {"- {delay: 2 s}", "7:11 a duration needs a unit (us, ms, s, m), for example 2s"},
      {"- {delay: \"${x}parsec\"}", "7:11 a duration needs a unit (us, ms, s, m), for example 2s"},
      {"- {close: off}", "7:11 close is one of fin, rst, write"},
      {"- {use: door/nock}",
       "7:9 fragment 'door/nock' does not exist (did you mean 'door/knock'?)"},
      {"- {delay: 1s, with: {a: 1}}", "7:15 'with' stands beside 'use' only"},
      {"- {as: nobody, delay: 1s}", "7:8 actor 'nobody' is not declared"},
      {"- {await: never}", "7:11 signal 'never' is never notified"},
      {"- {mark: Upper}",
       "7:10 a name has lower-case letters, digits, '-' and '_', and begins with a letter"},
      {"- {send: {http.haed: x}}",
       "7:11 unknown form to send 'http.haed' (did you mean 'http.head'?)"},
      {"- {send: {}}", "7:10 exactly one form to send is needed here"},
      {"- {send: {http.chunk: {}}}", "7:23 the key 'data' is missing"},
      {"- {send: {ws.frame: {opcode: pong, mask: 1234}}}",
       "7:42 mask is one of random, none, zero"},
      {"- {send: {ws.frame: {opcode: 16}}}", "7:30 an opcode is a name or a number from 0 to 15"},
      {"- {send: {bytes: {hex: 0g}}}", "7:24 hex is pairs of hexadecimal digits"},
      {"- {send: {bytes: {pattern: zero}}}", "7:18 'pattern' needs 'size'"},
      {"- {send: {bytes: {text: a, hex: 00}}}",
       "7:18 octets need exactly one of hex, base64, text, pattern, concat, repeat"},
      {"- {send: {bytes: {pattern: zero, size: 1KB}}}",
       "7:40 a size is a number of octets, or has a unit (B, KiB, MiB, GiB), for example 64KiB"},
      {"- {drive: {do: dance}}",
       "7:16 do is one of ws.connect, ws.send, sse.connect, http.request, close"},
      {"- {drive: {do: ws.connect}}", "7:11 'ws.connect' needs 'to'"},
      {"- {drive: {do: ws.send, text: a, binary: b}}",
       "7:11 'ws.send' needs either 'text' or 'binary'"},
      {"- {drive: {do: close, to: x}}", "7:23 'close' has no 'to'"},
      {"- {drive: {do: ws.connect, to: x, echo: loud}}", "7:41 'echo' must be true or false"},
      {"- {hook: {count: 1}}", "7:10 the key 'name' is missing"},
      {"- {parallel: {one: []}}", "7:14 'parallel' needs at least 2 entries"},
      {"- {assert: {violates: [right]}}", "7:12 'assert' needs either 'equal' or 'sequence'"},
      {"- {assert: {violates: [right], equal: [1]}}", "7:39 'equal' compares two values"},
  };
  for (const auto& [step, text] : mistakes)
    EXPECT_EQ(said_of(with_steps(step)), text) << step;
}

TEST(messages, the_usual_mistakes_of_an_expectation) {
  const table mistakes = {
      {"event: {http.respnse: {}}",
       "7:20 unknown event 'http.respnse' (did you mean 'http.response'?)"},
      {"event: {tcp.fin: {}, tcp.rst: {}}",
       "7:19 exactly one event is needed here; there are 'tcp.fin' and 'tcp.rst'"},
      {"event: {app.open: {protocl: a}}", "7:31 unknown key 'protocl' (did you mean 'protocol'?)"},
      {"event: {tcp.fin: {code: 1}}", "7:30 unknown key 'code'"},
      {"event: {http.response: {status: ok}}", "7:44 'status' must be a number"},
      {"event: {ws.close: {code: {between: [1]}}}", "7:47 'between' must be a list of two numbers"},
      {"event: {ws.frame: {opcode: pnig}}",
       "7:39 opcode is one of continuation, text, binary, close, ping, pong"},
      {"event: {sse.event: {data: {mathces: x}}}",
       "7:39 unknown key 'mathces' (did you mean 'matches'?)"},
      {"event: {sse.event: {data: {matches: '('}}}",
       "7:48 this is no regular expression (ECMAScript)"},
      {"event: {http.body: {equals: {sha256: 00}}}", "7:49 sha256 is 64 hexadecimal digits"},
      {"event: {silence: {}}", "7:29 the key 'for' is missing"},
      {"ignoring: [ws.pong], event: {tcp.fin: {}}", "7:23 unknown event 'ws.pong'"},
      {"violates: [right]", "7:11 'expect' needs 'event' or 'one_of'"},
      {"event: {tcp.fin: {}}, otherwise: {}", "7:34 beside 'event' write: violates: […]"},
      {"event: {tcp.fin: {}}, violates: []", "7:44 'violates' needs at least 1 entry"},
      {"event: {tcp.fin: {}}, violates: right", "7:44 'violates' must be a list"},
      {"event: {tcp.fin: {}}, timing: {since: start, max: 1s}", "7:50 mark 'start' is never set"},
      {"one_of: [{is: a, events: [{tcp.fin: {}}]}, {is: b, events: [{tcp.rst: {}}]}]",
       "7:12 'one_of' needs 'otherwise'"},
      {"one_of: [{is: a, events: [{tcp.fin: {}}]}], otherwise: {}",
       "7:20 'one_of' needs at least 2 entries"},
      {"one_of: [{is: a, events: [{tcp.fin: {}}]}, {is: a, events: [{tcp.rst: {}}]}], otherwise: "
       "{}",
       "7:60 there are two variants 'a'"},
  };
  for (const auto& [keys, text] : mistakes)
    EXPECT_EQ(said_of(with_steps("- expect: {" + keys + "}")), text) << keys;
}

TEST(messages, the_usual_mistakes_of_a_head) {
  const std::string requirements = "requirements: {right: {ref: r, level: MUST, says: s}}\n";
  const std::string tail = "steps: [{expect: {event: {tcp.fin: {}}, violates: [right]}}]\n";
  const std::string head = "scenario: 1\nid: a/b\ntitle: x\nsut: server\n";
  const table mistakes = {
      {"scenario: 2\nid: a/b\ntitle: x\nsut: server\n" + requirements + tail,
       "1:11 scenario is 1: the version of the format"},
      {"scenario: 1\nid: A\nsut: srever\n" + requirements + tail,
       "1:1 the key 'title' is missing\n"
       "2:5 an id is family/topic/name, in lower-case letters, digits, '-' and '.'\n"
       "3:6 sut is one of server, client, proxy"},
      {"- a\n", "1:1 the file must be a mapping"},
      {head + "requirements: {}\nsteps: []\n", "5:15 'requirements' needs at least 1 entry"},
      {head + "requirements: {right: {ref: r, level: OUGHT, says: s}}\n" + tail,
       "5:39 level is one of MUST, SHOULD, MAY"},
      {head + "requirements: {right: house/1.2-anwser}\n" + tail,
       "5:23 requirement 'house/1.2-anwser' is not in the ledger (did you mean "
       "'house/1.2-answer'?)"},
      {head + "requirements: {code-1002: house/1.2-answer}\n"
              "steps: [{expect: {event: {tcp.fin: {}}, violates: [code-1003]}}]\n",
       "5:16 'code-1002' is never used\n"
       "6:52 requirement 'code-1003' is not declared (did you mean 'code-1002'?)"},
      {head + requirements + "matrix: {size: []}\n" + tail, "6:16 'size' needs at least 1 entry"},
      {head + requirements + "matrix: {size: [1, \"1\"]}\n" + tail, "6:20 'size' is 1 twice"},
      {head + requirements + "matrix: {size: [1]}\nexclude: [{siez: 1}, {size: 2}]\n" + tail,
       "7:12 unknown parameter 'siez' (did you mean 'size'?)\n7:29 'size' never is 2"},
      {head + requirements + "strength: {quick: 0}\n" + tail,
       "6:19 a strength is a number from 1 to 6, or all"},
      {head + requirements + "actors: {sut: {plays: client}}\n" + tail,
       "6:10 'sut' is the target itself, no actor of ours"},
      {head + requirements + "actors: {me: {plays: client, listen: auto}}\n" + tail,
       "6:30 only a server listens"},
      {head + "requirements: {right: {ref: r, level: MUST, says: now, and later}}\n" + tail,
       "5:56 unknown key 'and later': quote a text that has a comma"},
      {head + requirements + "titel: y\n" + tail,
       "6:1 unknown key 'titel' (did you mean 'title'?)"},
  };
  for (const auto& [text, expected] : mistakes)
    EXPECT_EQ(said_of(text), expected) << text;
}

TEST(messages, a_mistake_that_an_alias_repeats_is_said_once) {
  EXPECT_EQ(said_of(with_steps("- expect:\n"
                               "    one_of:\n"
                               "      - {is: a, events: [{tcp.fin: {}}], then: &x [{dleay: 1s}]}\n"
                               "      - {is: b, events: [{tcp.rst: {}}], then: *x}\n"
                               "    otherwise: {}")),
            "9:53 unknown key 'dleay' (did you mean 'delay'?)");
}

TEST(messages, the_usual_mistakes_of_a_profile) {
  const std::string head = "profile: 1\nname: x\n";
  const table mistakes = {
      {"name: x\n", "1:1 the key 'profile' is missing"},
      {head + "launch: {}\n", "3:9 the key 'command' is missing"},
      {head + "launch: {command: []}\n", "3:19 'command' needs at least 1 entry"},
      {head + "launch: {command: [x], ready: {}}\n",
       "3:31 'ready' needs exactly one of tcp, http, line"},
      {head + "launch: {command: [x], stop: {signal: HUP}}\n",
       "3:39 signal is one of TERM, INT, KILL, QUIT"},
      {head + "launch: {command: [x], files: {../x: y}}\n",
       "3:32 a file is named relative to ${dir}, and stays below it"},
      {head + "launch: {name: y, command: [x]}\n", "3:10 unknown key 'name'"},
      {head + "beside: [{name: a, command: [x]}, {name: a, command: [x]}]\n",
       "3:35 there are two launches 'a'"},
      {head + "capabilities: {ws.server: true}\n", "3:27 ws.server is one of yes, no, probe"},
      {head + "capabilities: {ws: yes}\n",
       "3:16 a capability is family.name, for example ws.server"},
      {head + "roles: [origin]\n", "3:9 roles is one of server, proxy, client"},
      {head + "timing: {scale: 0, quiet: 3}\n",
       "3:17 scale is a number above 0, for example 1.5\n"
       "3:27 a duration needs a unit (us, ms, s, m), for example 2s"},
      {head + "driver: {reuse: true}\n", "3:9 'driver' needs either 'command' or 'exec'"},
      {head + "endpiont: {}\n", "3:1 unknown key 'endpiont' (did you mean 'endpoints'?)"},
  };
  for (const auto& [text, expected] : mistakes) {
    std::vector<problem> problems;
    load_profile("p.yaml", text, problems);
    EXPECT_EQ(said(problems), expected) << text;
  }
}

}  // namespace
}  // namespace halley::scenario
