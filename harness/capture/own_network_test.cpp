#include "capture/own_network.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace halley::capture {
namespace {

constexpr unsigned nobody = 65534;

/// Whether this process can connect to itself over the loopback device.
bool has_loopback() {
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int connecting = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool done = ::bind(listening, generic, size) == 0 && ::listen(listening, 1) == 0 &&
                    ::getsockname(listening, generic, &size) == 0 &&
                    ::connect(connecting, generic, size) == 0;
  ::close(connecting);
  ::close(listening);
  return done;
}

/// Says on stderr what a process without privileges finds there, and ends.
[[noreturn]] void enter_as_nobody() {
  if (::geteuid() == 0 &&
      (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0)) {
    std::cerr << "still root\n";
    std::_Exit(1);
  }
  ::prctl(PR_SET_DUMPABLE, 1);  // else /proc/self is not its own
  const auto user = ::geteuid();
  const bool before = may_capture();
  const auto problem = enter_own_network();
  std::cerr << (before ? "could before, " : "could not before, ")
            << (problem.empty() ? "moved, " : "stayed (" + problem + "), ")
            << (may_capture() == problem.empty() ? "as it says, " : "not as it says, ")
            << (::geteuid() == user ? "same user, " : "another user, ")
            << (has_loopback() ? "with loopback\n" : "without loopback\n");
  std::_Exit(0);
}

/// What the kernel lets everybody do, asked another way.
bool namespaces_are_allowed() {
  const std::string as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
  const auto command = (::geteuid() == 0 ? as_nobody : "") + "unshare -Urn true >/dev/null 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  return pipe != nullptr && ::pclose(pipe) == 0;
}

TEST(own_network, gives_a_process_without_privileges_a_loopback_to_capture) {
  const std::string moved = namespaces_are_allowed() ? "moved" : "stayed \\(.+\\)";
  EXPECT_EXIT(enter_as_nobody(), testing::ExitedWithCode(0),
              "could not before, " + moved + ", as it says, same user, with loopback");
}

TEST(own_network, leaves_the_process_where_it_was_when_the_way_is_blocked) {
  const auto try_blocked = [] {
    const bool before = may_capture();
    // Inside of one nobody makes a user namespace: unshare(2), EPERM.
    if (::chroot("/tmp") != 0) {
      std::cerr << "no chroot\n";
      std::_Exit(0);
    }
    const auto problem = enter_own_network();
    std::cerr << (problem.empty() ? "moved" : "stayed (" + problem + ")")
              << (may_capture() == before ? ", as before" : ", changed") << '\n';
    std::_Exit(0);
  };
  EXPECT_EXIT(try_blocked(), testing::ExitedWithCode(0),
              "no chroot|stayed \\(unshare: .+\\), as before");
}

}  // namespace
}  // namespace halley::capture
