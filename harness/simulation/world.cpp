#include "simulation/world.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "simulation/event_queue.hpp"
#include "simulation/task.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace halley::simulation {
namespace {

class world_timer final : public clock::timer, private event, private holder {
public:
  explicit world_timer(world& of) : holder(of), world_(of) {}
  ~world_timer() override { world_timer::cancel(); }

  executor get_executor() override { return world_.get_executor(); }

  void async_wait(instant when, completion<error_code> handler) override {
    cancel();
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.assign([this](boost::asio::cancellation_type) { cancel(); });
    handler_.emplace(std::move(handler));
    world_.at(when, *this);
  }

  void cancel() override {
    if (waits()) world_.cancel(*this);
    complete(boost::asio::error::operation_aborted);
  }

private:
  void happen() override { complete({}); }

  void complete(error_code error) {
    if (!handler_) return;
    auto slot = boost::asio::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected()) slot.clear();
    world_.post([handler = std::move(*handler_), error]() mutable { std::move(handler)(error); });
    handler_.reset();
  }

  void drop_handlers() override {
    if (waits()) world_.cancel(*this);
    const auto dropped = std::move(handler_);
    handler_.reset();
  }

  world& world_;
  std::optional<completion<error_code>> handler_;
};

}  // namespace

class world::world_clock final : public clock::clock {
public:
  explicit world_clock(world& of) : world_(of) {}
  instant now() const override { return world_.now_; }
  std::unique_ptr<halley::clock::timer> make_timer() override {
    return std::make_unique<world_timer>(world_);
  }

private:
  world& world_;
};

boost::asio::execution_context& world_executor::query(
    boost::asio::execution::context_t) const noexcept {
  return world_->context();
}

holder::holder(world& of) : world_(&of), after_(of.holders_) {
  if (after_ != nullptr) after_->before_ = this;
  of.holders_ = this;
}

holder::~holder() {
  if (world_->next_dropped_ == this) world_->next_dropped_ = after_;
  if (after_ != nullptr) after_->before_ = before_;
  (before_ != nullptr ? before_->after_ : world_->holders_) = after_;
}

world::world(settings how)
    : how_(how),
      clock_(std::make_unique<world_clock>(*this)),
      seed_(how.seed),
      ties_(random_source::named(how.seed, "order of events")) {
}

world::~world() {
  end();
}

void world::begin_chapter(std::string_view name) {
  seed_ = random_source::named(how_.seed, name).next();
  ++chapter_;
}

clock::clock& world::time() {
  return *clock_;
}

void world::at(instant when, event& one) {
  events_.add(one, std::max(when, now_), how_.shuffle ? ties_.next() : 0);
}

/// Inside a handler of its context: only there Asio keeps the memory of coroutines for the next.
world::outcome world::run(const std::function<bool()>& done, const limits& bounds) {
  outcome result = outcome::idle;
  boost::asio::post(context_, [&] { result = run_here(done, bounds); });
  context_.restart();
  context_.run_one();
  return result;
}

world::outcome world::run_here(const std::function<bool()>& done, const limits& bounds) {
  for (;;) {
    if (done()) return outcome::done;
    if (figures_.tasks + figures_.events >= bounds.steps) return outcome::busy;
    if (!ready_.empty()) {
      task next = ready_.take_front();
      ++figures_.tasks;
      next();
      continue;
    }
    if (events_.empty()) return outcome::idle;
    if (events_.next() > bounds.until) {
      now_ = std::max(now_, bounds.until);
      return outcome::late;
    }
    now_ = events_.next();
    ++figures_.events;
    events_.take().happen();
  }
}

void world::end() {
  // What is dropped may post the end of its coroutine, and that may hold others: again until quiet.
  do {
    std::exchange(ready_, {}).clear();
    next_dropped_ = holders_;
    while (next_dropped_ != nullptr) {
      auto& one = *next_dropped_;
      next_dropped_ = one.after_;
      one.drop_handlers();
    }
  } while (!ready_.empty());
}

}  // namespace halley::simulation
