#pragma once

#include "reports/run_model.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {

/// Makes a run model of an event log, event by event, so that a live display and a report of a
/// finished log share one reader. Fields that are missing, unknown or of another type are passed
/// over: a log is input from outside. Limits: transcript_limit per instance, log_limit per target.
class run_builder {
public:
  explicit run_builder(const nlohmann::json& header);

  /// Takes the log's next event.
  void add(const nlohmann::json& event);
  /// What is known so far. Results of running instances stand in it as error(interrupted).
  const run_model& so_far() const { return model_; }
  /// The result that `event` ("instance.end", "check", …) belongs to, or null.
  const instance_result* result_of(const nlohmann::json& event) const;
  /// The names of instances that have started and not ended, oldest first.
  std::vector<std::string> running() const;
  /// The model of the whole log; `torn` when its last line was cut. The builder is spent.
  run_model finish(bool torn);

private:
  /// The beginning and the end of an instance's events; what lies between may be dropped.
  struct open_transcript {
    std::vector<nlohmann::json> head;
    std::size_t head_octets = 0;
    std::deque<std::pair<std::size_t, nlohmann::json>> tail;  ///< octets, event
    std::size_t tail_octets = 0;
    bool truncated = false;
  };
  using handler = void (run_builder::*)(const nlohmann::json&);

  static handler handler_of(const std::string& name);
  void run_start(const nlohmann::json& event);
  void run_part(const nlohmann::json& event);
  void run_end(const nlohmann::json& event);
  void baseline(const nlohmann::json& event);
  void target_start(const nlohmann::json& event);
  void target_ready(const nlohmann::json& event);
  void target_exit(const nlohmann::json& event);
  void target_log(const nlohmann::json& event);
  void scenario_declared(const nlohmann::json& event);
  void instance_start(const nlohmann::json& event);
  void instance_end(const nlohmann::json& event);
  void step_start(const nlohmann::json& event);
  void step_end(const nlohmann::json& event);
  void check(const nlohmann::json& event);
  target_record& target(const std::string& name);
  std::size_t find_result(const nlohmann::json& event) const;
  void keep(std::size_t result, const nlohmann::json& event);
  void close_transcript(std::size_t result);
  std::string free_id(const std::string& instance,
                      const std::string& target,
                      std::int64_t& attempt);
  void mark_attempts(const std::vector<std::size_t>& attempts);
  void mark_all_attempts();

  run_model model_;
  /// The command that plays an instance again begins so.
  std::vector<std::string> reproduce_ = {"halley", "run"};
  std::vector<std::string> command_;  ///< of the run that the next instances were played in
  std::string seed_;
  std::map<std::string, std::size_t> by_id_;                     ///< result id → index
  std::map<std::string, std::vector<std::size_t>> by_instance_;  ///< instance id → indices
  std::map<std::size_t, open_transcript> open_;                  ///< of instances without an end
  std::map<std::string, std::size_t> scenarios_;
  double last_t_ = 0;
  bool ended_ = false;
};

/// The run model of a log that has been read.
run_model build_run_model(const trace::log_content& log);

}  // namespace halley::reports
