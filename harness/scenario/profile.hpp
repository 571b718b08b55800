#pragma once

#include "scenario/value.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {

enum class capability_state { yes, no, probe };

struct capability {
  capability_state state = capability_state::probe;
  std::string reason;  ///< for `no: reason`
};

/// How to start, find, and end a target. Texts may hold ${port}, ${port.NAME} (further free ports),
/// ${dir} (a fresh writable directory, absolute), ${artifacts} (the same), ${profile} (the folder
/// of the profile file).
struct launch {
  std::string name;  ///< for those beside the target: ${port.NAME} is its port
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::pair<std::string, std::string>>
      files;               ///< path below ${dir} → content, written before the start
  std::string ready_tcp;   ///< "127.0.0.1:${port}"
  std::string ready_http;  ///< url; ready_status the wanted status (0 = any)
  int ready_status = 0;
  std::string ready_line;  ///< regular expression on a line of stdout or stderr
  std::chrono::nanoseconds ready_within{std::chrono::seconds(10)};
  int stop_signal = 15;
  std::chrono::nanoseconds stop_within{std::chrono::seconds(5)};
  std::string restart = "on-crash";  ///< never, on-crash, per-scenario
  std::string requires_program;  ///< absent program: every instance is skipped, unsupported-here
};

struct hook {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct timing_profile {
  std::chrono::nanoseconds within{std::chrono::seconds(5)};  ///< default deadline of a wait
  std::chrono::nanoseconds quiet{std::chrono::milliseconds(300)};
  std::chrono::nanoseconds slack{std::chrono::milliseconds(20)};
  double scale = 1;
};

/// A target profile: what the target can do, where its endpoints are, how it is started, timed,
/// driven.
struct profile {
  std::string name;
  std::string version;                       ///< literal
  std::vector<std::string> version_command;  ///< or a command that prints it
  std::optional<launch> start;
  std::vector<launch> beside;  ///< origins and back ends behind the target, started first
  std::vector<std::pair<std::string, std::string>>
      endpoints;  ///< "ws.echo" → "ws://127.0.0.1:${port}/echo"
  std::vector<std::pair<std::string, hook>> hooks;
  std::vector<std::pair<std::string, capability>> capabilities;
  std::vector<std::string> roles = {
      "server"};  ///< which suts this target can be: server, proxy, client
  value driver;   ///< kept as written for clients under test
  value tls;      ///< a mapping, kept as written
  timing_profile timing;
  std::string file;
};

}  // namespace halley::scenario
