#include "clock/clock.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace halley::clock {
namespace {

struct start_wait {
  timer* one;
  instant when;

  template <typename Handler>
  void operator()(Handler&& handler) const {
    one->async_wait(when, completion<error_code>(std::forward<Handler>(handler)));
  }
};

}  // namespace

awaitable<error_code> wait_until(timer& one, instant when) {
  error_code error;
  co_await wait_until(one, when, error);
  co_return error;
}

awaitable<void> wait_until(timer& one, instant when, error_code& error) {
  const start_wait start{&one, when};
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
  return boost::asio::async_initiate<decltype(token), void(error_code)>(start, token);
}

awaitable<error_code> sleep_for(clock& time, duration length) {
  const std::unique_ptr<timer> one = time.make_timer();
  const instant when = time.now() + length;
  const error_code error = co_await wait_until(*one, when);
  co_return error;
}

}  // namespace halley::clock
