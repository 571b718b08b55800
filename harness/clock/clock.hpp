#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>

namespace halley {

using boost::system::error_code;
using duration = std::chrono::nanoseconds;
/// Monotonic time since the clock was made: real or virtual, nobody who reads it can tell.
using instant = std::chrono::nanoseconds;

using executor = boost::asio::any_io_executor;
template <typename... Results>
using completion = boost::asio::any_completion_handler<void(Results...)>;
template <typename T>
using awaitable = boost::asio::awaitable<T>;

}  // namespace halley

namespace halley::clock {

/// One wait at a time. Destroying it cancels the wait.
/// Thread safety: one thread, that of its executor.
class timer {
public:
  timer() = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer() = default;

  virtual executor get_executor() = 0;
  /// Completes at `when` (at once if that is past) with no error, or with operation_aborted when
  /// cancelled.
  virtual void async_wait(instant when, completion<error_code> handler) = 0;
  virtual void cancel() = 0;
};

/// Time as it is handed in; nothing else in the project asks for the time.
class clock {
public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  virtual instant now() const = 0;
  virtual std::unique_ptr<timer> make_timer() = 0;
};

/// Waits until `when`. Returns: operation_aborted when the timer or the coroutine was cancelled.
/// Lifetime: `one` must outlive the wait.
awaitable<error_code> wait_until(timer& one, instant when);
/// The same, with one frame less to wait in. Lifetime: `error`, too.
awaitable<void> wait_until(timer& one, instant when, error_code& error);

/// Waits for `length` from now.
awaitable<error_code> sleep_for(clock& time, duration length);

}  // namespace halley::clock
