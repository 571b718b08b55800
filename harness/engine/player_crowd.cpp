// Crowds: many clients of one name, each of which does every step of that name at once.
#include "base/random.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/player.hpp"
#include "engine/verdict.hpp"
#include "scenario/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

/// Steps that are about a connection, or about what was seen on it: each member does them for
/// itself. The others (hooks, delays, marks, loops) are done once, by nobody in particular.
bool each_for_itself(const scenario::step& one) {
  using namespace scenario;
  const auto& verb = one.verb;
  return std::holds_alternative<open_step>(verb) || std::holds_alternative<send_step>(verb) ||
         std::holds_alternative<expect_step>(verb) || std::holds_alternative<collect_step>(verb) ||
         std::holds_alternative<close_step>(verb) || std::holds_alternative<set_step>(verb) ||
         std::holds_alternative<assert_step>(verb);
}

bool same_finding(const violation& a, const violation& b) {
  return a.requirement == b.requirement && a.step == b.step && a.expected == b.expected &&
         a.got == b.got;
}

}  // namespace

player::player(player& leader, const actor& of, std::size_t number)
    : world_(leader.world_),
      target_(leader.target_),
      instance_(leader.instance_),
      scenario_(leader.scenario_),
      settings_(leader.settings_),
      stalls_(leader.stalls_),
      leader_(&leader),
      variables_(
          random_source::named(settings_.seed, instance_.id + of.name, 3 + 2 * number).next(),
          leader.variables_),
      random_(random_source::named(settings_.seed, instance_.id + of.name, 4 + 2 * number)),
      news_(leader.world_.time()),
      tasks_(leader.tasks_),
      started_(leader.started_) {
  auto self = std::make_unique<actor>();
  self->name = of.name;
  self->chaos = of.chaos;
  actors_.push_back(std::move(self));
}

/// The crowd whose step it is, if it is one's.
player::actor* player::crowd_named(const scenario::step& one) {
  for (const auto& candidate : actors_) {
    const bool meant = one.as.empty() ? !candidate->plays_server : candidate->name == one.as;
    if (meant) return candidate->crowd.empty() ? nullptr : candidate.get();
  }
  return nullptr;
}

player::actor* player::crowd_of(const scenario::step& one) {
  return each_for_itself(one) ? crowd_named(one) : nullptr;
}

/// The step is over when every member has done it, also where the first has failed: how many fail
/// is what a crowd is asked for.
awaitable<player::flow> player::crowd_step(actor& who, const scenario::step& one, int number) {
  const auto together = std::make_shared<clock::tasks>(world_.get_executor(), world_.time());
  flow result = flow::go_on;
  for (const auto& member : who.crowd) {
    member->limit_ = limit_;
    member->in_setup_ = in_setup_;
    member->use_line_ = use_line_;
    member->steps_ = number;
    together->spawn(member->act(one, number, result));
  }
  // Every wait of a member ends by `limit_`, so this one does.
  while (together->in_flight() != 0)
    co_await together->wait_until(limit_);
  merge_crowd(who);
  together->rethrow();
  co_return result;
}

awaitable<void> player::act(const scenario::step& one, int number, flow& result) {
  const flow next = co_await dispatch_action(one, number);
  if (next == flow::stop) result = flow::stop;
}

/// What members found becomes the instance's own: the same finding once, with the count of those
/// who made it, and each variant once.
void player::merge_crowd(actor& who) {
  std::vector<std::pair<violation, std::size_t>> found;
  std::set<std::string> variants;
  for (const auto& member : who.crowd) {
    variants.insert(member->result_.variants.begin(), member->result_.variants.end());
    for (auto& one : member->result_.violations) {
      const auto known = std::ranges::find_if(
          found, [&one](const auto& other) { return same_finding(other.first, one); });
      if (known == found.end()) {
        found.emplace_back(std::move(one), 1);
      } else {
        ++known->second;
      }
    }
    member->result_.variants.clear();
    member->result_.violations.clear();
  }
  result_.variants.insert(result_.variants.end(), variants.begin(), variants.end());
  for (auto& [one, count] : found) {
    one.got += " (" + std::to_string(count) + " of " + std::to_string(who.crowd.size()) + ")";
    result_.violations.push_back(std::move(one));
  }
}

}  // namespace halley::engine
