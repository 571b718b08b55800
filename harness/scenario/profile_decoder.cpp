#include "scenario/decoding.hpp"
#include "scenario/files.hpp"
#include "scenario/profile.hpp"
#include "scenario/scalars.hpp"
#include "scenario/value.hpp"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace halley::scenario {
namespace {

const decoder<std::vector<std::string>>& command() {
  static const list_of<std::string> form(scalar_text, 1);
  return form;
}

struct version_clause {
  std::string literal;
  std::vector<std::string> command;
};
const decoder<version_clause>& version_command() {
  static const auto form =
      record<version_clause>().required("command", &version_clause::command, command);
  return form;
}
const decoder<version_clause>& version() {
  /// A literal, or a command that prints it.
  class either final : public decoder<version_clause> {
  public:
    bool decode(const value& from, version_clause& into, decoding& with) const override {
      if (from.map() != nullptr) return version_command().decode(from, into, with);
      return scalar_text().decode(from, into.literal, with);
    }
    json describe(schema_parts& parts) const override {
      return {{"anyOf", {scalar_text().describe(parts), version_command().describe(parts)}}};
    }
  };
  static const either form;
  return form;
}

struct ready_clause {
  std::string tcp;
  std::string line;
  std::string url;
  int status = 0;
  std::chrono::nanoseconds within = launch().ready_within;
};

struct ready_http_clause {
  std::string url;
  int status = 0;
};
const decoder<ready_http_clause>& ready_http() {
  static const auto form =
      record<ready_http_clause>()
          .required("url", &ready_http_clause::url, scalar_text)
          .optional("status", &ready_http_clause::status, status_number, "Any without it.");
  return form;
}

bool check_ready(const value& from, ready_clause& into, decoding& with) {
  const int ways =
      (into.tcp.empty() ? 0 : 1) + (into.line.empty() ? 0 : 1) + (into.url.empty() ? 0 : 1);
  if (ways == 1) return true;
  return with.error(from.at, "'ready' needs exactly one of tcp, http, line");
}

const decoder<ready_clause>& ready() {
  static const auto form =
      record<ready_clause>()
          .optional("tcp", &ready_clause::tcp, scalar_text, "host:port accepts a connection.")
          .key({"http", presence::optional, "A GET is answered.", {}}, ready_http,
               [](ready_clause& into, ready_http_clause read) {
                 into.url = std::move(read.url);
                 into.status = read.status;
               })
          .optional("line", &ready_clause::line, regex_text, "In a line of stdout or stderr.")
          .optional("within", &ready_clause::within, duration)
          .finish(check_ready);
  return form;
}

struct stop_clause {
  int signal = SIGTERM;
  std::chrono::nanoseconds within = launch().stop_within;
};
const decoder<int>& signal_word() {
  static const choice<int> form(
      {{"TERM", SIGTERM}, {"INT", SIGINT}, {"KILL", SIGKILL}, {"QUIT", SIGQUIT}});
  return form;
}
const decoder<stop_clause>& stop() {
  static const auto form =
      record<stop_clause>()
          .optional("signal", &stop_clause::signal, signal_word)
          .optional("within", &stop_clause::within, duration, "Then it is killed.");
  return form;
}

const decoder<std::string>& restart_word() {
  static const choice<std::string> form(
      {{"never", "never"}, {"on-crash", "on-crash"}, {"per-scenario", "per-scenario"}});
  return form;
}

/// A path that stays below the folder it is written into.
class inner_path final : public decoder<std::string> {
public:
  bool decode(const value& from, std::string& into, decoding& with) const override {
    if (from.text() == nullptr) return wrong_kind(from, "text", with);
    into = *from.text();
    const bool leaves = into == ".." || into.starts_with("../") || into.ends_with("/..") ||
                        into.find("/../") != std::string::npos;
    if (into.empty() || into.starts_with('/') || leaves)
      return with.error(from.at, "a file is named relative to ${dir}, and stays below it");
    return true;
  }
  json describe(schema_parts& /*parts*/) const override { return {{"type", "string"}}; }
};

const decoder<std::string>& file_path() {
  static const inner_path form;
  return form;
}
const decoder<std::vector<std::pair<std::string, std::string>>>& file_map() {
  static const map_of<std::string> form(file_path, scalar_text);
  return form;
}

record<launch> make_launch_record(std::string part) {
  record<launch> form(std::move(part), "How to start, find and end a program.");
  form.required("command", &launch::command, command, "Program and arguments; no shell.")
      .optional("env", &launch::env, text_map)
      .optional("files", &launch::files, file_map, "Path below ${dir} → content.")
      .key({"ready", presence::optional, "When it can be used.", {}}, ready,
           [](launch& into, ready_clause read) {
             into.ready_tcp = std::move(read.tcp);
             into.ready_line = std::move(read.line);
             into.ready_http = std::move(read.url);
             into.ready_status = read.status;
             into.ready_within = read.within;
           })
      .key({"stop", presence::optional, "How it is ended.", {}}, stop,
           [](launch& into, const stop_clause& read) {
             into.stop_signal = read.signal;
             into.stop_within = read.within;
           })
      .optional("restart", &launch::restart, restart_word)
      .optional("requires-program", &launch::requires_program, scalar_text,
                "Without it every instance is skipped.");
  return form;
}

const decoder<launch>& target_launch() {
  static const auto form = make_launch_record("launch");
  return form;
}
const decoder<launch>& beside_launch() {
  static const auto form = [] {
    auto named = make_launch_record("named-launch");
    named.required("name", &launch::name, name_text, "Its port is ${port.NAME}.");
    return named;
  }();
  return form;
}
const decoder<std::vector<launch>>& beside() {
  static const list_of<launch> form(beside_launch);
  return form;
}

const decoder<std::vector<std::pair<std::string, std::string>>>& endpoints() {
  static const map_of<std::string> form(capability_text, scalar_text);
  return form;
}

const decoder<hook>& http_call() {
  static const auto form = record<hook>()
                               .required("method", &hook::method, scalar_text)
                               .required("url", &hook::url, scalar_text)
                               .optional("headers", &hook::headers, text_map)
                               .optional("body", &hook::body, scalar_text);
  return form;
}
const decoder<hook>& one_hook() {
  static const tagged<hook> form("hook", "kind of hook",
                                 {{"http", "A request to the target.", http_call}},
                                 [](hook&, const std::string&) {});
  return form;
}
const decoder<std::vector<std::pair<std::string, hook>>>& hooks() {
  static const map_of<hook> form(dotted_text, one_hook);
  return form;
}

struct refusal {
  std::string reason;
};
const decoder<refusal>& refused() {
  static const auto form = record<refusal>().required("no", &refusal::reason, scalar_text);
  return form;
}
const decoder<capability_state>& state_word() {
  static const choice<capability_state> form({{"yes", capability_state::yes},
                                              {"no", capability_state::no},
                                              {"probe", capability_state::probe}});
  return form;
}
const decoder<capability>& one_capability() {
  /// yes, no, probe, or {no: reason}.
  class either final : public decoder<capability> {
  public:
    bool decode(const value& from, capability& into, decoding& with) const override {
      if (from.map() == nullptr) return state_word().decode(from, into.state, with);
      refusal read;
      if (!refused().decode(from, read, with)) return false;
      into = {capability_state::no, std::move(read.reason)};
      return true;
    }
    json describe(schema_parts& parts) const override {
      return {{"anyOf", {state_word().describe(parts), refused().describe(parts)}}};
    }
  };
  static const either form;
  return form;
}
const decoder<std::vector<std::pair<std::string, capability>>>& capabilities() {
  static const map_of<capability> form(capability_text, one_capability);
  return form;
}

const decoder<std::string>& role_word() {
  static const choice<std::string> form(
      {{"server", "server"}, {"proxy", "proxy"}, {"client", "client"}});
  return form;
}
const decoder<std::vector<std::string>>& roles() {
  static const list_of<std::string> form(role_word, 1);
  return form;
}

struct driver_clause {
  std::vector<std::string> command;
  std::vector<std::string> exec;
};
const decoder<std::string>& driver_protocol() {
  using only = choice<std::string>;
  static const only form(only::words{{"stdio-jsonl", "stdio-jsonl"}});
  return form;
}
bool check_driver(const value& from, driver_clause& into, decoding& with) {
  if (into.command.empty() != into.exec.empty()) return true;
  return with.error(from.at, "'driver' needs either 'command' or 'exec'");
}
const decoder<driver_clause>& driver_record() {
  static const auto form =
      record<driver_clause>()
          .optional("command", &driver_clause::command, command, "Speaks the protocol on stdio.")
          .optional("exec", &driver_clause::exec, command, "One program per instance; ${to}.")
          .checked("protocol", presence::optional, driver_protocol)
          .checked("reuse", presence::optional, truth, "One process for all instances.")
          .checked("env", presence::optional, text_map)
          .finish(check_driver);
  return form;
}
const decoder<value>& driver() {
  static const as_written<driver_clause> form(driver_record);
  return form;
}

struct tls_clause {
  std::string server_name;
};
const decoder<tls_clause>& tls_record() {
  static const auto form = record<tls_clause>()
                               .optional("server-name", &tls_clause::server_name, scalar_text)
                               .checked("ca", presence::optional, scalar_text, "A file, PEM.")
                               .checked("certificate", presence::optional, scalar_text)
                               .checked("key", presence::optional, scalar_text)
                               .checked("verify", presence::optional, truth);
  return form;
}
const decoder<value>& tls() {
  static const as_written<tls_clause> form(tls_record);
  return form;
}

const decoder<timing_profile>& timing_clause() {
  static const auto form =
      record<timing_profile>()
          .optional("within", &timing_profile::within, duration, "The default of every wait.")
          .optional("quiet", &timing_profile::quiet, duration, "How long silence lasts.")
          .optional("slack", &timing_profile::slack, duration, "Early by this is not early.")
          .optional("scale", &timing_profile::scale, factor, "Multiplies upper bounds only.");
  return form;
}

bool check_profile(const value& from, profile& into, decoding& with) {
  bool good = true;
  // Who has a driver is a client; a server too where it has addresses.
  if (from.find("roles") == nullptr && !into.driver.null()) {
    if (into.endpoints.empty()) into.roles.clear();
    into.roles.emplace_back("client");
  }
  for (std::size_t i = 0; i < into.beside.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (into.beside[i].name == into.beside[j].name)
        good = with.error((*from.find("beside")->list())[i].at,
                          "there are two launches '" + into.beside[i].name + "'");
  return good;
}

record<profile> make_profile_record() {
  record<profile> form;
  form.checked("profile", presence::required, version_one, "The version of the format.")
      .required("name", &profile::name, variant_text)
      .key({"version", presence::optional, "Printed in every report.", {}}, version,
           [](profile& into, version_clause read) {
             into.version = std::move(read.literal);
             into.version_command = std::move(read.command);
           })
      .key({"launch", presence::optional, "The target; without it, it runs already.", {}},
           target_launch, [](profile& into, launch read) { into.start = std::move(read); })
      .optional("beside", &profile::beside, beside, "Started first: origins behind the target.")
      .optional("endpoints", &profile::endpoints, endpoints, "Behaviour contract → where.")
      .optional("hooks", &profile::hooks, hooks)
      .optional("capabilities", &profile::capabilities, capabilities,
                "What is not named is probed.")
      .optional("roles", &profile::roles, roles)
      .optional("driver", &profile::driver, driver, "Commands the client under test.")
      .optional("tls", &profile::tls, tls)
      .optional("timing", &profile::timing, timing_clause)
      .finish(check_profile);
  return form;
}

}  // namespace

const decoder<profile>& profile_file() {
  static const auto form = make_profile_record();
  return form;
}

}  // namespace halley::scenario
