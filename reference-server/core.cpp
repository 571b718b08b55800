#include "reference-server/core.hpp"

#include "base/bytes.hpp"
#include "clock/tasks.hpp"
#include "reference-server/options.hpp"
#include "reference-server/topic.hpp"
#include "transport/runtime.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace halley::gateway {
namespace {

constexpr std::size_t read_block = 16384;

}  // namespace

core::core(transport::runtime& runtime, options how)
    : world(runtime),
      settings(std::move(how)),
      started(runtime.time().now()),
      pseudonym("halley-" + std::to_string(runtime.random("via"))),
      work(std::make_shared<clock::tasks>(runtime.get_executor(), runtime.time())),
      comet_events(settings.comet_log_events),
      block(read_block, '\0') {
  if (settings.mutant("comet-generation-unchecked")) comet_open.forget_generations();
}

topic* core::find_topic(const octets& key) {
  const auto found = topics.find(key);
  if (found != topics.end()) return found->second.get();
  if (topics.size() >= settings.topic_maximum) return nullptr;
  auto made = std::make_shared<topic>(settings, world.get_executor(), world.time());
  return topics.emplace(key, std::move(made)).first->second.get();
}

}  // namespace halley::gateway
