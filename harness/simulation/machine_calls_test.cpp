#include "simulation/machine_calls.hpp"

#include "clock/clock.hpp"
#include "simulation/two_hosts.hpp"
#include "transport/path.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <dlfcn.h>
#include <exception>
#include <poll.h>
#include <random>
#include <string>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

// A simulated run is a function of its seed: it asks the machine for neither time nor chance, and
// touches no socket. What asks is counted here, in front of the C library.
namespace halley::simulation {

machine_calls& counted() {
  static machine_calls calls;
  return calls;
}

namespace {

/// The function that would have been called.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace halley::simulation

using halley::simulation::counted;
using halley::simulation::real;

// The C library names its parameters in its own way.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

int clock_gettime(clockid_t which, timespec* now) noexcept {
  ++counted().time;
  static auto* const next = real<int(clockid_t, timespec*)>("clock_gettime");
  return next(which, now);
}

int gettimeofday(timeval* now, void* zone) noexcept {
  ++counted().time;
  static auto* const next = real<int(timeval*, void*)>("gettimeofday");
  return next(now, zone);
}

ssize_t getrandom(void* into, size_t size, unsigned flags) {
  ++counted().entropy;
  static auto* const next = real<ssize_t(void*, size_t, unsigned)>("getrandom");
  return next(into, size, flags);
}

int getentropy(void* into, size_t size) {
  ++counted().entropy;
  static auto* const next = real<int(void*, size_t)>("getentropy");
  return next(into, size);
}

int socket(int domain, int type, int protocol) noexcept {
  ++counted().sockets;
  static auto* const next = real<int(int, int, int)>("socket");
  return next(domain, type, protocol);
}

int connect(int one, const sockaddr* where, socklen_t size) {
  ++counted().sockets;
  static auto* const next = real<int(int, const sockaddr*, socklen_t)>("connect");
  return next(one, where, size);
}

ssize_t sendmsg(int one, const msghdr* what, int flags) {
  ++counted().sockets;
  static auto* const next = real<ssize_t(int, const msghdr*, int)>("sendmsg");
  return next(one, what, flags);
}

ssize_t recvmsg(int one, msghdr* what, int flags) {
  ++counted().sockets;
  static auto* const next = real<ssize_t(int, msghdr*, int)>("recvmsg");
  return next(one, what, flags);
}

int epoll_wait(int queue, epoll_event* events, int most, int milliseconds) {
  ++counted().waits;
  static auto* const next = real<int(int, epoll_event*, int, int)>("epoll_wait");
  return next(queue, events, most, milliseconds);
}

int poll(pollfd* which, nfds_t count, int milliseconds) {
  ++counted().waits;
  static auto* const next = real<int(pollfd*, nfds_t, int)>("poll");
  return next(which, count, milliseconds);
}

int nanosleep(const timespec* length, timespec* rest) {
  ++counted().waits;
  static auto* const next = real<int(const timespec*, timespec*)>("nanosleep");
  return next(length, rest);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

// It reads the processor's random numbers itself and calls no function of the C library.
std::random_device::result_type std::random_device::_M_getval() {
  ++counted().entropy;
  result_type value = 0;
  static auto* const next = real<ssize_t(void*, size_t, unsigned)>("getrandom");
  next(&value, sizeof value, 0);
  return value;
}

namespace halley::simulation {
namespace {

using namespace std::chrono_literals;

struct figures {
  std::uint64_t time = counted().time;
  std::uint64_t entropy = counted().entropy;
  std::uint64_t sockets = counted().sockets;
  std::uint64_t waits = counted().waits;

  bool operator==(const figures&) const = default;
};

TEST(machine_calls, a_simulated_conversation_asks_the_machine_for_nothing) {
  const figures before;
  {
    two_hosts hosts({.seed = 1, .shuffle = true});
    transport::path rough;
    rough.delay = 20ms;
    rough.jitter = 5ms;
    rough.rate = 100'000;
    rough.segment = 100;
    rough.loss = 10'000;
    hosts.net.set_usual({rough, rough, {}});
    auto ends = hosts.connect();
    const observer server(hosts, *ends.server);
    const observer client(hosts, *ends.client);
    const writer question(hosts, *ends.client, std::string(100'000, 'q'));
    const writer answer(hosts, *ends.server, std::string(100'000, 'a'));
    hosts.run_for(1h);
    ends.client->close();
    hosts.time.run();
    EXPECT_EQ(server.octets().size(), 100'000U);
    EXPECT_NE(hosts.client.random("a number"), hosts.server.random("a number"));
    const auto timer = hosts.time.time().make_timer();
    timer->async_wait(24h, [](error_code) {});
    hosts.time.run();
    EXPECT_EQ(hosts.time.now(), 24h);
  }
  const figures after;
  EXPECT_EQ(after.time, before.time);
  EXPECT_EQ(after.entropy, before.entropy);
  EXPECT_EQ(after.sockets, before.sockets);
  EXPECT_EQ(after.waits, before.waits);
}

awaitable<void> talks(transport::runtime& world) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  const made client = co_await transport::connect(world, where, error);
  EXPECT_FALSE(error);
}

TEST(machine_calls, real_sockets_are_counted) {
  const figures before;
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  boost::asio::co_spawn(context, talks(world), [](const std::exception_ptr&) {});
  context.run_for(30s);
  const figures after;
  EXPECT_GT(after.sockets, before.sockets);
  EXPECT_GT(after.waits, before.waits);
}

TEST(machine_calls, time_and_chance_are_counted) {
  const figures before;
  EXPECT_GT(std::chrono::steady_clock::now().time_since_epoch().count(), 0);
  const figures timed;
  EXPECT_GT(timed.time, before.time);
  std::random_device chance;
  chance();
  const figures drawn;
  EXPECT_GT(drawn.entropy, timed.entropy);
  std::uint64_t number = 0;
  EXPECT_EQ(getentropy(&number, sizeof number), 0);
  const figures more;
  EXPECT_GT(more.entropy, drawn.entropy);
}

}  // namespace
}  // namespace halley::simulation
