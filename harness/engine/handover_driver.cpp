#include "engine/handover_driver.hpp"

#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/address.hpp"
#include "engine/client_driver.hpp"
#include "transport/impaired_link.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace halley::engine {
namespace {

/// How long a client may take to end its side of a connection that was closed.
constexpr duration last_words = std::chrono::seconds(5);
constexpr duration unwind_within = std::chrono::seconds(5);

driver_answer unsupported(std::string why) {
  return {driver_answer::outcome::unsupported, std::move(why)};
}

}  // namespace

handover_driver::handover_driver(transport::runtime& world,
                                 std::unique_ptr<transport::transport> came)
    : world_(world),
      came_(std::move(came)),
      carrying_(std::make_shared<clock::tasks>(world.get_executor(), world.time())) {
}

handover_driver::~handover_driver() = default;

awaitable<std::string> handover_driver::start() {
  co_return std::string();
}

awaitable<void> handover_driver::stop() {
  if (came_) came_->close();
  came_.reset();
  if (!link_) co_return;
  const instant patient = world_.time().now() + last_words;
  co_await carrying_->wait_until(patient);
  link_->stop();
  const instant soon = world_.time().now() + unwind_within;
  co_await carrying_->wait_until(soon);
  link_.reset();
  carrying_->rethrow();
}

void handover_driver::cut() {
  if (came_) came_->abort();
  if (link_) link_->stop();
}

void handover_driver::attach(const std::string&, listener) {
}

awaitable<driver_answer> handover_driver::command(nlohmann::json what, instant until) {
  const auto wanted = what.value("do", "");
  if (wanted != "ws.connect") co_return unsupported("it came by itself and is not commanded");
  if (!came_) co_return unsupported("it has opened one connection, and that was handed over");
  std::string url = what.value("to", "");
  driver_answer result = co_await connect_to(std::move(url), until);
  co_return result;
}

/// `until` needs no watch: the listener is on this machine, and takes every connection.
awaitable<driver_answer> handover_driver::connect_to(std::string url, instant) {
  const auto parsed = parse_address(url);
  const auto where = parsed ? to_endpoint(*parsed) : std::nullopt;
  if (!where) co_return unsupported("no address of a listener: " + url);
  error_code error;
  transport::impaired_link::ends between;
  between.far = co_await transport::connect(world_, *where, error);
  if (!between.far)
    co_return driver_answer(driver_answer::outcome::refused, "no listener: " + error.message());
  between.near = std::move(came_);
  link_ = std::make_unique<transport::impaired_link>(world_, std::move(between),
                                                     transport::impaired_link::paths());
  carrying_->spawn(link_->run());
  co_return driver_answer();
}

/// The connection is left to its two ends: a client that still reads gets all that was sent.
awaitable<driver_answer> handover_driver::end(std::string, instant) {
  co_return driver_answer();
}

void handover_driver::detach(const std::string&) {
}

}  // namespace halley::engine
