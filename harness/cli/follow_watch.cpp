#include "cli/follow_watch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <poll.h>
#include <string>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace halley::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds between_looks{200};
constexpr milliseconds longest_wait{1000};

int signal_descriptor() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  return ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

follow_watch::follow_watch(const std::string& path, std::function<void()> idle)
    : idle_(std::move(idle)),
      signals_(signal_descriptor()),
      changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (changes_ >= 0 && path != "-") ::inotify_add_watch(changes_, path.c_str(), IN_MODIFY);
}

follow_watch::~follow_watch() {
  for (const int one : {signals_, changes_})
    if (one >= 0) ::close(one);
}

/// Waits for a signal, or until `source` may be read. A descriptor below zero is passed over.
bool follow_watch::look(int source, milliseconds at_most) {
  std::array<pollfd, 2> watched = {pollfd{signals_, POLLIN, 0}, pollfd{source, POLLIN, 0}};
  ::poll(watched.data(), watched.size(), static_cast<int>(at_most.count()));
  stopped_ = stopped_ || watched[0].revents != 0;
  return watched[1].revents != 0;
}

bool follow_watch::wait(int source, bool at_end) {
  std::array<char, 4096> changes{};
  if (!at_end) {
    // A file is always ready to be read; a pipe only when it has something, or has ended.
    while (!look(source, milliseconds(0)) && !stopped_) {
      const bool idle = steady_clock::now() >= next_idle_;
      if (idle) idle_();
      if (idle) next_idle_ = steady_clock::now() + between_looks;
      look(source, idle ? longest_wait : between_looks);
    }
    return !stopped_;
  }
  const auto now = steady_clock::now();
  const bool idle = now >= next_idle_;
  if (idle) idle_();
  if (idle) next_idle_ = steady_clock::now() + between_looks;
  look(changes_, idle ? longest_wait : between_looks);
  // All changes there were are one: the file is read to its end.
  while (changes_ >= 0 && ::read(changes_, changes.data(), changes.size()) > 0) {
  }
  return !stopped_;
}

}  // namespace halley::cli
