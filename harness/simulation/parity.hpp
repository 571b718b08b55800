#pragma once

#include "clock/clock.hpp"
#include "clock/wake.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

/// For tests only: plays one body over the sockets of the machine and over the simulation, and
/// notes what its two ends see.
namespace halley::simulation::parity {

using made = std::unique_ptr<transport::transport>;

/// What happened, in order.
struct journal {
  std::vector<std::string> lines;

  void note(const std::string& who, const std::string& what) { lines.push_back(who + ": " + what); }
};

using body = awaitable<void> (*)(transport::runtime& world, journal& saw);

inline std::string name(error_code error) {
  if (!error) return "success";
  if (error == boost::asio::error::eof) return "end";
  return error.message();
}

/// One operation that is begun now and waited for later.
class pending {
  auto io() {
    over_ = false;
    return [this](error_code error, std::size_t count) {
      count_ = count;
      end(error);
    };
  }
  auto connection() {
    over_ = false;
    return [this](error_code error, made one) {
      made_ = std::move(one);
      end(error);
    };
  }

public:
  using slot = boost::asio::cancellation_slot;

  pending(transport::runtime& world, journal& saw, std::string who)
      : saw_(saw), who_(std::move(who)), time_(world.time()), woken_(world.time()) {}

  void read(transport::transport& from, slot stop = {}) {
    auto handler = boost::asio::bind_cancellation_slot(stop, io());
    from.async_read_some(boost::asio::buffer(block_), std::move(handler));
  }
  void write(transport::transport& to, const std::string& data) {
    to.async_write_some(boost::asio::buffer(data), io());
  }
  void accept(transport::listener& at, slot stop = {}) {
    auto handler = boost::asio::bind_cancellation_slot(stop, connection());
    at.async_accept(std::move(handler));
  }
  void connect(transport::runtime& world, const transport::endpoint& where, slot stop = {}) {
    auto handler = boost::asio::bind_cancellation_slot(stop, connection());
    world.async_connect(where, std::move(handler));
  }

  bool over() const { return over_; }
  error_code result() const { return result_; }
  std::size_t count() const { return count_; }
  made take() { return std::move(made_); }

  /// Returns when it is over, or after `longest`.
  awaitable<void> wait(duration longest = std::chrono::seconds(20)) {
    const instant deadline = time_.now() + longest;
    while (!over_ && time_.now() < deadline)
      co_await woken_.wait_until(deadline);
  }

private:
  void end(error_code error) {
    result_ = error;
    over_ = true;
    if (!who_.empty()) saw_.note(who_, name(error));
    woken_.notify();
  }

  journal& saw_;
  std::string who_;
  clock::clock& time_;
  clock::wake woken_;
  std::string block_ = std::string(65'536, '\0');
  made made_;
  error_code result_;
  std::size_t count_ = 0;
  bool over_ = false;
};

/// Two ends of one connection.
struct pair_of_ends {
  made client;
  made server;
};

inline awaitable<pair_of_ends> connected(transport::runtime& world) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const transport::endpoint where = listening->local();
  pair_of_ends ends;
  ends.client = co_await transport::connect(world, where, error);
  ends.server = co_await transport::accept(*listening, error);
  co_return ends;
}

/// Reads `wanted` octets, in whatever pieces they come.
inline awaitable<void> reads(transport::transport& from,
                             std::size_t wanted,
                             journal& saw,
                             std::string who) {
  std::string got;
  error_code error;
  std::string block(wanted, '\0');
  while (got.size() < wanted && !error) {
    const auto into = boost::asio::buffer(block.data(), wanted - got.size());
    const std::size_t count = co_await transport::read_some(from, into, error);
    got.append(block, 0, count);
  }
  saw.note(who, "reads \"" + got + "\"" + (error ? ", " + name(error) : ""));
}

/// Reads until there is no more.
inline awaitable<void> drains(transport::transport& from, journal& saw, std::string who) {
  std::string got;
  error_code error;
  std::string block(65'536, '\0');
  while (!error) {
    const auto into = boost::asio::buffer(block);
    const std::size_t count = co_await transport::read_some(from, into, error);
    got.append(block, 0, count);
  }
  if (got.size() > 100) got = std::to_string(got.size()) + " octets";
  saw.note(who, "drains \"" + got + "\", " + name(error));
}

inline awaitable<void> writes(transport::transport& to,
                              std::string text,
                              journal& saw,
                              std::string who) {
  error_code error;
  const auto data = boost::asio::buffer(text);
  const std::size_t count = co_await transport::write_all(to, data, error);
  saw.note(who, "writes " + std::to_string(count) + ", " + name(error));
}

/// Writes until told why not: when that comes depends on the machine, what comes does not.
inline awaitable<void> writes_until_told(transport::transport& to, journal& saw, std::string who) {
  const std::string block(65'536, '.');
  error_code error;
  while (!error) {
    const auto data = boost::asio::buffer(block);
    co_await transport::write_all(to, data, error);
  }
  saw.note(who, "is told " + name(error));
}

inline void shuts_down(transport::transport& one, journal& saw, const std::string& who) {
  error_code error;
  one.shutdown_send(error);
  saw.note(who, "shuts down, " + name(error));
}

/// Writes until a write does not end; that one stays pending. There is no other sign of a full
/// buffer than that nothing happens, so this looks for a while; what is seen does not depend on how
/// long. Returns: the octets written.
inline awaitable<std::size_t> fill(transport::transport& to,
                                   pending& write,
                                   const std::string& block) {
  std::size_t written = 0;
  for (;;) {
    write.write(to, block);
    co_await write.wait(std::chrono::milliseconds(250));
    if (!write.over() || write.result()) co_return written;
    written += write.count();
  }
}

/// Over loopback sockets, in real time.
inline std::vector<std::string> on_sockets(body play) {
  journal saw;
  bool over = false;
  std::exception_ptr failed;
  {
    boost::asio::io_context context;
    transport::tcp_runtime world(context, 1);
    boost::asio::co_spawn(context, play(world, saw), [&](std::exception_ptr error) {
      failed = std::move(error);
      over = true;
    });
    context.run_for(std::chrono::seconds(30));
  }
  if (failed) std::rethrow_exception(failed);
  if (!over) saw.note("both", "hang");
  return saw.lines;
}

/// On one simulated host, in virtual time.
inline std::vector<std::string> in_simulation(body play) {
  journal saw;
  bool over = false;
  std::exception_ptr failed;
  {
    simulation::world world({.seed = 1});
    network net(world);
    simulated_runtime machine(net, "machine");
    boost::asio::co_spawn(world.get_executor(), play(machine, saw), [&](std::exception_ptr error) {
      failed = std::move(error);
      over = true;
    });
    simulation::world::limits bounds;
    bounds.until = std::chrono::seconds(30);
    world.run([&] { return over; }, bounds);
    world.end();
  }
  if (failed) std::rethrow_exception(failed);
  if (!over) saw.note("both", "hang");
  return saw.lines;
}

/// A body and what its ends must see, wherever it is played.
struct parity_case {
  const char* name;
  body play;
  std::vector<std::string> sees;
};

inline std::string name_of(const parity_case& one) {
  return one.name;
}
inline void PrintTo(const parity_case& one, std::ostream* out) {
  *out << one.name;
}

}  // namespace halley::simulation::parity
