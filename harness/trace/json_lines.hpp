#pragma once

#include "trace/event.hpp"
#include "trace/output_file.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace halley::trace {

/// The schema that the header line names.
inline constexpr const char* events_schema = "events/1";

/// How many octets of a decoded payload a line holds at most: wire.out and wire.in hold them all.
inline constexpr std::size_t inline_octets = 4096;

/// One line without its line end: one JSON object with t (milliseconds, six decimals), ev, seq,
/// instance, conn, actor, dir, off, len and the event's own fields; octets as lower-case hex in
/// "hex". What does not apply is left out. json_lines.cpp lists the own fields of every event.
/// Always valid JSON in UTF-8, whatever octets the event holds.
std::string to_line(const event& one);

/// The same as a JSON value: what a reader of events.jsonl sees.
nlohmann::json to_json(const event& one);

/// Appends events to a new file: each line is one write(2) on an O_APPEND descriptor, so that a
/// killed process loses nothing it had seen. `durable`: each line is also synced to the device.
/// Numbers the events (`seq`). Thread safety: none; one owner.
class event_log {
public:
  /// Creates `file`, which must not exist, and writes the header line with `header`'s fields.
  /// Returns: a message on failure, else empty.
  std::string open(const std::filesystem::path& file, const nlohmann::json& header, bool durable);
  /// Sets `one.seq` and writes it. A failed write is kept in `failure()`; later events are numbered
  /// and dropped, as are those of a log that was never opened.
  void append(event& one);
  const std::string& failure() const { return failure_; }
  std::uint64_t next_seq() const { return seq_; }

private:
  void write_line();

  output_file file_;
  bool durable_ = false;
  std::uint64_t seq_ = 0;
  std::string failure_;
  std::string line_;
};

/// What reading a log gave. A torn last line is dropped and said; unknown events and fields are
/// kept as JSON.
struct log_content {
  nlohmann::json header;
  std::vector<nlohmann::json> events;
  bool torn = false;
  std::string problem;  ///< not empty where the file is no event log: file:line: text
};

/// Limits: log_depth.
log_content read_log(const std::filesystem::path& file);
/// The same of a stream; `name` stands for the file in a problem.
log_content read_log(std::istream& in, const std::string& name);

/// Lists and objects inside each other in one line. What is written here needs six; a reader that
/// follows more of them runs out of stack.
inline constexpr std::size_t log_depth = 64;
/// Whether `line`, JSON from outside, has more of them.
bool nests_too_deep(std::string_view line);

}  // namespace halley::trace
