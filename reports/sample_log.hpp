#pragma once

#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <string>

// For tests: event logs written by hand.
namespace halley::reports::sample {

/// Reads `text` as a log file: the reader that merge uses.
trace::log_content read(const std::string& text);

/// A log built event by event; seq and t (1 ms apart) are set.
class log_writer {
public:
  log_writer();
  log_writer& add(nlohmann::json event);
  /// A scenario ws/frame/NAME with a MUST "fail-connection" and a SHOULD "send-close".
  log_writer& scenario(const std::string& name, const std::string& kind = "conformance");
  /// instance.start and instance.end of ws/frame/NAME[params] with the fields of `end`.
  log_writer& instance(const std::string& name,
                       const nlohmann::json& params,
                       const nlohmann::json& end,
                       const std::string& target = "my-gateway");
  log_writer& end_run(bool interrupted = false);
  const trace::log_content& log() const { return log_; }

private:
  trace::log_content log_;
};

/// A run of one failing instance with all its steps, octets and a check.
log_writer one_failure();
/// one_failure, and a survey whose instances end with each of the other verdicts; the target has
/// ended, too.
log_writer every_verdict();
/// one_failure's scenario over rsv × opcode: ping fails, all others pass; complete.
log_writer matrix_of_failures();

}  // namespace halley::reports::sample
