// Fan-out: one topic, many subscribers over an event stream, a chunked stream, long polls and
// WebSockets. The gateway and nchan (nginx) serve them in turn, a process with one thread each, and
// the same reader takes what comes. It is a reader on epoll, since what it costs is not to be seen.
#include "base/ascii.hpp"
#include "push_servers.hpp"
#include "transport/descriptor_limit.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace halley::bench {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t usual_subscribers = 10'000;
constexpr std::size_t most_subscribers = 50'000;
constexpr std::size_t paced_events = 20;
constexpr std::size_t burst_events = 60;
constexpr std::size_t publishers = 16;
constexpr std::size_t spare_descriptors = 128;
constexpr std::size_t openings = 128;  // answers to openings that are waited for at once
constexpr unsigned sources = 8;        // 127.0.0.1 to 127.0.0.8
constexpr auto patience = 60s;         // for each phase
constexpr double goal = 1.5;
// An event: this, the time of its publication as 16 digits, and what fills it up.
constexpr char mark = '~';
constexpr std::size_t mark_size = 17;
constexpr std::size_t event_size = 64;

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(steady_clock::now().time_since_epoch().count());
}

std::string event_text() {
  std::array<char, mark_size + 1> text{};
  std::snprintf(text.data(), text.size(), "%c%016llx", mark,
                static_cast<unsigned long long>(now_ns()));
  std::string made(text.data());
  made.resize(event_size, '.');
  return made;
}

/// The value of a field of the head, "" where it is not there.
std::string_view field_of(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!ascii::iequals(line.substr(0, name.size()), name)) continue;
    const auto value = line.substr(name.size() + 2, line.find("\r\n") - name.size() - 2);
    return value;
  }
  return {};
}

/// Opens a connection and sends the request. Returns: -1 where that failed.
int open_and_ask(std::uint16_t port, unsigned source, const std::string& request) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return -1;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const bool bound = bind(made, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0;
  const bool there = bound && connect(made, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  const bool asked = there && send(made, request.data(), request.size(), MSG_NOSIGNAL) ==
                                  static_cast<ssize_t>(request.size());
  if (asked) return made;
  close(made);
  return -1;
}

/// One reader of everything, and who publishes.
class crowd {
public:
  crowd(const served& by, view kind) : by_(by), kind_(kind), poll_(epoll_create1(EPOLL_CLOEXEC)) {}
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd() {
    for (const auto& one : all_)
      if (one.descriptor >= 0) close(one.descriptor);
    close(poll_);
  }

  /// Returns: whether all of them are there.
  bool subscribe(std::size_t count) {
    all_.resize(count + publishers);
    subscribers_ = count;
    const auto until = steady_clock::now() + patience;
    for (std::size_t i = 0; i < count; ++i) {
      if (!open(i, by_.subscribe_request(kind_, {}))) return false;
      while (begun_ + openings < i + 1 && steady_clock::now() < until)
        look(100);
    }
    while (begun_ < count && steady_clock::now() < until)
      look(100);
    for (std::size_t i = count; i < all_.size(); ++i)
      all_[i].descriptor = -2;  // opened with its first event
    return begun_ == count;
  }

  /// An event for everybody, until all have it: polls may not be held yet when it is published.
  bool warm_up() {
    const auto until = steady_clock::now() + patience;
    do {
      start(1, 1);
      const auto next = steady_clock::now() + 2s;
      while (delivered_ < subscribers_ && steady_clock::now() < next)
        look(100);
      if (delivered_ >= subscribers_) break;
    } while (steady_clock::now() < until);
    const auto calm = steady_clock::now() + 300ms;
    while (steady_clock::now() < calm)
      look(50);
    return delivered_ >= subscribers_;
  }

  /// Publishes `events` events, at most `at_once` of them unanswered.
  void start(std::size_t events, std::size_t at_once) {
    to_publish_ = events;
    lanes_ = at_once;
    delivered_ = 0;
    latencies_.clear();
    for (std::size_t i = 0; i < at_once && to_publish_ > 0; ++i)
      publish(subscribers_ + i);
  }

  /// Reads until that many deliveries are there. Returns: whether they came in time.
  bool read_until(std::size_t deliveries) {
    const auto until = steady_clock::now() + patience;
    while (delivered_ < deliveries && steady_clock::now() < until)
      look(100);
    return delivered_ == deliveries && lost_ == 0;
  }

  std::size_t delivered() const { return delivered_; }
  std::size_t lost() const { return lost_; }
  std::size_t begun() const { return begun_; }
  void keep(std::vector<std::uint32_t>& all) {
    all.insert(all.end(), latencies_.begin(), latencies_.end());
  }

private:
  struct member {
    int descriptor = -1;
    bool begun = false;   // its first head has come
    std::string pending;  // of an answer, or of a mark that is cut
  };

  bool open(std::size_t which, const std::string& request) {
    member& one = all_[which];
    one.descriptor = open_and_ask(by_.port, static_cast<unsigned>(which % sources), request);
    if (one.descriptor < 0) return false;
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.u64 = which;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, one.descriptor, &wanted) != 0) return false;
    // A poll that is held says nothing.
    if (kind_ == view::poll && which < subscribers_) {
      one.begun = true;
      ++begun_;
    }
    return true;
  }

  void publish(std::size_t lane) {
    --to_publish_;
    const std::string request = by_.publish_request(event_text());
    member& one = all_[lane];
    if (one.descriptor < 0) {
      if (!open(lane, request)) ++lost_;
    } else if (send(one.descriptor, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
      ++lost_;
    }
  }

  void look(int milliseconds) {
    std::array<epoll_event, 512> ready{};
    const int count = epoll_wait(poll_, ready.data(), ready.size(), milliseconds);
    for (int i = 0; i < count; ++i)
      take(ready.at(static_cast<std::size_t>(i)).data.u64);
  }

  void take(std::size_t which) {
    member& one = all_[which];
    const ssize_t got = recv(one.descriptor, block_.data(), block_.size(), MSG_DONTWAIT);
    if (got <= 0) {
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      epoll_ctl(poll_, EPOLL_CTL_DEL, one.descriptor, nullptr);
      ++lost_;
      return;
    }
    const std::string_view data(block_.data(), static_cast<std::size_t>(got));
    if (which >= subscribers_) {
      take_published(one, which, data);
    } else if (kind_ == view::poll) {
      take_answer(one, data);
    } else {
      take_stream(one, data);
    }
  }

  /// Returns: the size of the whole answer in `pending`; 0 while it is not whole.
  static std::size_t whole_answer(std::string_view pending) {
    const std::size_t end = pending.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    const auto text = field_of(pending.substr(0, end + 2), "Content-Length");
    std::size_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return pending.size() < end + 4 + length ? 0 : end + 4 + length;
  }

  void take_published(member& one, std::size_t which, std::string_view data) {
    one.pending += data;
    const std::size_t size = whole_answer(one.pending);
    if (size == 0) return;
    if (one.pending.substr(9, 1) != "2") ++lost_;
    one.pending.clear();
    if (to_publish_ > 0 && which - subscribers_ < lanes_) publish(which);
  }

  void take_answer(member& one, std::string_view data) {
    one.pending += data;
    const std::size_t size = whole_answer(one.pending);
    if (size == 0) return;
    const std::string_view answer = std::string_view(one.pending).substr(0, size);
    if (answer.substr(9, 3) == "200") count_marks(answer);
    const std::string again = by_.subscribe_request(kind_, answer);
    one.pending.clear();
    if (send(one.descriptor, again.data(), again.size(), MSG_NOSIGNAL) < 0) ++lost_;
  }

  void take_stream(member& one, std::string_view data) {
    std::string joined;
    if (!one.pending.empty()) {
      joined = std::exchange(one.pending, {}) + std::string(data);
      data = joined;
    }
    if (!one.begun) {
      const std::size_t end = data.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        one.pending = data;
        return;
      }
      one.begun = data.substr(9, 3) == (kind_ == view::socket ? "101" : "200");
      if (one.begun) ++begun_;
      data.remove_prefix(end + 4);
    }
    one.pending = count_marks(data);
  }

  /// Returns: a mark that is not whole yet.
  std::string count_marks(std::string_view data) {
    const std::uint64_t now = now_ns();
    for (std::size_t at = data.find(mark); at != std::string_view::npos; at = data.find(mark, at)) {
      if (data.size() - at < mark_size) return std::string(data.substr(at));
      std::uint64_t sent = 0;
      std::from_chars(data.data() + at + 1, data.data() + at + mark_size, sent, 16);
      ++delivered_;
      latencies_.push_back(static_cast<std::uint32_t>((now - sent) / 1000));
      at += mark_size;
    }
    return {};
  }

  const served& by_;
  const view kind_;
  const int poll_;
  std::vector<member> all_;
  std::array<char, 65536> block_{};
  std::size_t subscribers_ = 0;
  std::size_t begun_ = 0;
  std::size_t to_publish_ = 0;
  std::size_t lanes_ = 0;
  std::size_t delivered_ = 0;
  std::size_t lost_ = 0;
  std::vector<std::uint32_t> latencies_;  // in microseconds
};

/// How a phase went.
struct phase {
  double rate = 0;  // deliveries a second
  double cost = 0;  // microseconds of the server's processor time for a delivery
  double p99 = 0;   // milliseconds
};

struct figures {
  double kib = 0;  // of the server's resident memory for a subscriber
  phase one_by_one;
  phase many;
};

double p99_of(std::vector<std::uint32_t>& all) {
  if (all.empty()) return 0;
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 99 / 100);
  std::nth_element(all.begin(), at, all.end());
  return *at / 1000.0;
}

/// Publishes `events`, `at_once` of them at a time; one by one: each when all have the last one.
std::optional<phase> play(crowd& who,
                          const served& by,
                          std::size_t subscribers,
                          std::size_t events,
                          std::size_t at_once) {
  std::vector<std::uint32_t> all;
  const double used = by.processor_seconds();
  const auto started = steady_clock::now();
  const std::size_t rounds = at_once == 1 ? events : 1;
  for (std::size_t i = 0; i < rounds; ++i) {
    who.start(events / rounds, at_once);
    if (!who.read_until(subscribers * (events / rounds))) {
      std::printf("%zu of %zu deliveries, %zu connections lost\n", who.delivered(),
                  subscribers * (events / rounds), who.lost());
      return std::nullopt;
    }
    who.keep(all);
  }
  const double seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
  const auto count = static_cast<double>(subscribers * events);
  return phase{count / seconds, (by.processor_seconds() - used) * 1e6 / count, p99_of(all)};
}

std::optional<figures> measure(const char* server, view kind, std::size_t subscribers) {
  const auto by = start(server, subscribers + spare_descriptors);
  if (!by) {
    std::printf("%s does not start\n", server);
    return std::nullopt;
  }
  crowd who(*by, kind);
  const double before = by->resident_kib();
  if (!who.subscribe(subscribers)) {
    std::printf("%s: only %zu of %zu could subscribe, and %zu were lost\n", server, who.begun(),
                subscribers, who.lost());
    return std::nullopt;
  }
  figures result;
  if (!who.warm_up()) {
    std::printf("%s: the first event did not reach everybody\n", server);
    return std::nullopt;
  }
  result.kib = (by->resident_kib() - before) / static_cast<double>(subscribers);
  const auto paced = play(who, *by, subscribers, paced_events, 1);
  if (!paced) return std::nullopt;
  const auto burst = play(who, *by, subscribers, burst_events, publishers);
  if (!burst) return std::nullopt;
  result.one_by_one = *paced;
  result.many = *burst;
  return result;
}

void tell(const char* server, const char* how, const phase& of) {
  std::printf("  %-8s %-22s %9.0f deliveries/s, p99 %7.1f ms, %5.2f us of processor time each\n",
              server, how, of.rate, of.p99, of.cost);
}

void tell(const char* server, const figures& all) {
  tell(server, "one event at a time:", all.one_by_one);
  tell(server, "16 publishers:", all.many);
  std::printf("  %-8s %-22s %9.1f KiB of memory a subscriber\n", server, "", all.kib);
}

/// Returns: whether the goal is reached, where there is a peer to reach it beside.
bool compare(view kind, std::size_t subscribers, bool beside) {
  std::printf("%s\n", name_of(kind));
  const auto ours = measure("gateway", kind, subscribers);
  if (!ours) return false;
  tell("gateway", *ours);
  std::fflush(stdout);
  if (!beside) return true;
  const auto theirs = measure("nchan", kind, subscribers);
  if (!theirs) return false;
  tell("nchan", *theirs);
  const double paced = ours->one_by_one.rate / theirs->one_by_one.rate;
  const double burst = ours->many.rate / theirs->many.rate;
  const double memory = ours->kib / theirs->kib;
  std::printf(
      "  gateway / nchan: %.2f and %.2f of the deliveries/s (goal %.1f), %.2f of the memory "
      "(goal 1)\n",
      paced, burst, goal, memory);
  std::fflush(stdout);
  return burst >= goal && memory <= 1;
}

int run(std::size_t subscribers, std::string_view only) {
  if (transport::want_descriptors(subscribers + spare_descriptors) <
      subscribers + spare_descriptors) {
    std::printf("this process may not have %zu connections\n", subscribers);
    return EXIT_FAILURE;
  }
  const bool beside = is_installed("nchan");
  if (!beside) std::puts("nchan is not installed (nginx, libnginx-mod-nchan): no comparison");
  std::printf("%zu subscribers of one topic, events of %zu octets, one thread a server\n",
              subscribers, event_size);
  bool good = true;
  for (const view kind : {view::events, view::lines, view::poll, view::socket})
    if (only.empty() || only == name_of(kind)) good = compare(kind, subscribers, beside) && good;
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace halley::bench

int main(int count, char** words) {
  std::size_t wanted = halley::bench::usual_subscribers;
  if (count > 1) wanted = std::strtoul(words[1], nullptr, 10);
  if (wanted == 0 || wanted > halley::bench::most_subscribers) {
    std::fprintf(stderr, "push: a count of subscribers from 1 to %zu\n",
                 halley::bench::most_subscribers);
    return 2;
  }
  return halley::bench::run(wanted, count > 2 ? words[2] : "");
}
