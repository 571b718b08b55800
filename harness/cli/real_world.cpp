#include "cli/run_world.hpp"
#include "clock/clock.hpp"
#include "engine/surroundings.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace halley::cli {
namespace {

class real_world final : public run_world {
public:
  explicit real_world(std::uint64_t seed) : runtime_(io_, seed) {}

  transport::runtime& runtime() override { return runtime_; }
  transport::runtime& client_runtime() override { return runtime_; }
  bool simulated() const override { return false; }
  boost::asio::io_context& machine() override { return io_; }

  void play(awaitable<void> work) override {
    std::exception_ptr bug;
    boost::asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error) {
      bug = std::move(error);
      io_.stop();  // nobody waits for signals any more
    });
    io_.run();
    if (bug) std::rethrow_exception(bug);
  }

  engine::surroundings surround(const std::string&, bool) override { return {}; }

private:
  boost::asio::io_context io_{1};
  transport::tcp_runtime runtime_;
};

}  // namespace

std::unique_ptr<run_world> make_real_world(std::uint64_t seed) {
  return std::make_unique<real_world>(seed);
}

}  // namespace halley::cli
