#include "simulation/network.hpp"

#include "clock/clock.hpp"
#include "simulation/accept_queue.hpp"
#include "simulation/call.hpp"
#include "simulation/tcp_model.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/rules.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace halley::simulation {
namespace {

using namespace std::chrono_literals;
using transport::rule;
using transport::way;
namespace error = boost::asio::error;
using made = std::unique_ptr<transport::transport>;

constexpr std::uint16_t first_port = 49'152;  // RFC 6335 §6: the dynamic ports
constexpr std::uint16_t port_count = 16'384;
constexpr duration first_retry = 1s;
constexpr int most_retries = 6;  // tcp_syn_retries; gives up after 127 s

class simulated_listener final : public transport::listener {
public:
  explicit simulated_listener(std::shared_ptr<accept_queue> queue) : queue_(std::move(queue)) {}
  ~simulated_listener() override { queue_->close(); }

  transport::endpoint local() const override { return queue_->where(); }
  void async_accept(completion<error_code, made> handler) override {
    queue_->accept(std::move(handler));
  }
  void close() override { queue_->close(); }

private:
  std::shared_ptr<accept_queue> queue_;
};

/// As the kernel writes it: "0:0:0:0:0:0:0:1" is "::1".
error_code normalize(transport::endpoint& where) {
  error_code failed;
  const auto address = boost::asio::ip::make_address(where.address, failed);
  if (!failed) where.address = address.to_string();
  return failed;
}

/// Where the kernel connects from: its address of the loopback network, not the peer's.
std::string source_for(const std::string& address) {
  return address.find(':') == std::string::npos ? "127.0.0.1" : address;
}

}  // namespace

/// One connect(): SYN, its repetitions, and the answer.
class network::attempt final : public std::enable_shared_from_this<attempt>, private holder {
public:
  using handler = completion<error_code, made>;

  attempt(network& on, std::string host, transport::endpoint to, handler who)
      : holder(on.world_),
        world_(on.world_),
        on_(on),
        host_(std::move(host)),
        to_(std::move(to)),
        number_(++on.attempts_),
        link_(on.link_of(number_, what_)),
        next_([this] { step(); }) {
    auto slot = boost::asio::get_associated_cancellation_slot(who);
    who_.emplace(std::move(who));
    if (slot.is_connected())
      slot.assign(
          [this](boost::asio::cancellation_type) { end(error::operation_aborted, nullptr); });
  }
  ~attempt() override = default;

  void begin() {
    self_ = shared_from_this();
    send_syn();
  }

private:
  enum class stage { syn_lost, syn_flies, answer_flies, refusal_flies };

  void wait(stage what, duration length) {
    stage_ = what;
    world_.at(world_.now() + length, next_);
  }

  bool way_is_down() {
    const auto listening = on_.find(to_);
    return listening && *on_.parted(host_, listening->host());
  }

  void send_syn() {
    sent_ = world_.now();
    if (what_ == rule::kind::drop || way_is_down()) {
      lose();
      return;
    }
    wait(stage::syn_flies, link_.up.delay);
  }

  /// The wait after the n-th SYN is 1 s, 2 s, 4 s, … from when it was sent. Source: RFC 6298 §5.
  void lose() {
    stage_ = stage::syn_lost;
    world_.at(sent_ + first_retry * (1 << retries_), next_);
  }

  void step() {
    const auto keep = self_;
    switch (stage_) {
      case stage::syn_lost: {
        repeat();
        break;
      }
      case stage::syn_flies: {
        arrive();
        break;
      }
      case stage::answer_flies: {
        establish();
        break;
      }
      case stage::refusal_flies: {
        end(error::connection_refused, nullptr);
        break;
      }
    }
  }

  void repeat() {
    if (++retries_ > most_retries) {
      end(error::timed_out, nullptr);
      return;
    }
    send_syn();
  }

  void arrive() {
    const auto listening = on_.find(to_);
    if (!listening || what_ == rule::kind::refuse) {
      wait(stage::refusal_flies, link_.down.delay);
    } else if (listening->full()) {
      lose();
    } else {
      listening_ = listening;
      place_ = listening->expect();
      wait(stage::answer_flies, link_.down.delay);
    }
  }

  void establish() {
    connection::making how;
    const auto from = source_for(to_.address);
    how.where = {transport::endpoint{from, on_.free_port(from)}, to_};
    how.paths = {link_.up, link_.down};
    how.kept = {link_.kept, buffers{}};
    how.down = {on_.parted(host_, listening_->host()), on_.parted(listening_->host(), host_)};
    how.number = number_;
    const auto stands = std::make_shared<connection>(world_, how);
    auto socket = stands->take_socket(0);
    // Not a shared pointer: the connection keeps the function.
    auto* const raw = stands.get();
    stands->begin([listening = listening_, place = std::move(place_), raw]() mutable {
      place.reset();
      listening->add(raw->shared_from_this());
    });
    end({}, std::move(socket));
  }

  void end(error_code result, made socket) {
    if (!who_) return;
    auto slot = boost::asio::get_associated_cancellation_slot(*who_);
    if (slot.is_connected()) slot.clear();
    world_.post([who = std::move(*who_), result, socket = std::move(socket)]() mutable {
      std::move(who)(result, std::move(socket));
    });
    who_.reset();
    if (next_.waits()) world_.cancel(next_);
    place_.reset();
    self_.reset();
  }

  void drop_handlers() override {
    const auto keep = std::move(self_);
    const auto dropped = std::exchange(who_, std::nullopt);
    if (next_.waits()) world_.cancel(next_);
    place_.reset();
  }

  world& world_;
  network& on_;  // not touched once the world has ended
  std::string host_;
  transport::endpoint to_;
  std::uint64_t number_;
  rule::kind what_ = rule::kind::pass;
  link link_;
  call next_;
  stage stage_ = stage::syn_flies;
  std::optional<handler> who_;
  std::shared_ptr<accept_queue> listening_;
  std::shared_ptr<void> place_;
  std::shared_ptr<attempt> self_;
  instant sent_{0};
  int retries_ = 0;
};

void network::connect(const std::string& host,
                      const transport::endpoint& where,
                      completion<error_code, made> handler) {
  auto to = where;
  if (const auto failed = normalize(to)) {
    world_.post(
        [failed, handler = std::move(handler)]() mutable { std::move(handler)(failed, made()); });
    return;
  }
  std::make_shared<attempt>(*this, host, to, std::move(handler))->begin();
}

std::unique_ptr<transport::listener> network::listen(const std::string& host,
                                                     const transport::endpoint& where,
                                                     std::size_t backlog,
                                                     error_code& failed) {
  auto bound = where;
  failed = normalize(bound);
  if (failed) return nullptr;
  if (!transport::is_loopback(bound.address)) {
    failed = boost::system::errc::make_error_code(boost::system::errc::address_not_available);
    return nullptr;
  }
  if (bound.port == 0) bound.port = free_port(bound.address);
  if (find(bound)) {
    failed = error::address_in_use;
    return nullptr;
  }
  auto queue = std::make_shared<accept_queue>(world_, host, bound, backlog);
  listening_[{bound.address, bound.port}] = queue;
  return std::make_unique<simulated_listener>(std::move(queue));
}

std::shared_ptr<accept_queue> network::find(const transport::endpoint& where) const {
  const auto found = listening_.find({where.address, where.port});
  if (found == listening_.end()) return nullptr;
  auto queue = found->second.lock();
  return queue && queue->open() ? queue : nullptr;
}

network::link network::link_of(std::uint64_t number, rule::kind& what) const {
  // A rule that lets pass leaves the usual link as it is.
  link result = usual_;
  const auto up = transport::decide(rules_, number, way::up);
  const auto down = transport::decide(rules_, number, way::down);
  if (up.what == rule::kind::impair) result.up = up.on;
  if (down.what == rule::kind::impair) result.down = down.on;
  what = transport::decide(rules_, number).attempt;
  return result;
}

void network::set_parted(const std::string& one, const std::string& other, bool parted) {
  *this->parted(one, other) = parted;
  *this->parted(other, one) = parted;
}

std::shared_ptr<bool> network::parted(const std::string& from, const std::string& to) {
  auto& flag = parted_[{from, to}];
  if (!flag) flag = std::make_shared<bool>(false);
  return flag;
}

/// The next port of the dynamic range that nobody listens on.
std::uint16_t network::free_port(const std::string& address) {
  std::uint16_t port = 0;
  do {
    port = static_cast<std::uint16_t>(first_port + next_port_);
    next_port_ = static_cast<std::uint16_t>((next_port_ + 1) % port_count);
  } while (find({address, port}));
  return port;
}

}  // namespace halley::simulation
