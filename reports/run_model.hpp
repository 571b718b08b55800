#pragma once

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::reports {

/// The six verdicts. pass < info < warn < fail; skip and error stand outside of that order.
enum class verdict { pass, info, warn, fail, skip, error };
inline constexpr std::size_t verdict_count = 6;

/// "pass", "info", …
std::string_view to_word(verdict of);
/// Returns: nothing where `word` is no verdict.
std::optional<verdict> verdict_from(std::string_view word);

/// How many results have each verdict.
struct verdict_counts {
  std::array<std::uint64_t, verdict_count> of{};

  std::uint64_t& operator[](verdict one) { return of.at(static_cast<std::size_t>(one)); }
  std::uint64_t operator[](verdict one) const { return of.at(static_cast<std::size_t>(one)); }
  std::uint64_t total() const;
  bool operator==(const verdict_counts&) const = default;
};

/// Where in the run something was seen. (conn, dir, off) is the address; the frame is derived.
struct evidence {
  std::string conn;
  std::string dir;  ///< "out" = from Halley, "in" = from the target
  std::uint64_t off = 0;
  std::uint64_t len = 0;
  std::optional<std::uint64_t> seq;
  std::optional<std::uint64_t> frame;
  bool operator==(const evidence&) const = default;
};

/// One judged difference: a `check` event.
struct check_result {
  std::string source;       ///< "step" or "passive"
  std::string requirement;  ///< the scenario's own name, or a ledger id
  std::string ledger;       ///< the ledger's id, where the requirement comes from there
  std::string ref;
  std::string level;  ///< MUST, SHOULD, MAY
  std::string says;
  std::string expected;
  std::string got;
  std::string message;
  evidence at;
  std::optional<std::int64_t> step;
  std::int64_t line = 0;
};

/// One played step.
struct step_result {
  std::int64_t number = 0;
  std::string verb;
  std::string label;
  std::string actor;
  std::string text;     ///< one line for people
  std::string outcome;  ///< "ok", a variant, "failed"; empty where the step never ended
  std::int64_t line = 0;
  double t_ms = 0;  ///< since the run's start
  double duration_ms = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
};

struct skip_reason {
  std::string reason;  ///< word of the closed list: not-applicable, blocked, …
  std::string from;
};

struct error_cause {
  std::string cause;
  std::string text;
};

/// The events of one instance, as they stand in the log. Long octet runs are cut (`len` stays
/// whole), and the middle is left out where the whole would pass transcript_limit.
struct transcript {
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::vector<nlohmann::json> events;  ///< empty for pass
  bool truncated = false;
};

/// Octets of JSON that one transcript may hold.
inline constexpr std::size_t transcript_limit = std::size_t{64} * 1024;

/// What a baseline says of an instance.
struct known_deviation {
  std::string match;
  std::string expect;  ///< fail, warn, flaky, skip
  std::string variant;
  std::vector<std::string> violates;
  std::string reason;
  std::string issue;
  std::string until;
  double at_most = 1;
  std::int64_t line = 0;

  bool operator==(const known_deviation&) const = default;
};

/// The baseline that a run was held against.
struct baseline_record {
  std::string file;
  bool whole = false;    ///< everything was selected: what matches nothing is stale
  std::size_t from = 0;  ///< entries before it came with earlier ones of several joined runs
  std::vector<known_deviation> entries;
};

/// An entry of the baseline that does not apply any more: a finding about the run.
struct baseline_finding {
  std::string kind;  ///< stale, expired, too-flaky
  std::string match;
  std::string text;
  std::int64_t line = 0;
};

/// One instance played once against one target.
struct instance_result {
  std::string id;  ///< "<instance>@<target>#<attempt>"
  std::string instance;
  std::string scenario;
  std::string target;
  std::vector<std::pair<std::string, std::string>> params;
  nlohmann::json param_values = nlohmann::json::object();
  std::string segmentation;
  std::string network;  ///< simulated
  std::int64_t attempt = 1;
  std::string seed;
  verdict outcome = verdict::error;
  std::vector<std::string> variants;
  std::vector<std::string> violates;  ///< requirement names, in the order of first violation
  std::optional<skip_reason> skip;
  std::optional<error_cause> error;
  /// flaky, or what a baseline makes of it: xfail, xpass, differs; else empty. Never a replacement
  /// of the verdict.
  std::string status;
  std::optional<std::size_t> known;  ///< the baseline's entry
  std::string observed;
  nlohmann::json close = nlohmann::json::object();
  double started_ms = 0;
  double duration_ms = 0;
  std::vector<check_result> checks;
  std::vector<step_result> steps;
  transcript events;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> frames;
  std::string pcap;  ///< path of the capture that `frames` counts in
  std::vector<std::string> reproduce;
  std::string fingerprint;  ///< equal for failures that differ only in target and parameters
  bool superseded = false;  ///< a later attempt of the same instance counts instead
};

struct requirement_record {
  std::string id;  ///< "<scenario id>#<name>"; the ledger id where only a passive check names it
  std::string name;
  std::string ledger;
  std::string ref;
  std::string level;
  std::string says;
  std::string basis;
};

struct scenario_record {
  std::string id;
  std::int64_t rev = 1;
  std::string title;
  std::string file;
  std::int64_t line = 0;
  std::string kind;
  std::string sut;
  std::vector<std::string> tags;
  std::vector<requirement_record> requirements;
};

struct target_record {
  std::string name;
  std::string role;
  std::string version;
  std::vector<std::string> command;
  nlohmann::json endpoints = nlohmann::json::object();
  nlohmann::json capabilities = nlohmann::json::object();
  std::optional<std::int64_t> exit_code;
  std::optional<std::int64_t> exit_signal;
  bool exited = false;
  bool exit_expected = false;
  std::vector<std::string> log;  ///< the last log_limit lines
  std::vector<double> log_ms;    ///< when each was printed, since the run's start
};

/// Lines of target output that are kept per target.
inline constexpr std::size_t log_limit = 200;

struct shard_record {
  std::int64_t i = 1;
  std::int64_t n = 1;
};

/// All that reports speak of: a pure function of one event log.
struct run_model {
  std::string id;
  std::string started;  ///< RFC 3339, UTC
  std::string ended;
  double duration_ms = 0;
  std::string seed;
  std::string clock;
  std::string suite;
  std::string suite_hash;  ///< of the frozen list
  std::string parent;      ///< id of the run of which this plays a part again
  std::string strength;
  std::string filter;
  std::vector<std::string> command;
  nlohmann::json tool = nlohmann::json::object();
  nlohmann::json environment = nlohmann::json::object();
  std::optional<shard_record> shard;
  std::vector<std::string> merged;  ///< ids of the runs that were joined
  bool strict = false;
  bool flaky_allowed = false;
  bool complete = false;     ///< the log ends with run.end and no line is torn
  bool interrupted = false;  ///< the user stopped the run
  std::optional<baseline_record> baseline;
  std::vector<baseline_finding> baseline_findings;
  std::vector<scenario_record> scenarios;
  std::vector<target_record> targets;
  std::vector<instance_result> results;
  std::vector<requirement_record> passive_requirements;

  const scenario_record* find_scenario(std::string_view scenario_id) const;
  const target_record* find_target(std::string_view name) const;
};

/// What a violated name of `of` stands for: the scenario's own requirement, else a passive one;
/// null where nobody declared it.
const requirement_record* find_requirement(const run_model& model,
                                           const instance_result& of,
                                           std::string_view name);

}  // namespace halley::reports
