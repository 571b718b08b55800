#include "reports/merge.hpp"

#include "base/printable.hpp"
#include "reports/json_field.hpp"
#include "reports/utc_time.hpp"
#include "trace/json_lines.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::reports {
namespace {

using nlohmann::json;

const json* find_event(const trace::log_content& log, const std::string& name) {
  const auto found = std::find_if(log.events.begin(), log.events.end(),
                                  [&](const json& one) { return text_field(one, "ev") == name; });
  return found == log.events.end() ? nullptr : &*found;
}

/// Shards are parts of one selection: what decides about it, and about what is played, is equal.
std::string selection_problem(const std::vector<run_log>& runs) {
  const run_log* first = nullptr;
  for (const auto& run : runs) {
    const auto* const start = find_event(run.content, "run.start");
    if (start == nullptr) continue;
    if (first == nullptr) first = &run;
    const auto* const other = find_event(first->content, "run.start");
    for (const auto* const name : {"seed", "strength", "filter", "suite"})
      if (text_field(*start, name) != text_field(*other, name))
        return std::string("shards of different runs: ")
            .append(name)
            .append(" is '" + printable(text_field(*other, name)) + "' in ")
            .append(printable(first->folder.string()))
            .append(" and '" + printable(text_field(*start, name)) + "' in ")
            .append(printable(run.folder.string()));
  }
  return {};
}

/// What is wrong with the set of shards; empty where nothing is.
std::string shard_problem(const std::vector<run_log>& runs) {
  std::map<std::int64_t, std::string> seen;
  std::int64_t wanted = 0;
  for (const auto& run : runs) {
    const auto* const start = find_event(run.content, "run.start");
    if (start == nullptr) continue;
    const auto shard = object_field(*start, "shard");
    const auto i = integer_field(shard, "i");
    const auto n = integer_field(shard, "n");
    if (!i || !n || *n < 1) continue;
    const auto name = std::to_string(*i) + "/" + std::to_string(*n);
    if (wanted != 0 && wanted != *n)
      return "shards of different runs: " + name + " beside a shard of " + std::to_string(wanted);
    wanted = *n;
    const auto folder = printable(run.folder.string());
    const auto [place, fresh] = seen.emplace(*i, folder);
    if (!fresh)
      return std::string("shard ")
          .append(name)
          .append(" is given twice: ")
          .append(place->second)
          .append(" and ")
          .append(folder);
  }
  // One shard alone is looked at for what it is.
  if (runs.size() < 2) return {};
  if (wanted != 0) {
    if (auto differs = selection_problem(runs); !differs.empty()) return differs;
  }
  for (std::int64_t i = 1; i <= wanted; ++i)
    if (!seen.contains(i))
      return "shard " + std::to_string(i) + "/" + std::to_string(wanted) + " is missing";
  return {};
}

std::optional<utc_milliseconds> start_of(const trace::log_content& log) {
  if (text_field(log.header, "clock") == "virtual") return std::nullopt;
  return parse_utc(text_field(log.header, "started"));
}

/// Milliseconds that each run began after the first one; 0 where a time is unknown or virtual.
std::vector<double> delays_of(const std::vector<run_log>& runs) {
  std::optional<utc_milliseconds> first;
  for (const auto& run : runs) {
    const auto start = start_of(run.content);
    if (start && (!first || *start < *first)) first = start;
  }
  std::vector<double> delays;
  for (const auto& run : runs) {
    const auto start = start_of(run.content);
    delays.push_back(start && first ? static_cast<double>((*start - *first).count()) : 0.0);
  }
  return delays;
}

json joined_header(const std::vector<run_log>& runs) {
  auto header = runs.front().content.header;
  if (runs.size() < 2) return header;
  auto first = start_of(runs.front().content);
  header["merged"] = json::array();
  for (const auto& run : runs) {
    header["merged"].push_back(text_field(run.content.header, "run"));
    if (const auto start = start_of(run.content); start && first && *start < *first) {
      first = start;
      header["started"] = run.content.header["started"];
    }
  }
  return header;
}

/// Puts the events of one run behind those that `into` has.
class joiner {
public:
  explicit joiner(trace::log_content& into) : into_(into) {}

  void add(const run_log& run, double delay, bool several) {
    numbers_.clear();
    const auto* const start = find_event(run.content, "run.start");
    const auto shared = start == nullptr || !several
                            ? std::vector<std::string>()
                            : texts_field(object_field(*start, "shard"), "shared");
    const std::set<std::string> elsewhere(shared.begin(), shared.end());
    for (const auto& event : run.content.events) {
      if (!event.is_object()) continue;
      const auto name = text_field(event, "ev");
      if (name == "run.end") continue;  // one for all, at the end
      // Its result is in the shard that it belongs to.
      if (!elsewhere.empty() && elsewhere.contains(text_field(event, "instance"))) continue;
      take(event, delay, several ? run.folder : std::filesystem::path());
      if (several && name == "run.start") into_.events.back().erase("shard");
    }
  }

private:
  void take(json event, double delay, const std::filesystem::path& folder) {
    const auto seq = into_.events.size();
    // The first one speaks for all; how the instances behind it are played again, each for its own.
    if (text_field(event, "ev") == "run.start" && seq > 0) event["ev"] = "run.part";
    if (const auto old = integer_field(event, "seq")) numbers_[*old] = seq;
    event["seq"] = seq;
    if (event.contains("t")) event["t"] = number_field(event, "t") + delay;
    // Evidence names events that were written before it.
    if (const auto at = event.find("at"); at != event.end() && at->is_object()) {
      const auto old = integer_field(*at, "seq");
      if (const auto moved = old ? numbers_.find(*old) : numbers_.end(); moved != numbers_.end())
        (*at)["seq"] = moved->second;
    }
    if (!folder.empty() && event.contains("frames"))
      event["pcap"] = (folder / "trace.pcapng").string();
    if (text_field(event, "ev") == "run.start") {
      event.erase("started");  // the header has the earliest
    }
    into_.events.push_back(std::move(event));
  }

  trace::log_content& into_;
  std::map<std::int64_t, std::size_t> numbers_;  ///< old seq → new seq, of the run being added
};

/// The verdicts of the last attempts in `joined`.
json counts_of(const trace::log_content& joined) {
  std::map<std::pair<std::string, std::string>, std::string> verdicts;
  for (const auto& event : joined.events)
    if (text_field(event, "ev") == "instance.end")
      verdicts[{text_field(event, "instance"), text_field(event, "target")}] =
          text_field(event, "verdict");
  std::map<std::string, std::size_t> counts;
  for (const auto& [ignored, verdict] : verdicts)
    ++counts[verdict];
  return counts;
}

/// The end of the joined run, or null where a part has none.
json joined_end(const std::vector<run_log>& runs,
                const std::vector<double>& delays,
                const trace::log_content& joined) {
  json end = {{"ev", "run.end"}, {"interrupted", false}, {"counts", counts_of(joined)}};
  double last = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto* const part = find_event(runs[i].content, "run.end");
    if (part == nullptr) return nullptr;
    last = std::max(last, number_field(*part, "t") + delays[i]);
    if (flag_field(*part, "interrupted")) end["interrupted"] = true;
  }
  end["t"] = last;
  return end;
}

}  // namespace

trace::log_content merge_logs(const std::vector<run_log>& runs, std::string& problem) {
  if (runs.empty()) {
    problem = "no runs to merge";
    return {};
  }
  problem = shard_problem(runs);
  if (!problem.empty()) return {};
  trace::log_content result;
  result.header = joined_header(runs);
  const auto delays = delays_of(runs);
  joiner join(result);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    join.add(runs[i], delays[i], runs.size() > 1);
    result.torn = result.torn || runs[i].content.torn;
  }
  if (auto end = joined_end(runs, delays, result); !end.is_null()) {
    end["seq"] = result.events.size();
    result.events.push_back(std::move(end));
  }
  return result;
}

std::string log_text(const trace::log_content& log) {
  const auto line = [](const json& one) {
    return one.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
  };
  auto text = line(log.header);
  for (const auto& event : log.events)
    text += line(event);
  return text;
}

}  // namespace halley::reports
