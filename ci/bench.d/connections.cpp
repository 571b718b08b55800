// What an open connection costs: many of them, idle behind an answered request, between Halley's
// transport in one process and the gateway in another. Where a process may not have so many
// descriptors, there are several such pairs.
#include "clock/clock.hpp"
#include "reference-server/gateway.hpp"
#include "reference-server/options.hpp"
#include "transport/descriptor_limit.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t usual_count = 10'000;
constexpr std::size_t most = 100'000;
constexpr std::size_t spare_descriptors = 64;
constexpr std::size_t lanes = 32;     // connections that are being opened at once
constexpr unsigned sources = 8;       // 127.0.0.1 to 127.0.0.8
constexpr auto patience = 60s;        // for all of them
constexpr unsigned last_resort = 90;  // seconds, then a process ends itself
// KiB of resident memory for a connection. Half of the gateway's is the block that it reads into.
constexpr double gateway_limit = 32;
constexpr double halley_limit = 8;

/// What one pair of processes says.
struct figures {
  std::size_t opened = 0;
  std::size_t lost = 0;
  double seconds = 0;
  double gateway_kib = 0;
  double halley_kib = 0;
};

double resident_kib(pid_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/statm");
  double total = 0;
  double resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// The gateway's process: says its port, then serves until it is ended.
[[noreturn]] void serve(int port_to, std::size_t count) {
  alarm(last_resort);
  boost::asio::io_context context{1};
  transport::tcp_runtime world(context);
  gateway::options how;
  how.maximum_connections = count + spare_descriptors;
  how.http_keepalive_timeout = 10min;
  gateway::gateway served(world, std::move(how));
  error_code error;
  if (!served.start({}, error)) std::_Exit(1);
  const std::uint16_t port = served.local().port;
  if (write(port_to, &port, sizeof port) != sizeof port) std::_Exit(1);
  context.run();
  std::_Exit(0);
}

/// The connections of one process.
class crowd {
public:
  crowd(boost::asio::io_context& context, transport::endpoint where, std::size_t count)
      : context_(context), world_(context), where_(std::move(where)), wanted_(count) {}

  void open_all() {
    for (std::size_t i = 0; i < lanes; ++i)
      boost::asio::co_spawn(context_, open_some(), boost::asio::detached);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (opened_ + failed_ < wanted_ && std::chrono::steady_clock::now() < until)
      context_.run_one_for(100ms);
  }

  /// Looks on for a while: whoever is closed by the gateway is lost.
  void stay(std::chrono::milliseconds length) { context_.run_for(length); }
  std::size_t opened() const { return opened_; }
  std::size_t lost() const { return lost_; }

private:
  awaitable<void> open_some() {
    while (begun_ < wanted_) {
      ++begun_;
      world_.connect_from("127.0.0." + std::to_string(1 + begun_ % sources));
      error_code error;
      std::shared_ptr<transport::transport> made =
          co_await transport::connect(world_, where_, error);
      if (made) co_await ask(*made, error);
      if (!made || error) {
        ++failed_;
        continue;
      }
      ++opened_;
      boost::asio::co_spawn(context_, watch(std::move(made)), boost::asio::detached);
    }
  }

  static awaitable<void> ask(transport::transport& on, error_code& error) {
    constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
    const auto data = boost::asio::buffer(request);
    co_await transport::write_all(on, data, error);
    std::string answer;
    std::array<char, 512> block{};
    while (!error && !answer.ends_with("\r\n\r\nOK")) {
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await transport::read_some(on, into, error);
      answer.append(block.data(), got);
    }
  }

  awaitable<void> watch(std::shared_ptr<transport::transport> on) {
    std::array<char, 64> block{};
    const auto into = boost::asio::buffer(block);
    error_code error;
    co_await transport::read_some(*on, into, error);
    ++lost_;
  }

  boost::asio::io_context& context_;
  transport::tcp_runtime world_;
  const transport::endpoint where_;
  const std::size_t wanted_;
  std::size_t begun_ = 0;
  std::size_t opened_ = 0;
  std::size_t failed_ = 0;
  std::size_t lost_ = 0;
};

figures measure(pid_t gateway, std::uint16_t port, std::size_t count) {
  boost::asio::io_context context{1};
  crowd all(context, {"127.0.0.1", port}, count);
  const double gateway_before = resident_kib(gateway);
  const double halley_before = resident_kib(getpid());
  const auto started = std::chrono::steady_clock::now();
  all.open_all();
  figures result;
  result.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  all.stay(500ms);
  result.opened = all.opened();
  result.lost = all.lost();
  result.gateway_kib = resident_kib(gateway) - gateway_before;
  result.halley_kib = resident_kib(getpid()) - halley_before;
  return result;
}

/// Starts the gateway's process. Returns: its id, 0 where it did not come up.
pid_t start_gateway(std::size_t count, std::uint16_t& port) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) serve(ends[1], count);
  close(ends[1]);
  const bool up = child > 0 && read(ends[0], &port, sizeof port) == sizeof port;
  close(ends[0]);
  return up ? child : 0;
}

/// One pair, in a process of its own that tells the figures and ends.
[[noreturn]] void play_pair(int tell, std::size_t count) {
  alarm(last_resort);
  std::uint16_t port = 0;
  const pid_t gateway = start_gateway(count, port);
  if (gateway == 0) std::_Exit(1);
  const figures result = measure(gateway, port, count);
  kill(gateway, SIGKILL);
  waitpid(gateway, nullptr, 0);
  const bool told = write(tell, &result, sizeof result) == sizeof result;
  std::_Exit(told ? 0 : 1);
}

bool within(const char* who, double kib, std::size_t count, double limit) {
  const double each = kib / static_cast<double>(count);
  std::printf("%s: %.1f KiB a connection = %.2f of the limit of %.0f KiB\n", who, each,
              each / limit, limit);
  return each <= limit;
}

int run(std::size_t count) {
  const std::size_t allowed = transport::want_descriptors(count + spare_descriptors);
  if (allowed <= spare_descriptors) return EXIT_FAILURE;
  const std::size_t in_a_pair = allowed - spare_descriptors;
  const std::size_t pairs = (count + in_a_pair - 1) / in_a_pair;
  figures sum;
  std::vector<std::pair<pid_t, int>> running;
  for (std::size_t i = 0; i < pairs; ++i) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return EXIT_FAILURE;
    const std::size_t part = count / pairs + (i < count % pairs ? 1 : 0);
    const pid_t child = fork();
    if (child == 0) play_pair(ends[1], part);
    close(ends[1]);
    running.emplace_back(child, ends[0]);
  }
  for (const auto& [child, from] : running) {
    figures one;
    if (read(from, &one, sizeof one) != sizeof one)
      std::puts("a pair of processes did not end well");
    close(from);
    waitpid(child, nullptr, 0);
    sum.opened += one.opened;
    sum.lost += one.lost;
    sum.seconds = std::max(sum.seconds, one.seconds);
    sum.gateway_kib += one.gateway_kib;
    sum.halley_kib += one.halley_kib;
  }
  std::printf(
      "%zu of %zu connections open from %u addresses after %.1f s, %zu lost; "
      "pairs of processes: %zu\n",
      sum.opened, count, sources, sum.seconds, sum.lost, pairs);
  if (sum.opened == 0) return EXIT_FAILURE;
  const bool gateway_good = within("gateway", sum.gateway_kib, sum.opened, gateway_limit);
  const bool halley_good = within("Halley", sum.halley_kib, sum.opened, halley_limit);
  const bool all = sum.opened == count && sum.lost == 0;
  return all && gateway_good && halley_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace halley

int main(int count, char** words) {
  std::size_t wanted = halley::usual_count;
  if (count > 1) wanted = std::strtoul(words[1], nullptr, 10);
  if (wanted == 0 || wanted > halley::most) {
    std::fprintf(stderr, "connections: a count from 1 to %zu\n", halley::most);
    return 2;
  }
  return halley::run(wanted);
}
