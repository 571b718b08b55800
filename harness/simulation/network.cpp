#include "simulation/network.hpp"

#include "clock/clock.hpp"
#include "simulation/accept_queue.hpp"
#include "simulation/call.hpp"
#include "simulation/tcp_model.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

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

bool names(const rule& one, std::uint64_t number, way direction) {
  return number >= one.first && number <= one.last &&
         (!one.direction || *one.direction == direction);
}

}  // namespace

/// One connect(): SYN, its repetitions, and the answer.
class network::attempt final : public std::enable_shared_from_this<attempt>, private holder {
public:
  using handler = completion<error_code, made>;

  attempt(network& on, std::string host, transport::endpoint to, handler who)
      : holder(on.world_),
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
    on_.world_.at(on_.world_.now() + length, next_);
  }

  bool way_is_down() {
    const auto listening = on_.find(to_);
    return listening && on_.parted(host_, listening->host());
  }

  void send_syn() {
    if (what_ == rule::kind::drop || way_is_down()) {
      wait(stage::syn_lost, 0s);
      return;
    }
    wait(stage::syn_flies, link_.up.delay);
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

  /// The wait after the n-th SYN is 1 s, 2 s, 4 s, … from when it was sent. Source: RFC 6298 §5.
  void repeat() {
    if (!waited_) {
      waited_ = true;
      wait(stage::syn_lost, first_retry * (1 << retries_));
      return;
    }
    waited_ = false;
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
      wait(stage::syn_lost, 0s);
    } else {
      listening->expect();
      listening_ = listening;
      wait(stage::answer_flies, link_.down.delay);
    }
  }

  void establish() {
    if (!who_) {
      listening_->give_up();
      self_.reset();
      return;
    }
    connection::making how;
    how.where = {transport::endpoint{to_.address, on_.free_port(to_.address)}, to_};
    how.paths = {link_.up, link_.down};
    how.kept = {link_.kept, buffers{}};
    how.down = {&on_.parted(host_, listening_->host()), &on_.parted(listening_->host(), host_)};
    how.number = number_;
    const auto stands = std::make_shared<connection>(on_.world_, how);
    auto socket = stands->take_socket(0);
    // Not a shared pointer: the connection keeps the function.
    auto* const raw = stands.get();
    stands->begin([listening = listening_, raw] { listening->add(raw->shared_from_this()); });
    end({}, std::move(socket));
  }

  void end(error_code result, made socket) {
    if (!who_) return;
    auto slot = boost::asio::get_associated_cancellation_slot(*who_);
    if (slot.is_connected()) slot.clear();
    on_.world_.post([who = std::move(*who_), result, socket = std::move(socket)]() mutable {
      std::move(who)(result, std::move(socket));
    });
    who_.reset();
    if (listening_ && result) return;  // its answer still flies; the queue must learn of the end
    if (next_.waits()) on_.world_.cancel(next_);
    self_.reset();
  }

  void drop_handlers() override {
    const auto keep = std::move(self_);
    const auto dropped = std::exchange(who_, std::nullopt);
    if (next_.waits()) on_.world_.cancel(next_);
  }

  network& on_;
  std::string host_;
  transport::endpoint to_;
  std::uint64_t number_;
  rule::kind what_ = rule::kind::pass;
  link link_;
  call next_;
  stage stage_ = stage::syn_flies;
  std::optional<handler> who_;
  std::shared_ptr<accept_queue> listening_;
  std::shared_ptr<attempt> self_;
  int retries_ = 0;
  bool waited_ = false;
};

void network::connect(const std::string& host,
                      const transport::endpoint& where,
                      completion<error_code, made> handler) {
  std::make_shared<attempt>(*this, host, where, std::move(handler))->begin();
}

std::unique_ptr<transport::listener> network::listen(const std::string& host,
                                                     const transport::endpoint& where,
                                                     std::size_t backlog,
                                                     error_code& failed) {
  failed = {};
  if (!transport::is_loopback(where.address)) {
    failed = boost::system::errc::make_error_code(boost::system::errc::address_not_available);
    return nullptr;
  }
  auto bound = where;
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
  link result = usual_;
  what = rule::kind::pass;
  for (const auto direction : {way::up, way::down}) {
    for (const auto& one : rules_) {
      if (!names(one, number, direction)) continue;
      auto& path = direction == way::up ? result.up : result.down;
      if (one.what == rule::kind::impair) path = one.on;
      if (one.what == rule::kind::refuse || one.what == rule::kind::drop) what = one.what;
      break;
    }
  }
  return result;
}

void network::set_parted(const std::string& one, const std::string& other, bool parted) {
  parted_[{one, other}] = parted;
  parted_[{other, one}] = parted;
}

const bool& network::parted(const std::string& from, const std::string& to) {
  return parted_[{from, to}];
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
