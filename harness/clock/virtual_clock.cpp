#include "clock/virtual_clock.hpp"

#include "clock/clock.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace halley::clock {

struct virtual_clock::wait {
  completion<error_code> handler;
};

class virtual_clock::virtual_timer final : public timer {
public:
  explicit virtual_timer(virtual_clock& owner) : owner_(owner) {}
  ~virtual_timer() override { virtual_timer::cancel(); }

  executor get_executor() override { return owner_.context_.get_executor(); }

  void async_wait(instant when, completion<error_code> handler) override {
    cancel();
    at_ = key{std::max(when, owner_.now_), owner_.begun_++};
    // Keys are never used twice, so a cancellation that comes after the wait has ended finds
    // nothing.
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      slot.assign([owner = &owner_, at = *at_](boost::asio::cancellation_type) { owner->end(at); });
    }
    owner_.waits_.emplace(*at_, std::make_shared<wait>(std::move(handler)));
  }

  void cancel() override {
    if (at_) owner_.end(*at_);
    at_.reset();
  }

private:
  virtual_clock& owner_;
  std::optional<key> at_;
};

virtual_clock::virtual_clock(boost::asio::io_context& context) : context_(context) {
}
virtual_clock::~virtual_clock() = default;

void virtual_clock::end(const key& at) {
  const auto found = waits_.find(at);
  if (found == waits_.end()) return;
  const auto one = found->second;
  waits_.erase(found);
  boost::asio::post(context_,
                    boost::asio::append(std::move(one->handler),
                                        error_code(boost::asio::error::operation_aborted)));
}

instant virtual_clock::now() const {
  return now_;
}

std::unique_ptr<timer> virtual_clock::make_timer() {
  return std::make_unique<virtual_timer>(*this);
}

std::size_t virtual_clock::run(instant limit) {
  std::size_t ended = 0;
  for (;;) {
    context_.restart();
    context_.poll();
    if (waits_.empty()) return ended;
    const auto first = waits_.begin();
    if (first->first.first > limit) {
      now_ = std::max(now_, limit);
      return ended;
    }
    now_ = first->first.first;
    auto one = first->second;
    waits_.erase(first);
    boost::asio::post(context_, boost::asio::append(std::move(one->handler), error_code()));
    ++ended;
  }
}

}  // namespace halley::clock
