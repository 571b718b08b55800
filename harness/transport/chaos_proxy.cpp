#include "transport/chaos_proxy.hpp"

#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "transport/impaired_link.hpp"
#include "transport/path.hpp"
#include "transport/rules.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace halley::transport {
namespace {

using made = std::unique_ptr<transport>;

/// How long the accept loop rests when the system has no descriptor left.
constexpr duration accept_pause = std::chrono::milliseconds(50);
/// How long what was cut may take to unwind.
constexpr duration stop_patience = std::chrono::seconds(10);
constexpr std::size_t block_size = 4096;

/// One accepted connection.
struct served {
  served(clock::clock& time, made accepted) : near(std::move(accepted)), timer(time.make_timer()) {}

  void cut() {
    stopped = true;
    timer->cancel();
    if (link) link->stop();
    if (near) near->abort();
  }

  made near;  ///< until the link has it
  std::unique_ptr<clock::timer> timer;
  std::unique_ptr<impaired_link> link;
  bool stopped = false;
};

/// Connects, unless `timer` ends first.
awaitable<made> connect_within(runtime& world,
                               endpoint where,
                               clock::timer& timer,
                               duration patience) {
  using namespace boost::asio::experimental::awaitable_operators;
  error_code error;
  auto connecting = connect(world, where, error);
  auto waiting = clock::wait_until(timer, world.time().now() + patience);
  auto both = std::move(connecting) || std::move(waiting);
  auto first = co_await std::move(both);
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  co_return made();
}

}  // namespace

/// What outlives the proxy object while its coroutines unwind.
class chaos_proxy::running : public std::enable_shared_from_this<running> {
public:
  running(runtime& world, chaos_settings settings)
      : world_(world),
        settings_(std::move(settings)),
        work_(std::make_shared<clock::tasks>(world.get_executor(), world.time())),
        freed_(world.time()) {}

  bool start(const endpoint& listen, error_code& error) {
    if (!is_loopback(listen.address) || !is_loopback(settings_.upstream.address)) {
      error = boost::asio::error::access_denied;
      return false;
    }
    listener_ = world_.listen(listen, error);
    if (!listener_) return false;
    local_ = listener_->local();
    work_->spawn(accept_all(shared_from_this()));
    return true;
  }

  const endpoint& local() const { return local_; }
  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t unreachable() const { return unreachable_; }
  std::size_t open() const { return open_.size(); }

  void abort() {
    stopping_ = true;
    if (listener_) listener_->close();
    for (const auto& [number, one] : open_)
      one->cut();
    freed_.notify();
  }

  awaitable<void> stop() {
    abort();
    const instant deadline = world_.time().now() + stop_patience;
    co_await work_->wait_until(deadline);
    work_->rethrow();
  }

private:
  static awaitable<void> accept_all(std::shared_ptr<running> self) { co_await self->accept_each(); }
  static awaitable<void> serve(std::shared_ptr<running> self, std::uint64_t number) {
    const auto one = self->open_.at(number);
    try {
      co_await self->serve_one(*one, number);
    } catch (...) {
      self->forget(number);
      throw;
    }
    self->forget(number);
  }

  awaitable<void> accept_each() {
    while (!stopping_) {
      if (open_.size() >= settings_.most_connections) {
        const instant later = world_.time().now() + std::chrono::hours(1);
        co_await freed_.wait_until(later);
        continue;
      }
      error_code error;
      made near = co_await accept(*listener_, error);
      if (stopping_ || error == boost::asio::error::operation_aborted) co_return;
      if (error) {
        co_await clock::sleep_for(world_.time(), accept_pause);
        continue;
      }
      open_.emplace(++accepted_, std::make_shared<served>(world_.time(), std::move(near)));
      work_->spawn(serve(shared_from_this(), accepted_));
    }
  }

  awaitable<void> serve_one(served& one, std::uint64_t number) {
    const fate what = decide(settings_.rules, number);
    if (what.attempt == rule::kind::drop) co_await stay_silent(one);
    if (what.attempt == rule::kind::pass) co_await carry(one, what);
    if (one.near) one.near->abort();
  }

  /// Octets that come are taken, as by a kernel, up to what a link would keep.
  awaitable<void> stay_silent(served& one) {
    const instant deadline = world_.time().now() + settings_.limits.half_open;
    clock::watchdog limit(world_.time());
    limit.arm(deadline, [&one] { one.near->abort(); });
    std::string block(block_size, '\0');
    std::size_t taken = 0;
    error_code error;
    while (!error && !one.stopped && taken < settings_.limits.octets) {
      const auto into = boost::asio::buffer(block);
      taken += co_await read_some(*one.near, into, error);
    }
    if (!error && !one.stopped) co_await clock::wait_until(*one.timer, deadline);
  }

  awaitable<void> carry(served& one, const fate& what) {
    made far =
        co_await connect_within(world_, settings_.upstream, *one.timer, settings_.connect_patience);
    if (one.stopped) {
      if (far) far->abort();
      co_return;
    }
    if (!far) {
      ++unreachable_;
      co_return;
    }
    impaired_link::ends between{std::move(one.near), std::move(far)};
    const impaired_link::paths on{what.up, what.down};
    one.link = std::make_unique<impaired_link>(world_, std::move(between), on, settings_.limits);
    co_await one.link->run();
  }

  void forget(std::uint64_t number) {
    open_.erase(number);
    freed_.notify();
  }

  runtime& world_;
  chaos_settings settings_;
  std::shared_ptr<clock::tasks> work_;
  clock::wake freed_;
  std::unique_ptr<listener> listener_;
  endpoint local_;
  std::map<std::uint64_t, std::shared_ptr<served>> open_;
  std::uint64_t accepted_ = 0;
  std::uint64_t unreachable_ = 0;
  bool stopping_ = false;
};

chaos_proxy::chaos_proxy(runtime& world, chaos_settings settings)
    : running_(std::make_shared<running>(world, std::move(settings))) {
}

chaos_proxy::~chaos_proxy() {
  abort();
}

bool chaos_proxy::start(const endpoint& listen, error_code& error) {
  return running_->start(listen, error);
}

endpoint chaos_proxy::local() const {
  return running_->local();
}

std::uint64_t chaos_proxy::accepted() const {
  return running_->accepted();
}

std::uint64_t chaos_proxy::unreachable() const {
  return running_->unreachable();
}

std::size_t chaos_proxy::open() const {
  return running_->open();
}

awaitable<void> chaos_proxy::stop() {
  const auto self = running_;
  co_await self->stop();
}

void chaos_proxy::abort() {
  running_->abort();
}

}  // namespace halley::transport
