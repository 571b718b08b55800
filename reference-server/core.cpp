#include "reference-server/core.hpp"

#include "base/bytes.hpp"
#include "clock/tasks.hpp"
#include "reference-server/options.hpp"
#include "reference-server/topic.hpp"
#include "transport/runtime.hpp"

#include <memory>
#include <string>
#include <utility>

namespace halley::gateway {

core::core(transport::runtime& runtime, options how)
    : world(runtime),
      settings(std::move(how)),
      started(runtime.time().now()),
      pseudonym("halley-" + std::to_string(runtime.random("via"))),
      work(std::make_shared<clock::tasks>(runtime.get_executor(), runtime.time())),
      comet_events(settings.comet_log_events) {
}

topic* core::find_topic(const octets& key) {
  const auto found = topics.find(key);
  if (found != topics.end()) return found->second.get();
  if (topics.size() >= settings.topic_maximum) return nullptr;
  return topics.emplace(key, std::make_unique<topic>(settings)).first->second.get();
}

}  // namespace halley::gateway
