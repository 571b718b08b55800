#include "draft/step_list.hpp"

#include "scenario/value.hpp"
#include "scenario/written_value.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace halley::draft {

namespace written = scenario::written;
using std::chrono::seconds;

void step_list::add(const std::string& conn, const std::string& verb, scenario::value what) {
  std::vector<std::pair<std::string, scenario::value>> entries;
  if (!actor_.empty()) entries.emplace_back("as", written::text(actor_));
  if (!conn.empty()) entries.emplace_back("conn", written::text(conn));
  entries.emplace_back(verb, std::move(what));
  steps_.push_back(written::map(std::move(entries)));
}

void step_list::expect(const std::string& conn,
                       scenario::value event,
                       const std::string& requirement,
                       std::chrono::nanoseconds waited,
                       scenario::value capture) {
  requirements_.insert(requirement);
  std::vector<std::pair<std::string, scenario::value>> entries;
  // What took its time then may take it again, and some more; the rest comes in the usual time.
  if (waited > seconds(1)) {
    const auto within = 2 * std::chrono::ceil<seconds>(waited) + seconds(3);
    waits_ += within;
    entries.emplace_back("within", written::text(std::to_string(within.count()) + "s"));
  }
  entries.emplace_back("event", std::move(event));
  entries.emplace_back("violates", written::names({requirement}));
  if (!capture.null()) entries.emplace_back("capture", std::move(capture));
  add(conn, "expect", written::map(std::move(entries)));
}

void step_list::drop_last_close() {
  const auto closes = [](const scenario::value& step) {
    const auto* how = step.find("close");
    return how != nullptr && how->text() != nullptr && *how->text() == "fin";
  };
  while (!steps_.empty() && closes(steps_.back()))
    steps_.pop_back();
}

}  // namespace halley::draft
