#include "engine/bell.hpp"

#include "clock/clock.hpp"
#include "clock/wake.hpp"

#include <vector>

namespace halley::engine {
namespace {

/// Stands in the list as long as it lives, also when its coroutine is destroyed while it waits.
class place {
public:
  place(std::vector<clock::wake*>& list, clock::wake& mine) : list_(list), mine_(&mine) {
    list_.push_back(mine_);
  }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place() { std::erase(list_, mine_); }

private:
  std::vector<clock::wake*>& list_;
  clock::wake* mine_;
};

}  // namespace

awaitable<void> bell::wait_until(instant deadline) {
  clock::wake mine(time_);
  const place listed(waiting_, mine);
  co_await mine.wait_until(deadline);
}

void bell::ring() {
  for (auto* one : waiting_)
    one->notify();
}

}  // namespace halley::engine
