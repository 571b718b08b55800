#pragma once

#include <atomic>
#include <cstdint>

/// For tests only: how often this process asked the machine for what a simulation must not need.
/// The functions themselves are defined in machine_calls_test.cpp and forward to the real ones.
namespace halley::simulation {

struct machine_calls {
  std::atomic<std::uint64_t> time{0};     ///< clock_gettime, gettimeofday, time
  std::atomic<std::uint64_t> entropy{0};  ///< getrandom, getentropy, std::random_device
  std::atomic<std::uint64_t> sockets{0};  ///< socket, connect, accept4, send, recv and the like
  std::atomic<std::uint64_t> waits{0};    ///< epoll_wait, poll, nanosleep, timerfd_settime
};

machine_calls& counted();

}  // namespace halley::simulation
