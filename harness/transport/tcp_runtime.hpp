#pragma once

#include "base/random.hpp"
#include "clock/steady_clock.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace halley::transport {

/// Real TCP sockets on an io_context, real time. Nagle's algorithm is off: one write, one segment,
/// as far as the kernel agrees.
class tcp_runtime final : public runtime {
public:
  explicit tcp_runtime(
      boost::asio::io_context& context,
      std::uint64_t seed = 0,
      std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now());
  ~tcp_runtime() override;

  executor get_executor() override;
  clock::clock& time() override;
  std::uint64_t random(std::string_view purpose) override;
  std::unique_ptr<listener> listen(const endpoint& where, error_code& error) override;
  std::unique_ptr<listener> listen_full(const endpoint& where, error_code& error) override;
  void async_connect(const endpoint& where,
                     completion<error_code, std::unique_ptr<transport>> handler) override;

  /// Connects from this address of the machine from now on, 127.0.0.2 for example; from the one
  /// that the system chooses where it is empty. One address has some 28,000 ports to connect from.
  void connect_from(std::string address) { source_ = std::move(address); }

private:
  boost::asio::io_context& context_;
  clock::steady_clock clock_;
  std::uint64_t seed_;
  std::string source_;
  std::map<std::string, random_source, std::less<>> sources_;
};

}  // namespace halley::transport
