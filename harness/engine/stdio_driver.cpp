#include "engine/stdio_driver.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "engine/child_process.hpp"
#include "engine/client_driver.hpp"
#include "engine/driver_dialogue.hpp"
#include "transport/runtime.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using outcome = driver_answer::outcome;

constexpr std::size_t read_octets = 64UL * 1024U;
constexpr std::size_t most_queued = 10'000;  // lines that the program has not read
constexpr auto poll_pause = 10ms;
constexpr auto end_within = 2s;
constexpr std::size_t logged_octets = 1000;
constexpr std::size_t most_kept = 1000;  // lines that mean nothing

std::string end_text(const process_end& end) {
  return end.signal != 0 ? "the driver was ended by signal " + std::to_string(end.signal)
                         : "the driver exited with code " + std::to_string(end.code);
}

}  // namespace

/// One process of the driver. Its coroutines keep it alive until the process has ended.
class stdio_driver::child {
public:
  child(transport::runtime& world, const driver_program& how)
      : world_(world),
        how_(how),
        said_(world.time()),
        queued_(world.time()),
        patience_(world.time()),
        to_(world.get_executor()),
        from_(world.get_executor()) {}
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  static std::string start(const std::shared_ptr<child>& self, clock::tasks& owner) {
    process_pipes pipes;
    auto problem = self->process_.start(self->how_.command, self->how_.env, self->how_.directory,
                                        self->how_.log, &pipes);
    if (!problem.empty()) {
      self->over_ = true;
      self->why_ = problem;
      return problem;
    }
    self->to_.assign(pipes.input);
    self->from_.assign(pipes.output);
    owner.spawn(self->read_all(self));
    owner.spawn(self->write_all(self));
    return {};
  }

  bool over() const { return over_; }
  driver_dialogue& said() { return said_; }
  /// How it ended, where a signal did that is not ours.
  std::optional<process_end> crashed() const {
    return !told_ && end_ && end_->signal != 0 ? end_ : std::nullopt;
  }

  awaitable<driver_answer> ask(json what, instant until) {
    if (over_) co_return driver_answer(outcome::gone, why_);
    const auto number = said_.number(what);
    say(what);
    driver_answer result = co_await said_.answer(number, until);
    if (result.is == outcome::gone && result.text.empty()) {
      result.text = "the driver did not answer '" + what.value("do", "") + "' in time";
      kill(result.text);
    }
    co_return result;
  }

  /// Writes a line some time; nobody waits for it.
  void say(const json& what) {
    if (over_ || told_) return;
    if (queue_.size() >= most_queued) {
      kill("the driver does not read its input");
      return;
    }
    queue_.push_back(to_line(what));
    queued_.notify();
  }

  /// Its input ends behind what was said; a program that goes on nevertheless is killed.
  void leave() {
    if (over_ || told_) return;
    told_ = true;
    queued_.notify();
    patience_.arm(world_.time().now() + end_within, [this] { force(); });
  }

  void kill(const std::string& why) {
    if (over_) return;
    if (why_.empty()) why_ = why;
    told_ = true;
    process_.signal_group(SIGKILL);
    queued_.notify();
    patience_.arm(world_.time().now() + end_within, [this] { force(); });
  }

private:
  awaitable<void> read_all([[maybe_unused]] std::shared_ptr<child> self) {
    std::string block(read_octets, '\0');
    std::string line;
    error_code error;
    while (!error) {
      const auto into = boost::asio::buffer(block);
      const std::size_t got = co_await from_.async_read_some(
          into, boost::asio::redirect_error(boost::asio::use_awaitable, error));
      take(octet_view(block).substr(0, got), line);
    }
    co_await see_end();
  }

  void take(octet_view data, std::string& line) {
    while (!data.empty()) {
      const auto end = data.find('\n');
      line += data.substr(0, end);
      if (line.size() > how_.line_limit) {
        kill("the driver wrote a line of more than " + std::to_string(how_.line_limit) + " octets");
        line.clear();
        return;
      }
      if (end == octet_view::npos) return;
      data.remove_prefix(end + 1);
      if (!line.empty() && !said_.take(std::string_view(line))) keep(line);
      line.clear();
    }
  }

  /// What means nothing may mean something to whoever wrote the driver.
  void keep(const std::string& line) {
    if (++kept_ > most_kept) return;
    std::ofstream(how_.log, std::ios::binary | std::ios::app)
        << "not understood: " << line.substr(0, logged_octets) << '\n';
  }

  awaitable<void> write_all([[maybe_unused]] std::shared_ptr<child> self) {
    error_code error;
    while (!over_ && !error) {
      if (queue_.empty()) {
        if (told_) break;
        const instant later = world_.time().now() + 1h;
        co_await queued_.wait_until(later);
        continue;
      }
      const std::string line = std::move(queue_.front());
      queue_.pop_front();
      const auto data = boost::asio::buffer(line);
      co_await boost::asio::async_write(
          to_, data, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    error_code ignored;
    to_.close(ignored);
  }

  /// Its output is not waited for: a process outside of its group may hold it.
  void force() {
    if (process_.running()) process_.signal_group(SIGKILL);
    error_code ignored;
    from_.cancel(ignored);
  }

  /// Its output has ended: it will, soon. Only then anybody is told, so that it is known how.
  awaitable<void> see_end() {
    const instant deadline = world_.time().now() + end_within;
    end_ = process_.ended();
    while (!end_ && world_.time().now() < deadline) {
      co_await clock::sleep_for(world_.time(), poll_pause);
      end_ = process_.ended();
    }
    if (!end_) {
      told_ = true;
      if (why_.empty()) why_ = "the driver has closed its output";
    }
    // The group of a process that was waited for may be another's by now.
    if (!end_) process_.signal_group(SIGKILL);
    if (why_.empty()) why_ = end_text(*end_);
    over_ = true;
    patience_.disarm();
    error_code ignored;
    from_.close(ignored);
    to_.close(ignored);  // a write that it does not read any more ends here
    queued_.notify();
    said_.lose(why_);
  }

  transport::runtime& world_;
  driver_program how_;
  child_process process_;
  driver_dialogue said_;
  clock::wake queued_;
  clock::watchdog patience_;
  boost::asio::posix::stream_descriptor to_;
  boost::asio::posix::stream_descriptor from_;
  std::deque<std::string> queue_;
  std::size_t kept_ = 0;
  std::optional<process_end> end_;
  std::string why_;    ///< it is over
  bool told_ = false;  ///< that it ends is our doing
  bool over_ = false;
};

stdio_driver::stdio_driver(transport::runtime& world, driver_program how)
    : world_(world),
      how_(std::move(how)),
      tasks_(std::make_shared<clock::tasks>(world.get_executor(), world.time())) {
}

stdio_driver::~stdio_driver() = default;

/// A process that runs, or is over because it could not be started: then `problem` says why.
std::shared_ptr<stdio_driver::child> stdio_driver::started(std::string& problem) {
  auto one = std::make_shared<child>(world_, how_);
  problem = child::start(one, *tasks_);
  return one;
}

awaitable<std::string> stdio_driver::start() {
  if (find_program(how_.command.front()).empty()) {
    absent_ = how_.command.front();
    co_return "no program '" + absent_ + "'";
  }
  std::string problem;
  if (how_.reuse) shared_ = started(problem);
  co_return problem;
}

awaitable<void> stdio_driver::stop() {
  if (shared_) shared_->leave();
  for (const auto& one : serving_)
    one.second->leave();
  shared_.reset();
  serving_.clear();
  const instant deadline = world_.time().now() + 2 * end_within + 1s;
  co_await tasks_->wait_until(deadline);
}

std::optional<process_end> stdio_driver::ended() {
  return shared_ ? shared_->crashed() : std::nullopt;
}

void stdio_driver::attach(const std::string& session, listener heard) {
  std::shared_ptr<child> one = shared_;
  std::string problem;  // it is said again where a command comes
  if (!one || one->over()) one = started(problem);
  if (how_.reuse) shared_ = one;
  serving_[session] = one;
  one->said().attach(session, std::move(heard));
}

awaitable<driver_answer> stdio_driver::command(json what, instant until) {
  const auto found = serving_.find(what.value("session", ""));
  if (found == serving_.end()) co_return driver_answer(outcome::gone, "no such session");
  const auto one = found->second;
  driver_answer answer = co_await one->ask(std::move(what), until);
  co_return answer;
}

awaitable<driver_answer> stdio_driver::end(std::string session, instant until) {
  const json what = {{"do", "end"}, {"session", session}};
  driver_answer answer = co_await command(what, until);
  const auto found = serving_.find(session);
  if (found != serving_.end()) {
    found->second->said().forget(session);
    if (!how_.reuse) found->second->leave();
    serving_.erase(found);
  }
  co_return answer;
}

void stdio_driver::detach(const std::string& session) {
  const auto found = serving_.find(session);
  if (found == serving_.end()) return;
  const auto one = found->second;
  serving_.erase(found);
  one->said().forget(session);
  json what = {{"do", "end"}, {"session", session}};
  one->said().number(what, false);
  one->say(what);
  if (!how_.reuse) one->leave();
}

}  // namespace halley::engine
