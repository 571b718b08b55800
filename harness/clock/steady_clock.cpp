#include "clock/steady_clock.hpp"

#include "clock/clock.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace halley::clock {
namespace {

class steady_timer final : public timer {
public:
  steady_timer(const executor& where, std::chrono::steady_clock::time_point start)
      : timer_(where), start_(start) {}

  executor get_executor() override { return timer_.get_executor(); }

  void async_wait(instant when, completion<error_code> handler) override {
    timer_.expires_at(start_ + when);
    timer_.async_wait(std::move(handler));
  }

  void cancel() override { timer_.cancel(); }

private:
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

steady_clock::steady_clock(executor where, std::chrono::steady_clock::time_point start)
    : executor_(std::move(where)), start_(start) {
}

instant steady_clock::now() const {
  return std::chrono::steady_clock::now() - start_;
}

std::unique_ptr<timer> steady_clock::make_timer() {
  return std::make_unique<steady_timer>(executor_, start_);
}

}  // namespace halley::clock
