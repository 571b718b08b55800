#include "fuzz/live/scenario_play.hpp"

#include "base/hex.hpp"
#include "base/random.hpp"
#include "engine/peer.hpp"
#include "engine/player.hpp"
#include "engine/stall_watch.hpp"
#include "engine/suite_notes.hpp"
#include "engine/verdict.hpp"
#include "fuzz/outcome.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace halley::fuzz {
namespace {

constexpr std::size_t key_octets = 8;

}  // namespace

std::string key_of(std::uint64_t seed, const std::string& id) {
  return "k" + to_hex(random_source::named(seed, id).bytes(key_octets));
}

outcome play_scenario(const std::shared_ptr<const scenario::scenario>& what,
                      const scenario_ground& on) {
  const scenario::instance whole{what, {}, what->id};
  engine::play_settings how;
  how.seed = on.seed;
  how.key = key_of(on.seed, whole.id);
  how.segmentation = engine::cutting::kind::whole;
  how.exact_time = on.exact_time;
  const engine::stall_watch stalls(on.world.time());
  engine::player played(on.world, on.tested, whole, how, stalls);
  engine::instance_result result;
  bool over = false;
  std::exception_ptr bug;
  boost::asio::co_spawn(on.world.get_executor(), played.play([&](trace::event& seen) {
    if (on.tell) on.tell(seen);
  }),
                        [&](std::exception_ptr error, engine::instance_result ended) {
                          bug = std::move(error);
                          result = std::move(ended);
                          over = true;
                        });
  on.run([&] { return over; });
  if (bug) std::rethrow_exception(bug);
  if (result.is != engine::verdict::skip && result.is != engine::verdict::error) {
    auto passive = engine::passive_violations(played, what->sut);
    std::ranges::move(passive, std::back_inserter(result.violations));
  }
  return outcome_of(result);
}

}  // namespace halley::fuzz
