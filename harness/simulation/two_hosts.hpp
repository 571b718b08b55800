#pragma once

#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

/// For tests only: a world with two hosts, and what their sockets see at which time.
namespace halley::simulation {

using made = std::unique_ptr<transport::transport>;

/// One thing that a side saw: octets, or an error.
struct sight {
  duration at{0};
  std::string octets;
  error_code error = {};

  bool operator==(const sight&) const = default;
};

inline void PrintTo(const sight& one, std::ostream* out) {
  *out << one.at.count() << " ns \"" << one.octets << "\"";
  if (one.error) *out << ' ' << one.error.message();
}

struct pair_of_ends {
  made client;
  made server;
};

struct two_hosts {
  world time;
  network net{time};
  simulated_runtime client{net, "client"};
  simulated_runtime server{net, "server"};
  std::unique_ptr<transport::listener> listening;

  explicit two_hosts(world::settings how = {.seed = 1}, std::size_t backlog = 4096)
      : time(how), server(net, "server", backlog) {
    error_code error;
    listening = server.listen({}, error);
  }
  two_hosts(const two_hosts&) = delete;
  two_hosts& operator=(const two_hosts&) = delete;
  ~two_hosts() { time.end(); }

  /// A connection that stands, both ways.
  pair_of_ends connect() {
    pair_of_ends ends;
    client.async_connect(listening->local(),
                         [&](error_code, made one) { ends.client = std::move(one); });
    listening->async_accept([&](error_code, made one) { ends.server = std::move(one); });
    time.run([&] { return ends.client && ends.server; }, {});
    return ends;
  }

  /// Runs for `length` of virtual time, or until nothing is left.
  world::outcome run_for(duration length) {
    world::limits bounds;
    bounds.until = time.now() + length;
    return time.run([] { return false; }, bounds);
  }
};

/// Reads all that comes, from the moment it is made.
class observer {
public:
  observer(two_hosts& in, transport::transport& from)
      : in_(in), from_(from), start_(in.time.now()) {
    read();
  }
  observer(const observer&) = delete;
  observer& operator=(const observer&) = delete;

  /// Times count from when the observer was made.
  const std::vector<sight>& seen() const { return seen_; }
  std::string octets() const {
    std::string all;
    for (const auto& one : seen_)
      all += one.octets;
    return all;
  }
  const sight& last() const { return seen_.at(seen_.size() - 1); }

private:
  void read() {
    from_.async_read_some(boost::asio::buffer(block_), [this](error_code error, std::size_t got) {
      seen_.push_back({in_.time.now() - start_, block_.substr(0, got), error});
      if (!error) read();
    });
  }

  two_hosts& in_;
  transport::transport& from_;
  instant start_;
  std::vector<sight> seen_;
  std::string block_ = std::string(65'536, '\0');
};

/// Writes a text, in as many writes as that takes.
class writer {
public:
  writer(two_hosts& in, transport::transport& to, std::string text)
      : in_(in), to_(to), start_(in.time.now()), text_(std::move(text)) {
    write();
  }
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  std::size_t written() const { return written_; }
  bool over() const { return over_; }
  error_code error() const { return error_; }
  duration took() const { return took_; }

private:
  void write() {
    to_.async_write_some(boost::asio::buffer(text_) + written_,
                         [this](error_code error, std::size_t count) {
                           written_ += count;
                           error_ = error;
                           over_ = error || written_ == text_.size();
                           took_ = in_.time.now() - start_;
                           if (!over_) write();
                         });
  }

  two_hosts& in_;
  transport::transport& to_;
  instant start_;
  std::string text_;
  std::size_t written_ = 0;
  error_code error_;
  duration took_{0};
  bool over_ = false;
};

}  // namespace halley::simulation
