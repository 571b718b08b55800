#include "capture/own_network.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>  // IWYU pragma: keep, for unshare()
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace halley::capture {
namespace {

std::string failed(const std::string& what) {
  return what + ": " + std::generic_category().message(errno);
}

bool write_whole(const char* file, std::string_view text) {
  const int to = ::open(file, O_WRONLY | O_CLOEXEC);
  if (to < 0) return false;
  const auto written = ::write(to, text.data(), text.size());
  const int reason = errno;
  ::close(to);
  errno = reason;
  return written == static_cast<ssize_t>(text.size());
}

/// "65534 65534 1": one id that means the same on both sides.
std::string itself(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1";
}

bool raise_loopback() {
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return false;
  ifreq device{};
  std::strncpy(device.ifr_name, "lo", sizeof device.ifr_name - 1);
  bool done = ::ioctl(any, SIOCGIFFLAGS, &device) == 0;
  device.ifr_flags |= IFF_UP;
  done = done && ::ioctl(any, SIOCSIFFLAGS, &device) == 0;
  const int reason = errno;
  ::close(any);
  errno = reason;
  return done;
}

std::string move() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return failed("unshare");
  // Who may not set groups may not have given them up: only then may one's own group be mapped.
  if (!write_whole("/proc/self/setgroups", "deny")) return failed("/proc/self/setgroups");
  if (!write_whole("/proc/self/uid_map", itself(user))) return failed("/proc/self/uid_map");
  if (!write_whole("/proc/self/gid_map", itself(group))) return failed("/proc/self/gid_map");
  if (!raise_loopback()) return failed("lo");
  return may_capture() ? "" : failed("lo: capturing");
}

/// Moves a child of this process, which ends at once.
std::string try_move() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("pipe");
  const pid_t child = ::fork();
  if (child < 0) {
    const auto problem = failed("fork");
    ::close(ends[0]);
    ::close(ends[1]);
    return problem;
  }
  if (child == 0) {
    const auto problem = move();
    const auto said = ::write(ends[1], problem.data(), problem.size());
    ::_exit(problem.empty() && said == 0 ? 0 : 1);
  }
  ::close(ends[1]);
  std::array<char, 200> text{};
  const auto got = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return got > 0 ? std::string(text.data(), static_cast<std::size_t>(got)) : "a try of it died";
}

}  // namespace

bool may_capture() {
  const int packets = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (packets >= 0) ::close(packets);
  return packets >= 0;
}

std::string enter_own_network() {
  // Half of the way would leave this process without any network.
  auto problem = try_move();
  return problem.empty() ? move() : problem;
}

}  // namespace halley::capture
