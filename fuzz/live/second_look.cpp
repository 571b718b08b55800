#include "fuzz/live/second_look.hpp"

#include "base/bytes.hpp"
#include "checks/finding.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/play_alone.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/oracles/interpretation.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "trace/event.hpp"
#include "wire/http_message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace halley::fuzz {
namespace {

const std::string segmentation = "segmentation";
const std::string differs = "differs-from-";
/// Octets of a run of writes that are sent one by one.
constexpr std::size_t most_single = 512;

std::string word(difference::about of) {
  using enum difference::about;
  switch (of) {
    case responses:
      return "responses";
    case status:
      return "status";
    case kind_of_4xx:
      return "kind-of-4xx";
    case body:
      return "body";
    case messages:
      return "messages";
    case pongs:
      return "pongs";
    case close:
      return "close";
    case code:
      return "close-code";
    case ending:
      return "ending";
  }
  return "other";
}

/// What does not depend on values; which statuses parted does tell findings apart.
std::string variant_of(const difference& parting) {
  std::string result = word(parting.what);
  if (parting.what == difference::about::status)
    result += "-" + std::to_string(parting.first) + "-" + std::to_string(parting.second);
  return result;
}

/// The event that shows the final response number `index`; 0 where there is none.
std::uint64_t final_head(const record& seen, std::size_t index) {
  for (const trace::event& one : seen.events) {
    const auto* const head = std::get_if<wire::response_head>(&one.what);
    if (head == nullptr || (head->status < 200 && head->status != 101)) continue;
    if (index-- == 0) return one.seq;
  }
  return 0;
}

void add_cut(exchange& to, const octets& run, bool single) {
  const std::size_t cut = single ? std::min(run.size(), most_single) : 0;
  for (std::size_t i = 0; i < cut; ++i)
    to.acts.push_back({act::kind::write, run.substr(i, 1), {}});
  if (cut < run.size()) to.acts.push_back({act::kind::write, run.substr(cut), {}});
}

}  // namespace

exchange cut_otherwise(const exchange& what) {
  exchange result{what.at, {}, what.deviations};
  for (std::size_t i = 0; i < what.acts.size();) {
    if (what.acts[i].what != act::kind::write) {
      // A pause is between segments; without them it says nothing.
      if (what.acts[i].what != act::kind::pause) result.acts.push_back(what.acts[i]);
      ++i;
      continue;
    }
    octets run;
    std::size_t writes = 0;
    for (; i < what.acts.size(); ++i) {
      if (what.acts[i].what == act::kind::pause) continue;
      if (what.acts[i].what != act::kind::write) break;
      run += what.acts[i].data;
      ++writes;
    }
    add_cut(result, run, writes == 1);
  }
  return result;
}

std::vector<std::string> second_look::kinds_of(const std::vector<other>& others) {
  std::vector<std::string> result = {segmentation};
  for (const other& one : others)
    result.push_back(differs + one.name);
  return result;
}

bool second_look::is_kind(const std::string& requirement) {
  return requirement == segmentation || requirement.starts_with(differs);
}

std::optional<record> second_look::again(const std::string& kind,
                                         const exchange& what,
                                         const patience& how_long) {
  stage* on = &stage_;
  exchange second = what;
  if (kind == segmentation) {
    second = cut_otherwise(what);
  } else {
    const auto found = std::ranges::find(others_, kind.substr(differs.size()), &other::name);
    if (found == others_.end()) return std::nullopt;
    on = found->on;
  }
  on->renew();
  const auto same = [&](const stand& one) { return one.at.contract == what.at.contract; };
  const auto where = std::ranges::find_if(on->stands(), same);
  if (where == on->stands().end()) return std::nullopt;
  if (on != &stage_) second = moved_to(what, where->at);
  return play_alone(*on, second, where->to, how_long);
}

std::optional<reaction> second_look::look(const std::string& kind,
                                          const exchange& what,
                                          const record& first,
                                          const patience& how_long) {
  const std::string& contract = what.at.contract;
  // Who ends it may be there before the answer is.
  const auto ends = [](const act& one) {
    return one.what == act::kind::finish || one.what == act::kind::reset ||
           one.what == act::kind::close;
  };
  if (first.how == ending::refused || !first.all_sent || std::ranges::any_of(what.acts, ends))
    return std::nullopt;
  const auto second = again(kind, what, how_long);
  if (!second || second->how == ending::refused || !second->all_sent) return std::nullopt;
  const auto parting = compare(interpret(first, contract), interpret(*second, contract));
  // How much of it was answered before the connection ended is a matter of time.
  if (!parting || parting->cut || explained(first, *second, *parting)) return std::nullopt;
  reaction result;
  result.variant = variant_of(*parting);
  auto& shown = result.what;
  shown.broken.id = kind;
  shown.broken.says =
      kind == segmentation
          ? "How octets are cut into segments means nothing."
          : "Where no section leaves it open, recipients make the same of a message.";
  shown.expected = kind == segmentation ? "the same, however it is cut" : "the same from both";
  shown.got = parting->words;
  using enum difference::about;
  if (kind != segmentation && (parting->what == status || parting->what == kind_of_4xx))
    shown.seq = final_head(first, parting->index);
  return result;
}

}  // namespace halley::fuzz
