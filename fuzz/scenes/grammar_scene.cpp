#include "base/bytes.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/exchange_scenario.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "fuzz/scenes/traffic_scenes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint32_t most_times = 10;

struct fitting {
  const grammar* by;
  const stand* at;
};

std::vector<fitting> all_fitting(const std::vector<stand>& stands) {
  std::vector<fitting> result;
  for (const auto& by : all_grammars())
    for (const auto& at : stands)
      if (by.name != "mutated" && by.fits(at.at.contract)) result.push_back({&by, &at});
  return result;
}

void say(scene_draft& to, const exchange& what) {
  to.begin(what.deviations.empty() ? what.at.contract : what.deviations.front());
  const auto who = to.open(what.at.contract);
  for (const auto& one : what.acts) {
    switch (one.what) {
      case act::kind::write:
        if (!one.data.empty()) to.say(who, octets_value(one.data, what.at));
        break;
      case act::kind::answer:
        to.begin("and then");
        break;
      case act::kind::pause:
        to.begin("a pause");
        to.lasts(one.length);
        break;
      case act::kind::finish:
        to.close(who, "write");
        break;
      case act::kind::reset:
        to.close(who, "rst");
        return;
      case act::kind::close:
        to.close(who, "fin");
        return;
    }
  }
}

}  // namespace

scene grammar_scene(choices& from, const std::vector<stand>& stands) {
  scene_draft to(from);
  const auto all = all_fitting(stands);
  if (all.empty()) return to.take();
  const auto& [by, at] = all[from.draw(static_cast<std::uint32_t>(all.size()))];
  const auto ending = from.draw(4);
  const auto what = by->compose(from, at->at, {});
  const auto times = ending == 3 ? 1 + from.draw(most_times) : 1;
  for (std::uint32_t i = 0; i < times; ++i)
    say(to, what);
  if (ending >= 2) to.wait();
  if (ending == 3) to.ask_status();
  return to.take();
}

}  // namespace halley::fuzz
