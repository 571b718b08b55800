#include "cli/embedded_gateway.hpp"

#include "cli/gateway_group.hpp"
#include "clock/clock.hpp"
#include "reference-server/options.hpp"
#include "reference-server/profile.hpp"
#include "scenario/load.hpp"
#include "scenario/profile.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace halley::cli {

class embedded_gateway::running {
public:
  explicit running(const gateway::options& how) : world_(context_), gateways_(world_, how) {}
  ~running() {
    if (!thread_.joinable()) return;
    // The run is over and nobody is served any more: no need to say good-bye to each.
    boost::asio::post(context_, [this] { gateways_.abort(); });
    boost::asio::post(context_, [this] { work_.reset(); });
    boost::asio::post(context_, [this] { context_.stop(); });
    thread_.join();
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;

  std::string start() {
    error_code error;
    if (!gateways_.start(error)) return error.message();
    where_ = gateways_.where();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  const gateway::addresses& where() const { return where_; }

private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  transport::tcp_runtime world_;
  gateway_group gateways_;
  gateway::addresses where_;
  std::thread thread_;
};

embedded_gateway::embedded_gateway() = default;
embedded_gateway::~embedded_gateway() = default;

std::string embedded_gateway::start(const std::set<std::string>& mutants) {
  gateway::options how;
  how.mutants = mutants;
  running_ = std::make_unique<running>(how);
  return running_->start();
}

gateway::addresses embedded_gateway::where() const {
  return running_->where();
}

scenario::profile gateway_profile(const gateway::addresses& where) {
  std::vector<scenario::problem> problems;
  auto result =
      scenario::load_profile("halley-gateway.profile.yaml", gateway::profile_text(where), problems);
  result.roles.emplace_back("client");
  for (const auto* name : {"ws.client", "ws.client-deflate", "http.client", "sse.client",
                           "sse.client-cors", "driver.observe"})
    result.capabilities.emplace_back(name,
                                     scenario::capability{scenario::capability_state::yes, {}});
  return result;
}

}  // namespace halley::cli
